package proxyproto_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	library "github.com/pires/go-proxyproto"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/proxyproto"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// serve runs a server whose listener accepts the PROXY protocol, and returns its
// address.
func serve(t *testing.T, o proxyproto.Options, change func(*sidekick.Config)) net.Addr {
	t.Helper()
	proxy, err := proxyproto.New(o)
	if err != nil {
		t.Fatal(err)
	}
	cfg := sidekick.Production()
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.Server.Port, cfg.Server.BindIP = "0", "127.0.0.1"
	cfg.Server.ShutdownTimeout = 10 * time.Second
	cfg.Server.WrapListener = proxy.Listener
	if change != nil {
		change(&cfg)
	}
	kit, err := sidekick.New(cfg, dispatch.Action{Name: "who", Inputs: dispatch.Inputs{"a": {}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		return c.Remote().String() + " " + c.Request().RemoteAddr, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	ls, err := kit.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- kit.Serve(ctx, ls...) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, kit.Close()); err != nil {
			t.Error(err)
		}
	})
	return ls[0].Addr()
}

// say sends bytes, and returns everything received until the connection ends.
func say(t *testing.T, addr net.Addr, sent string) string {
	t.Helper()
	c, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, sent); err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(c) // it may be reset
	return string(b)
}

const get = "GET /api/who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

