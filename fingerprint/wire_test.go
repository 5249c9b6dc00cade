package fingerprint_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"

	"github.com/sidekick-http/sidekick/fingerprint"
)

// TestOverTheWire runs the handler in a real server, over HTTP/1.1 and HTTP/2.
func TestOverTheWire(t *testing.T) {
	tests := []struct {
		name   string
		inside http.HandlerFunc
		body   string
	}{
		{"nothing written", func(http.ResponseWriter, *http.Request) {}, ""},
		{"written at once", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }, "x"},
		{"flushed before anything was written", func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "x")
		}, "x"},
		{"early hints first", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, "x")
		}, "x"},
		{"copied from a reader", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(zeros{}, 1<<20))
		}, string(make([]byte, 1<<20))},
	}
	for _, http2 := range []bool{false, true} {
		for _, tt := range tests {
			name := "HTTP/1.1 " + tt.name
			if http2 {
				name = "HTTP/2 " + tt.name
			}
			t.Run(name, func(t *testing.T) {
				srv := httptest.NewUnstartedServer(signed(t).Handler(tt.inside))
				srv.EnableHTTP2 = http2
				srv.StartTLS()
				defer srv.Close()
				req, err := http.NewRequest("GET", srv.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
					Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
						if len(h["Set-Cookie"]) > 0 {
							t.Error("the cookie was sent with an interim response")
						}
						return nil
					},
				}))
				res, err := srv.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				if err != nil || string(body) != tt.body {
					t.Errorf("got %d bytes (%v), want %d", len(body), err, len(tt.body))
				}
				if (res.ProtoMajor == 2) != http2 {
					t.Errorf("got %s", res.Proto)
				}
				if c := res.Cookies(); len(c) != 1 || !c[0].Secure || res.Header.Get("Cache-Control") != "private" {
					t.Errorf("got header %v, want one secure cookie and private", res.Header)
				}
			})
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestKnownClientIsNotWrapped checks that the handler of a client that sends its
// cookie gets the server's own writer.
func TestKnownClientIsNotWrapped(t *testing.T) {
	f := signed(t)
	cookie := send(t, f, get(), nil).value()
	w := httptest.NewRecorder()
	f.Handler(http.HandlerFunc(func(got http.ResponseWriter, r *http.Request) {
		if _, ok := fingerprint.FromContext(r.Context()); !ok || got != http.ResponseWriter(w) {
			t.Errorf("got the writer %T", got)
		}
	})).ServeHTTP(w, withCookie(cookie))
}
