package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/sidekick-http/sidekick"
)

const host = "www.example.test"

// The first client gets a certificate from an ACME server that has checked the
// kit's ports, by either challenge.
func TestCertificateOfAnACMEServer(t *testing.T) {
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	for _, challenge := range []string{"http-01", "tls-alpn-01"} {
		t.Run(challenge, func(t *testing.T) { getCertificate(t, challenge) })
	}
}

func getCertificate(t *testing.T, challenge string) {
	m := &autocert.Manager{Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(t.TempDir()), Client: &acme.Client{}}
	m.HostPolicy = func(ctx context.Context, name string) error {
		name, _, _ = strings.Cut(name, ":") // the server uses another port than 80 here
		return autocert.HostWhitelist(host)(ctx, name)
	}
	cfg := withCertificates(host, m)
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	cfg.Server.Port, cfg.Server.BindIP = "0", "127.0.0.1"
	cfg.Server.Listeners[0].Port, cfg.Server.Listeners[0].BindIP = "0", "127.0.0.1"
	kit, err := sidekick.New(cfg, hello())
	if err != nil {
		t.Fatal(err)
	}
	listeners, err := kit.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- kit.Serve(ctx, listeners...) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, kit.Close()); err != nil {
			t.Error(err)
		}
	})
	secure, plain := listeners[0].Addr().String(), listeners[1].Addr().String()
	httpPort, tlsPort := portOf(t, plain), portOf(t, secure)
	if challenge == "http-01" {
		tlsPort = 1 // nobody listens there
	} else {
		httpPort = 1
	}
	issuer := startACME(t, m.Client, httpPort, tlsPort)

	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: issuer},
			DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
				to := secure
				if strings.HasSuffix(addr, ":80") {
					to = plain
				}
				return (&net.Dialer{}).DialContext(ctx, "tcp", to)
			},
		},
	}
	defer client.CloseIdleConnections()
	for url, want := range map[string]string{"https://" + host + "/api/hello": `"hello":"world"`, "http://" + host + "/api/hello": "https://" + host + "/api/hello"} {
		res, err := client.Get(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			t.Error(err)
		}
		if got := string(body) + res.Header.Get("Location"); !strings.Contains(got, want) {
			t.Errorf("%s: got %d %s, want %s", url, res.StatusCode, got, want)
		}
	}
}

// startACME starts an ACME server that checks the host on the given ports of this
// machine, configures the client to use it, and returns the root of its
// certificates.
func startACME(t *testing.T, client *acme.Client, httpPort, tlsPort int) *x509.CertPool {
	t.Helper()
	quiet := log.New(t.Output(), "", 0)
	store := db.NewMemoryStore()
	authority := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	validator := va.New(quiet, httpPort, tlsPort, false, startDNS(t), store)
	front := wfe.New(quiet, store, validator, authority, []string{"example.test"}, false, false, 1, 1)
	server := httptest.NewTLSServer(front.Handler())
	t.Cleanup(server.Close)
	client.DirectoryURL, client.HTTPClient = server.URL+wfe.DirectoryPath, server.Client()
	roots := x509.NewCertPool()
	roots.AddCert(authority.GetRootCert(0).Cert)
	return roots
}

// startDNS starts a server that resolves every name to this machine, and returns
// its address.
func startDNS(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetReply(r)
		if q := r.Question[0]; q.Qtype == dns.TypeA {
			answer.Answer = append(answer.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1)})
		}
		_ = w.WriteMsg(answer) // the validator tries again
	})}
	go func() { _ = server.ActivateAndServe() }() // until it is shut down
	t.Cleanup(func() { _ = server.Shutdown() })
	return l.Addr().String()
}

func portOf(t *testing.T, addr string) int {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return a.Port
}