func v2(t *testing.T, command library.ProtocolVersionAndCommand, source string) string {
	t.Helper()
	h := &library.Header{Version: 2, Command: command, TransportProtocol: library.TCPv4,
		SourceAddr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(source)), DestinationAddr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}}
	if netip.MustParseAddrPort(source).Addr().Is6() {
		h.TransportProtocol, h.DestinationAddr = library.TCPv6, &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 443}
	}
	b, err := h.Format()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHeaders(t *testing.T) {
	const v1 = "PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\n"
	mapped := []netip.Prefix{netip.MustParsePrefix("::ffff:127.0.0.1/128")}
	other := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	const none = "" // no response
	for _, tt := range []struct {
		name string
		o    proxyproto.Options
		sent string
		want string // in the response
	}{
		{"version 1", proxyproto.Options{Trusted: loopback}, v1 + get, `"203.0.113.5:4711 203.0.113.5:4711"`},
		{"version 1, IPv6", proxyproto.Options{Trusted: loopback}, "PROXY TCP6 2001:db8::5 2001:db8::1 4711 443\r\n" + get, `"[2001:db8::5]:4711 [2001:db8::5]:4711"`},
		{"version 2", proxyproto.Options{Trusted: loopback}, v2(t, library.PROXY, "203.0.113.5:4711") + get, `"203.0.113.5:4711 203.0.113.5:4711"`},
		{"version 2, IPv6", proxyproto.Options{Trusted: loopback}, v2(t, library.PROXY, "[2001:db8::5]:4711") + get, `"[2001:db8::5]:4711 [2001:db8::5]:4711"`},
		{"the proxy's own", proxyproto.Options{Trusted: loopback}, v2(t, library.LOCAL, "203.0.113.5:4711") + get, `"127.0.0.1:`},
		{"a client that is not known", proxyproto.Options{Trusted: loopback}, "PROXY UNKNOWN\r\n" + get, `"127.0.0.1:`},
		{"a mapped prefix", proxyproto.Options{Trusted: mapped}, v1 + get, `"203.0.113.5:4711`},
		{"no header", proxyproto.Options{Trusted: loopback}, get, none},
		{"no header where that may be", proxyproto.Options{Trusted: loopback, Optional: true}, get, `"127.0.0.1:`},
		{"a header where there may be none", proxyproto.Options{Trusted: loopback, Optional: true}, v1 + get, `"203.0.113.5:4711`},
		{"a broken header", proxyproto.Options{Trusted: loopback}, "PROXY TCP4 203.0.113.5\r\n" + get, none},
		{"not trusted", proxyproto.Options{Trusted: other}, v1 + get, "HTTP/1.1 400 "},
		{"not trusted, version 2", proxyproto.Options{Trusted: other}, v2(t, library.PROXY, "203.0.113.5:4711") + get, "HTTP/1.1 400 "},
		{"not trusted, without", proxyproto.Options{Trusted: other}, get, `"127.0.0.1:`},
		{"only unix peers are", proxyproto.Options{TrustUnixPeers: true}, v1 + get, "HTTP/1.1 400 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := say(t, serve(t, tt.o, nil), tt.sent)
			if !strings.Contains(got, tt.want) || (got == none) != (tt.want == none) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}

func TestUnixPeers(t *testing.T) {
	const header = "PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\n"
	for trust, want := range map[bool]string{true: `"203.0.113.5:4711`, false: "HTTP/1.1 400 "} {
		addr := serve(t, proxyproto.Options{Trusted: loopback, TrustUnixPeers: trust}, func(c *sidekick.Config) {
			c.Server.Port, c.Server.BindIP = sidekick.Port(filepath.Join(t.TempDir(), "s")), ""
		})
		if got := say(t, addr, header+get); !strings.Contains(got, want) {
			t.Errorf("trusted %v: got %q", trust, got)
		}
	}
}

// A connection whose header does not arrive is closed, and delays nobody else.
func TestSlowHeaders(t *testing.T) {
	addr := serve(t, proxyproto.Options{Trusted: loopback, ReadHeaderTimeout: 300 * time.Millisecond}, nil)
	silent, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if got := say(t, addr, "PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\n"+get); !strings.Contains(got, "203.0.113.5") {
		t.Errorf("another: got %q", got)
	}
	silent.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := silent.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the silent one: got %v", err)
	}
}

// A client keeps its address for as long as its connection lasts, even if the
// server has parked it in the meantime.
func TestConnectionsThatWait(t *testing.T) {
	addr := serve(t, proxyproto.Options{Trusted: loopback}, nil)
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(c, "PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\n")
	r := bufio.NewReader(c)
	for range 2 {
		io.WriteString(c, "GET /api/who HTTP/1.1\r\nHost: x\r\n\r\n")
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if err != nil || !strings.Contains(string(b), `"203.0.113.5:4711 203.0.113.5:4711"`) {
			t.Errorf("got %s, %v", b, err)
		}
		time.Sleep(1500 * time.Millisecond)
	}
}

// Beneath TLS.
func TestTLS(t *testing.T) {
	own := httptest.NewTLSServer(nil)
	defer own.Close()
	addr := serve(t, proxyproto.Options{Trusted: loopback}, func(c *sidekick.Config) {
		c.Server.Secure, c.Server.TLSConfig = true, &tls.Config{Certificates: own.TLS.Certificates}
	})
	for _, protocol := range []string{"http/1.1", "h2"} {
		transport := own.Client().Transport.(*http.Transport).Clone()
		transport.ForceAttemptHTTP2 = protocol == "h2"
		transport.TLSClientConfig.ServerName = "example.com"
		if protocol != "h2" {
			transport.TLSClientConfig.NextProtos = []string{protocol}
		}
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, addr.String())
			if err == nil {
				_, err = fmt.Fprint(c, v2(t, library.PROXY, "203.0.113.5:4711"))
			}
			return c, err
		}
		res, err := (&http.Client{Transport: transport}).Get("https://example.com/api/who")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		transport.CloseIdleConnections()
		if err != nil || res.ProtoMajor != map[string]int{"http/1.1": 1, "h2": 2}[protocol] || !strings.Contains(string(b), `"203.0.113.5:4711`) {
			t.Errorf("%s: got %s %s, %v", protocol, res.Proto, b, err)
		}
	}
}

// A client whose body is refused sees the response although it is still sending.
func TestRefusedBodies(t *testing.T) {
	addr := serve(t, proxyproto.Options{Trusted: loopback}, nil)
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	const size = 32 << 20
	go func() {
		fmt.Fprintf(c, "PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\nPOST /api/who HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", size)
		io.CopyN(c, zeros{}, size)
	}()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", res.StatusCode)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestBadOptions(t *testing.T) {
	_, err := proxyproto.New(proxyproto.Options{})
	var bad *proxyproto.ConfigError
	if !errors.As(err, &bad) || bad.Field != "Trusted" {
		t.Errorf("nobody is trusted: got %v", err)
	}
	_, err = proxyproto.New(proxyproto.Options{Trusted: []netip.Prefix{{}, loopback[0], {}}})
	if err == nil || !strings.Contains(err.Error(), "Trusted[0]") || !strings.Contains(err.Error(), "Trusted[2]") {
		t.Errorf("got %v", err)
	}
}
