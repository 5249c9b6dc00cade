// Package respwtest drives a piece that wraps the response writer through
// everything that handlers do with one, over real connections: alone and
// between two other pieces, over HTTP/1.1 and HTTP/2.
package respwtest

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/felixge/httpsnoop"

	"github.com/sidekick-http/sidekick/internal/respw"
)

// Run drives the piece through the whole matrix.
func Run(t *testing.T, piece func(http.Handler) http.Handler) {
	t.Helper()
	Matrix{Piece: piece}.Run(t)
}

// Matrix is Run for pieces that want more of a request than its path.
type Matrix struct {
	Piece func(http.Handler) http.Handler

	// Prepare changes each request before it is sent, e.g. its Host. The piece
	// must let the request through and must not change its body.
	Prepare func(*http.Request)
}

// Run drives the piece through the whole matrix.
func (m Matrix) Run(t *testing.T) {
	t.Helper()
	for _, mode := range []string{"alone", "between"} {
		for _, proto := range []string{"HTTP1", "HTTP2"} {
			t.Run(mode+"/"+proto, func(t *testing.T) {
				s := m.serve(t, mode == "between", proto == "HTTP2")
				for _, c := range cases {
					t.Run(c.name, func(t *testing.T) { s.run(t, c) })
				}
				t.Run("many at once", s.many)
			})
		}
	}
}

// server is the piece over a handler that plays the case a request names.
type server struct {
	*httptest.Server
	between, http2 bool
	prepare        func(*http.Request)
	bare           *httptest.Server // the same without the piece
	seen           sync.Map         // request id → chan observation
}

// observation is what the piece outside saw of one response.
type observation struct {
	status   int
	bytes    int64
	hijacked bool
}

const (
	caseHeader = "X-Case"
	idHeader   = "X-Request-Number"
)

func (m Matrix) serve(t *testing.T, between, http2 bool) *server {
	t.Helper()
	s := &server{between: between, http2: http2, prepare: m.Prepare}
	byName := map[string]http.HandlerFunc{}
	for _, c := range cases {
		byName[c.name] = c.handler
	}
	play := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		byName[r.Header.Get(caseHeader)](w, r)
	})
	h := m.Piece(play)
	if between {
		h = s.outer(m.Piece(inner(play)))
	}
	s.Server, s.bare = start(h, http2), start(play, http2)
	t.Cleanup(s.Close)
	t.Cleanup(s.bare.Close)
	return s
}

func start(h http.Handler, http2 bool) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if http2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	tr := s.Client().Transport.(*http.Transport)
	tr.DisableCompression = true
	if tr.TLSClientConfig == nil {
		tr.TLSClientConfig = new(tls.Config)
	}
	return s
}

// outer is the other piece outside: it sets a header and a cookie, and notes
// what was sent.
func (s *server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tw, r, tap := respw.Of(w, r)
		tw.Header().Set("X-Outer", "kept")
		tw.Header().Add("Set-Cookie", "outer=1")
		defer func() {
			if ch, ok := s.seen.Load(r.Header.Get(idHeader)); ok {
				select {
				case ch.(chan observation) <- observation{tap.Status(), tap.Bytes(), tap.Hijacked()}:
				default: // the client's transport asks again when a connection broke
				}
			}
		}()
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
	})
}

// inner is the other piece inside: it wraps the writer itself and watches it.
func inner(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "inner=1")
		snooped := httpsnoop.Wrap(w, httpsnoop.Hooks{
			Write: func(next httpsnoop.WriteFunc) httpsnoop.WriteFunc {
				return func(p []byte) (int, error) { return next(p) }
			},
			ReadFrom: func(next httpsnoop.ReadFromFunc) httpsnoop.ReadFromFunc {
				return func(src io.Reader) (int64, error) { return next(src) }
			},
		})
		tw, r, tap := respw.Of(snooped, r)
		next.ServeHTTP(tw, r)
		tap.Finish()
	})
}

// answer is a response read to its end.
type answer struct {
	*http.Response
	body string
	err  error // of reading the body
}

// do sends a case's request; an error means that no header came back.
func (s *server) do(t *testing.T, c testCase, id string) (answer, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	method := c.method
	if method == "" {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(ctx, method, s.URL+"/", strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(caseHeader, c.name)
	r.Header.Set(idHeader, id)
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	if s.prepare != nil {
		s.prepare(r)
	}
	if c.trace != nil {
		r = c.trace(r)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	if c.headerCame != nil {
		c.headerCame(id)
	}
	body, err := io.ReadAll(resp.Body)
	return answer{resp, string(body), err}, nil
}

// run plays one case and checks what came.
func (s *server) run(t *testing.T, c testCase) {
	if s.http2 && c.http1Only {
		t.Skip("HTTP/1 only")
	}
	id := t.Name()
	ch := make(chan observation, 1)
	s.seen.Store(id, ch)
	a, err := s.do(t, c, id)
	if c.aborted {
		if err == nil && a.err == nil && (!c.may500 || a.StatusCode != http.StatusInternalServerError) {
			t.Fatalf("got a whole answer: %d %q", a.StatusCode, a.body)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if a.err != nil {
		t.Fatalf("reading the body: %v", a.err)
	}
	if a.StatusCode != c.status || a.body != c.want {
		t.Errorf("got %d and %d bytes %.80q, want %d and %d bytes %.80q", a.StatusCode, len(a.body), a.body, c.status, len(c.want), c.want)
	}
	if c.check != nil {
		c.check(t, s, a)
	}
	if !s.between {
		return
	}
	o := <-ch
	if o.hijacked {
		return // it wrote its answer by itself
	}
	if o.status != a.StatusCode || o.bytes != int64(len(a.body)) {
		t.Errorf("the piece outside saw %d and %d bytes, want %d and %d", o.status, o.bytes, a.StatusCode, len(a.body))
	}
	if got := a.Header.Get("X-Outer"); got != "kept" {
		t.Errorf("header set outside: got %q, want it kept", got)
	}
	cookies := strings.Join(a.Header.Values("Set-Cookie"), " ")
	if !strings.Contains(cookies, "outer=1") || !strings.Contains(cookies, "inner=1") {
		t.Errorf("cookies: got %q, want both added", cookies)
	}
}

// many asks several times at once, for the race detector.
func (s *server) many(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := cases[i%3]
			a, err := s.do(t, c, t.Name())
			if err != nil || a.err != nil || a.StatusCode != c.status || a.body != c.want {
				t.Errorf("%s: got %+v, %v", c.name, a, err)
			}
		})
	}
	wg.Wait()
}
