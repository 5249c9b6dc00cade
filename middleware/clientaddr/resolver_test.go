package clientaddr_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
)

func newResolver(t testing.TB, trusted ...string) *clientaddr.Resolver {
	t.Helper()
	var o clientaddr.Options
	for _, p := range trusted {
		o.TrustedProxies = append(o.TrustedProxies, netip.MustParsePrefix(p))
	}
	c, err := clientaddr.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMatrix(t *testing.T) { respwtest.Run(t, newResolver(t).Handler) }

func TestResolverOptions(t *testing.T) {
	_, err := clientaddr.New(clientaddr.Options{TrustedProxies: make([]netip.Prefix, 2), Header: "X Real IP", PortHeader: "Port:"})
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Fatalf("got %v, want four problems", err)
	}
	for _, want := range []string{"clientaddr: TrustedProxies[1]: ", `clientaddr: Header: invalid value "X Real IP"`, "clientaddr: PortHeader: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestResolver(t *testing.T) {
	for _, tt := range []struct {
		name    string
		trusted []string
		peer    string
		header  []string
		want    string
		secure  bool
	}{
		{"V5 a peer that nobody trusts", nil, "192.0.2.7:50", []string{"X-Forwarded-For", "6.6.6.6", "X-Forwarded-Proto", "https"}, "192.0.2.7:50", false},
		{"V5 the nearest untrusted", []string{"192.0.2.0/24"}, "192.0.2.7:50", []string{"X-Forwarded-For", "6.6.6.6, 5.6.7.8", "X-Forwarded-Proto", "https"}, "5.6.7.8:0", true},
		{"a unix socket", nil, "@", nil, "invalid AddrPort", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			for i := 0; i < len(tt.header); i += 2 {
				r.Header.Set(tt.header[i], tt.header[i+1])
			}
			c := newResolver(t, tt.trusted...)
			if got, secure := c.Of(r); got.String() != tt.want || secure != tt.secure {
				t.Errorf("Of: got %s, %t, want %s, %t", got, secure, tt.want, tt.secure)
			}
			c.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got, ok := clientaddr.FromContext(r.Context())
				if got.String() != tt.want || ok != got.IsValid() {
					t.Errorf("in the context: got %s, %t, want %s", got, ok, tt.want)
				}
				if facts.SecureOf(r) != tt.secure || facts.ClientOf(r) != got {
					t.Errorf("for other pieces: got %s, %t", facts.ClientOf(r), facts.SecureOf(r))
				}
				if r.RemoteAddr != tt.peer {
					t.Errorf("RemoteAddr: got %q, want %q", r.RemoteAddr, tt.peer)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

// Whatever a client sends in addition to the field that its proxy writes has no
// effect.
func TestResolverReadsOneField(t *testing.T) {
	forged := []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Cf-Connecting-Ip", "True-Client-Ip", "X-Client-Ip", "X-Cluster-Client-Ip"}
	for header, value := range map[string]string{
		"": "203.0.113.9", "X-Real-IP": "203.0.113.9", "CF-Connecting-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9",
	} {
		c, err := clientaddr.New(clientaddr.Options{TrustedProxies: clientaddr.Loopback(), Header: header})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "127.0.0.1:1"
		for _, name := range forged {
			r.Header.Set(name, "6.6.6.6")
		}
		if header == "" {
			header = "X-Forwarded-For"
		}
		r.Header.Set(header, value)
		if got, _ := c.Of(r); got.String() != "203.0.113.9:0" {
			t.Errorf("%s: got %s, want what the proxy wrote", header, got)
		}
	}
}

func TestResolverPort(t *testing.T) {
	c, err := clientaddr.New(clientaddr.Options{TrustedProxies: clientaddr.Loopback(), PortHeader: "X-Forwarded-Port"})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	r.Header.Set("X-Forwarded-Port", "1234")
	if got, _ := c.Of(r); got.String() != "203.0.113.9:1234" {
		t.Errorf("got %s", got)
	}
}

func TestResolverOverAConnection(t *testing.T) {
	s := httptest.NewServer(newResolver(t).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, ok := clientaddr.FromContext(r.Context()); !ok || got.String() != r.RemoteAddr {
			http.Error(w, got.String(), 500)
		}
	})))
	defer s.Close()
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		body, _ := io.ReadAll(resp.Body)
		t.Errorf("got %d %q", resp.StatusCode, body)
	}
}

func TestResolverFirstDecides(t *testing.T) {
	look := func(want string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got, _ := clientaddr.FromContext(r.Context()); got.String() != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	outer, inner := newResolver(t, "192.0.2.0/24"), newResolver(t)
	r := httptest.NewRequest("GET", "/", nil) // its peer is 192.0.2.1
	r.Header.Set("X-Forwarded-For", "5.6.7.8")
	outer.Handler(inner.Handler(look("5.6.7.8:0"))).ServeHTTP(httptest.NewRecorder(), r)

	if _, ok := clientaddr.FromContext(r.Context()); ok {
		t.Error("an untouched context: got an address")
	}
	ctx := clientaddr.NewContext(r.Context(), netip.MustParseAddrPort("[::ffff:9.9.9.9]:7"), true)
	r = r.WithContext(ctx)
	if !facts.SecureOf(r) {
		t.Error("noted as secure: got not secure")
	}
	outer.Handler(look("9.9.9.9:7")).ServeHTTP(httptest.NewRecorder(), r)
	// The context may be a connection's: what is recorded for one of its requests
	// must not affect the others.
	again := clientaddr.NewContext(ctx, netip.MustParseAddrPort("8.8.8.8:1"), false)
	if facts.ClientOf(r).String() != "9.9.9.9:7" || facts.ClientOf(r.WithContext(again)).String() != "8.8.8.8:1" {
		t.Error("a second note: want it in a context of its own")
	}
	r, rec := facts.Ensure(r)
	if again := clientaddr.NewContext(r.Context(), netip.MustParseAddrPort("7.7.7.7:1"), false); again != r.Context() || rec.ClientOr(r).String() != "7.7.7.7:1" {
		t.Error("a note within a request: want it in the request's record")
	}
}
