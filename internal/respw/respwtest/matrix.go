// Package respwtest tests a piece that wraps the response writer with everything
// that handlers do, over real connections: alone and between two other pieces, over
// HTTP/1.1 and HTTP/2.
package respwtest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/respw"
)

// Run tests the piece with the whole matrix.
func Run(t *testing.T, piece func(http.Handler) http.Handler) {
	t.Helper()
	Matrix{Piece: piece}.Run(t)
}

// Matrix is Run for pieces that need more of a request than its path.
type Matrix struct {
	Piece func(http.Handler) http.Handler

	// Prepare changes each request before it is sent, e.g. its Host. The piece must
	// let the request through and must not change its body.
	Prepare func(*http.Request)

	// Decode undoes the Content-Encoding that the piece may have given to a body. nil
	// means that bodies must be unchanged.
	Decode func(coding string, body []byte) ([]byte, error)
}

// Run tests the piece with the whole matrix.
func (m Matrix) Run(t *testing.T) {
	t.Helper()
	for _, mode := range []string{alone, between, unwrapped} {
		for _, proto := range []string{"HTTP1", "HTTP2"} {
			t.Run(mode+"/"+proto, func(t *testing.T) {
				s := m.serve(t, mode, proto == "HTTP2")
				for _, c := range cases {
					t.Run(c.name, func(t *testing.T) { s.run(t, c) })
				}
				t.Run("many at once", s.many)
			})
		}
	}
}

// Where the piece stands.
const (
	alone     = "alone"
	between   = "between"   // two other pieces
	unwrapped = "unwrapped" // over a writer whose methods are found only through Unwrap
)

// server is the piece around a handler that plays the case named by a request.
type server struct {
	*httptest.Server
	Matrix
	mode  string
	http2 bool
	bare  *httptest.Server // the same without the piece
	seen  sync.Map         // request id → chan observation
	log   errorLog
}

// errorLog is what the server logs.
type errorLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *errorLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *errorLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	l.text.Reset()
	return text
}

// observation is what the outer piece saw of one response.
type observation struct {
	status   int
	bytes    int64
	hijacked bool
}

const (
	caseHeader = "X-Case"
	idHeader   = "X-Request-Number"
)

func (m Matrix) serve(t *testing.T, mode string, http2 bool) *server {
	t.Helper()
	s := &server{Matrix: m, mode: mode, http2: http2}
	byName := map[string]http.HandlerFunc{}
	for _, c := range cases {
		byName[c.name] = c.handler
	}
	play := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		byName[r.Header.Get(caseHeader)](w, r)
	})
	h := m.Piece(play)
	switch mode {
	case between:
		h = s.outer(m.Piece(inner(play)))
	case unwrapped:
		piece := h
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { piece.ServeHTTP(unwrapping{w}, r) })
	}
	s.Server, s.bare = start(h, http2, &s.log), start(play, http2, io.Discard)
	t.Cleanup(s.Close)
	t.Cleanup(s.bare.Close)
	return s
}

func start(h http.Handler, http2 bool, out io.Writer) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(out, "", 0)
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

// outer is the outer piece: it sets a header and a cookie, and records what was
// sent.
func (s *server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tw, r, tap := respw.Of(w, r)
		tw.Header().Set("X-Outer", "kept")
		tw.Header().Add("Set-Cookie", "outer=1")
		defer func() {
			if ch, ok := s.seen.Load(r.Header.Get(idHeader)); ok {
				select {
				case ch.(chan observation) <- observation{tap.Status(), tap.Bytes(), tap.Hijacked()}:
				default: // the client's transport retries if a connection broke
				}
			}
		}()
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
	})
}

// inner is the inner piece: it wraps the writer itself and observes it.
func inner(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "inner=1")
		tw, r, tap := respw.Of(foreign(w), r)
		next.ServeHTTP(tw, r)
		tap.Finish()
	})
}

// foreign wraps a writer like libraries that keep only the methods of net/http's
// writers.
func foreign(w http.ResponseWriter) http.ResponseWriter {
	type common interface {
		http.ResponseWriter
		io.StringWriter
		http.Flusher
		FlushError() error
		CloseNotify() <-chan bool
	}
	c, ok := w.(common)
	if !ok {
		return unwrapping{w}
	}
	if h, ok := w.(http.Hijacker); ok {
		if rf, ok := w.(io.ReaderFrom); ok {
			return struct {
				common
				http.Hijacker
				io.ReaderFrom
				unwrapper
			}{c, h, rf, unwrapping{w}}
		}
	}
	if p, ok := w.(http.Pusher); ok {
		return struct {
			common
			http.Pusher
			unwrapper
		}{c, p, unwrapping{w}}
	}
	return unwrapping{w}
}

type unwrapper interface{ Unwrap() http.ResponseWriter }

// unwrapping is the wrapper of programs that rely on http.ResponseController.
type unwrapping struct{ http.ResponseWriter }

func (w unwrapping) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// answer is a response read to its end.
type answer struct {
	*http.Response
	body string
	sent int   // bytes of the body, as received
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
	if s.Prepare != nil {
		s.Prepare(r)
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
	a := answer{resp, string(body), len(body), err}
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && len(body) > 0 && s.Decode != nil {
		var decodeErr error
		body, decodeErr = s.Decode(coding, body)
		a.body, a.err = string(body), errors.Join(err, decodeErr)
	}
	return a, nil
}

// run plays one case and checks the response.
func (s *server) run(t *testing.T, c testCase) {
	if s.http2 && c.http1Only {
		t.Skip("HTTP/1 only")
	}
	s.log.take()
	defer waits.Delete(t.Name()) // for the next run of the same test
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
	if s.mode != between {
		return
	}
	o := <-ch
	if o.hijacked {
		return // it wrote its response itself
	}
	if o.status != a.StatusCode || o.bytes != int64(a.sent) {
		t.Errorf("the piece outside saw %d and %d bytes, want %d and %d", o.status, o.bytes, a.StatusCode, a.sent)
	}
	if got := a.Header.Get("X-Outer"); got != "kept" {
		t.Errorf("header set outside: got %q, want it kept", got)
	}
	cookies := strings.Join(a.Header.Values("Set-Cookie"), " ")
	if !strings.Contains(cookies, "outer=1") || !strings.Contains(cookies, "inner=1") {
		t.Errorf("cookies: got %q, want both added", cookies)
	}
}

// many sends several requests at once, for the race detector.
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
