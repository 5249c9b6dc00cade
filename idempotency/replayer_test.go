package idempotency_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
)

// Handlers may do anything with the writer.
func TestMatrix(t *testing.T) {
	p := mustNew(t, idempotency.Options{Methods: []string{"GET", "HEAD", "POST"}, Logger: new(journal).logger()})
	var n atomic.Int64
	respwtest.Run(t, func(next http.Handler) http.Handler {
		h := p.Handler(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// A key for each attempt: Go's client retries by itself, and would get a
			// stored response where the matrix expects a failure.
			r = r.Clone(r.Context())
			r.Header.Set("Idempotency-Key", fmt.Sprint("0123456789abcdef-", n.Add(1)))
			h.ServeHTTP(w, r)
		})
	})
}

func TestReplay(t *testing.T) {
	worked := 0
	inner := mustNew(t, idempotency.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		worked++
		h := w.Header()
		h.Set("Content-Type", "application/vnd.order")
		h.Set("Location", "/orders/7")
		h.Set("X-Replaced", "by the handler")
		h.Del("X-Removed")
		h.Add("Vary", "Accept")
		h.Add("Set-Cookie", "mine=1")
		h.Add("Set-Cookie", "mine=2")
		h.Set("Connection", "close")
		h["X-Nothing"] = nil
		w.WriteHeader(http.StatusCreated)
		h.Set("X-Late", "after the status")
		_, _ = io.WriteString(w, "order ")
		_, _ = w.Write([]byte{0, 0xff})
	}))
	n := 0
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("X-Request-Id", fmt.Sprint(n))
		w.Header().Set("X-Replaced", "by the piece outside")
		w.Header().Set("X-Removed", "by the piece outside")
		w.Header().Set("Vary", "Origin")
		w.Header().Set("Set-Cookie", fmt.Sprint("outer=", n))
		inner.ServeHTTP(w, r)
	})
	for i := range 3 {
		w := ask(h, request("a"))
		want := http.Header{
			"Content-Type": {"application/vnd.order"}, "Location": {"/orders/7"}, "X-Replaced": {"by the handler"}, "Vary": {"Origin", "Accept"},
			"X-Request-Id": {fmt.Sprint(i + 1)}, "Set-Cookie": {fmt.Sprint("outer=", i+1), "mine=1", "mine=2"}, "X-Nothing": nil,
		}
		if i == 0 {
			want.Set("Connection", "close")
		} else {
			want.Set("Idempotent-Replayed", "true")
		}
		got := w.Result().Header
		for name := range want {
			if !slices.Equal(got[name], want[name]) {
				t.Errorf("answer %d: %s: got %q, want %q", i, name, got[name], want[name])
			}
		}
		if len(got) != len(want) || w.Code != 201 || w.Body.String() != "order \x00\xff" || worked != 1 {
			t.Errorf("answer %d: got %d %v %q, worked %d times", i, w.Code, got, w.Body, worked)
		}
	}
}

// Handlers that write nothing, or no body, are replayed like others.
func TestReplayOfNothing(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"200": func(http.ResponseWriter, *http.Request) {},
		"204": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(204)
			if _, err := io.WriteString(w, "x"); err != http.ErrBodyNotAllowed {
				panic(err)
			}
		},
		"303": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/orders/7", http.StatusSeeOther) },
		"422": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "no such item", http.StatusUnprocessableEntity)
		},
	} {
		worked := 0
		h := mustNew(t, idempotency.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { worked++; handler(w, r) }))
		first, second := ask(h, request("")), ask(h, request(""))
		if worked != 1 || fmt.Sprint(first.Code) != name || second.Code != first.Code || second.Body.String() != first.Body.String() || !isReplay(second) {
			t.Errorf("%s: got %d %q, then %d %q, worked %d times", name, first.Code, first.Body, second.Code, second.Body, worked)
		}
	}
}

// A key that is sent with a different request is refused, and the first response
// stays.
func TestReusedKeys(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"another method": func(r *http.Request) { r.Method = "PUT" },
		"another path":   func(r *http.Request) { r.URL.Path, r.RequestURI = "/order", "/order?a=1" },
		"another query":  func(r *http.Request) { r.URL.RawQuery, r.RequestURI = "a=2", "/orders?a=2" },
		"no query":       func(r *http.Request) { r.URL.RawQuery, r.RequestURI = "", "/orders" },
		"another type":   func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
		"another body":   func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("b")) },
		"a longer body":  func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("a ")) },
		"no body":        func(r *http.Request) { r.Body = http.NoBody },
	} {
		t.Run(name, func(t *testing.T) {
			o := &order{}
			h := mustNew(t, idempotency.Options{Documentation: "/docs/retries"}).Handler(o)
			ask(h, request("a"))
			r := request("a")
			change(r)
			w := ask(h, r)
			want := `{"error":"the key in Idempotency-Key was sent with another request before: send a new key with a new request"}`
			if w.Code != 422 || w.Body.String() != want || w.Header().Get("Link") != `</docs/retries>; rel="describedby"; type="text/html"` || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
			}
			if w := ask(h, request("a")); !isReplay(w) || o.worked.Load() != 1 {
				t.Errorf("the first request again: got %d %s, worked %d times", w.Code, w.Body, o.worked.Load())
			}
		})
	}
	// Bodies that are longer than what is read ahead, with the same start.
	long := strings.Repeat("a", 100_000)
	for _, tt := range []struct {
		name     string
		readAll  bool // by an outer handler, as by a parser of params
		repeated string
	}{
		{"longer", false, long + "b"}, {"twice as long", false, long + long}, {"shorter", false, long[1:]},
		{"longer, all read before", true, long + "b"}, {"twice as long, all read before", true, long + long}, {"shorter, all read before", true, long[1:]},
	} {
		o := &order{}
		p := mustNew(t, idempotency.Options{})
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if tt.readAll {
				r = p.Watch(r)
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					t.Error(err)
				}
			}
			p.Handler(o).ServeHTTP(w, r)
		})
		ask(h, request(long))
		if w := ask(h, request(tt.repeated)); w.Code != 422 || o.worked.Load() != 1 {
			t.Errorf("%s: got %d %.100s, worked %d times", tt.name, w.Code, w.Body, o.worked.Load())
		}
		if w := ask(h, request(long)); !isReplay(w) {
			t.Errorf("%s: the first request again: got %d %.100s", tt.name, w.Code, w.Body)
		}
	}
	// What may differ from one attempt to the next.
	o := &order{}
	h := mustNew(t, idempotency.Options{}).Handler(o)
	ask(h, request("a"))
	for _, fields := range [][]string{{"Content-Type", "text/plain; charset=utf-8"}, {"User-Agent", "x"}, {"X-Request-Id", "2"}, {"Accept", "*/*"}} {
		if w := ask(h, request("a", fields...)); !isReplay(w) {
			t.Errorf("%q: got %d %s", fields, w.Code, w.Body)
		}
	}
}

// A repeated request waits for the response while the first is being processed.
func TestRequestsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &order{}
		h := mustNew(t, idempotency.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * time.Second)
			o.ServeHTTP(w, r)
		}))
		var wg sync.WaitGroup
		var replayed, other atomic.Int64
		for i := range 50 {
			wg.Go(func() {
				body := "a"
				if i == 7 {
					time.Sleep(time.Second)
					body = "b"
				}
				start := time.Now()
				w := ask(h, request(body))
				switch {
				case i == 7:
					if took := time.Since(start); w.Code != 422 || took != 0 {
						t.Errorf("another request: got %d after %v", w.Code, took)
					}
				case w.Code == 201 && isReplay(w) && w.Body.String() == "order of a":
					replayed.Add(1)
				default:
					other.Add(1)
				}
				if took := time.Since(start); took > 3*time.Second+250*time.Millisecond {
					t.Errorf("it took %v", took)
				}
			})
		}
		wg.Wait()
		if o.worked.Load() != 1 || replayed.Load() != 48 || other.Load() != 1 {
			t.Errorf("worked %d times, %d replays, %d others", o.worked.Load(), replayed.Load(), other.Load())
		}
	})
}

func TestRequestsAtWorkForLong(t *testing.T) {
	for name, tt := range map[string]struct{ wait, took time.Duration }{
		"by default": {0, 5 * time.Second}, "longer": {time.Minute, time.Minute}, "not at all": {-1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				goOn := make(chan struct{})
				h := mustNew(t, idempotency.Options{Wait: tt.wait}).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-goOn }))
				go ask(h, request("a"))
				synctest.Wait()
				start := time.Now()
				w := ask(h, request("a"))
				if took := time.Since(start); w.Code != 409 || took != tt.took || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), "still in progress: send it again in 1 second") {
					t.Errorf("got %d %v %s after %v, want a 409 after %v", w.Code, w.Header(), w.Body, took, tt.took)
				}
				close(goOn)
				synctest.Wait()
				if w := ask(h, request("a")); !isReplay(w) {
					t.Errorf("afterwards: got %d", w.Code)
				}
			})
		})
	}
}

// A flood of requests with one key makes only some of them wait.
func TestWaitingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		h := mustNew(t, idempotency.Options{}).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-goOn }))
		go ask(h, request("a"))
		synctest.Wait()
		var at409 atomic.Int64
		for range 3000 {
			go func() {
				if ask(h, request("a")).Code == 409 {
					at409.Add(1)
				}
			}()
		}
		synctest.Wait()
		if n := at409.Load(); n != 3000-1024 {
			t.Errorf("%d were refused at once, want all but 1024", n)
		}
		close(goOn)
		time.Sleep(time.Minute)
		if n := at409.Load(); n != 3000-1024 {
			t.Errorf("%d were refused", n)
		}
	})
}

// A waiting request stops waiting when its client leaves.
func TestClientLeavesWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		defer close(goOn)
		p := mustNew(t, idempotency.Options{Wait: time.Hour})
		h := p.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-goOn }))
		go ask(h, request("a"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := p.Serve(httptest.NewRecorder(), request("a").WithContext(ctx), h)
		if took := time.Since(start); took != time.Second || !errors.Is(err, idempotency.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v after %v", err, took)
		}
	})
}

// What cannot or must not be stored is logged, and processed again.
func TestUnstored(t *testing.T) {
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, "x") }
	}
	large := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		reason  string
		level   string
		body    string
	}{
		{"500", status(500), "its status invites another attempt", "DEBUG", "x"},
		{"503", status(503), "its status invites another attempt", "DEBUG", "x"},
		{"401", status(401), "its status invites another attempt", "DEBUG", "x"},
		{"408", status(408), "its status invites another attempt", "DEBUG", "x"},
		{"425", status(425), "its status invites another attempt", "DEBUG", "x"},
		{"429", status(429), "its status invites another attempt", "DEBUG", "x"},
		{"499", status(499), "its status invites another attempt", "DEBUG", "x"},
		{"too large", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, large+"y") }, "it is too large", "WARN", large + "y"},
		{"too large in parts", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			for range 16 {
				_, _ = io.WriteString(w, large[:len(large)/16])
			}
			_, _ = io.Copy(w, strings.NewReader("yz"))
		}, "it is too large", "WARN", large + "yz"},
		{"streamed", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "one")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "two")
		}, "it is streamed", "WARN", "onetwo"},
		{"flushed at once", func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "x")
		}, "it is streamed", "WARN", "x"},
		{"trailers", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "x")
			w.Header().Set("X-Sum", "1")
		}, "it has trailers", "WARN", "x"},
		{"trailers that are not announced", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "x")
			w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
		}, "it has trailers", "WARN", "x"},
		{"shorter than announced", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "x")
		}, "its length is not the one that was announced", "WARN", "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logged, worked := &journal{}, 0
			h := mustNew(t, idempotency.Options{Logger: logged.logger()}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { worked++; tt.handler(w, r) }))
			for i := range 2 {
				w := ask(h, request("a"))
				if !isUnstored(w) || isReplay(w) || w.Body.String() != tt.body || worked != i+1 {
					t.Errorf("answer %d: got %v and %d bytes, worked %d times", i, w.Header(), w.Body.Len(), worked)
				}
			}
			lines := logged.lines()
			if len(lines) != 2 || !strings.Contains(lines[0], "level="+tt.level) || !strings.Contains(lines[0], fmt.Sprintf("reason=%q", tt.reason)) || !strings.Contains(lines[0], "method=POST path=/orders") {
				t.Errorf("got %q", lines)
			}
		})
	}
	// A megabyte is not too large.
	o := mustNew(t, idempotency.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, strings.NewReader(large)) }))
	ask(o, request("a"))
	if w := ask(o, request("a")); !isReplay(w) || w.Body.String() != large {
		t.Errorf("got %d with %d bytes", w.Code, w.Body.Len())
	}
}

// Which statuses are stored is an option.
func TestStoreStatus(t *testing.T) {
	worked := 0
	h := mustNew(t, idempotency.Options{StoreStatus: func(status int) bool { return status == 500 }}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if worked++; worked < 3 {
			w.WriteHeader(200)
			return
		}
		http.Error(w, "broken", 500)
	}))
	for i, want := range []int{200, 200, 500, 500, 500} {
		if w := ask(h, request("a")); w.Code != want || isReplay(w) != (i > 2) {
			t.Errorf("answer %d: got %d %v", i, w.Code, w.Header())
		}
	}
}

// A connection that a handler takes over is not a response.
func TestHijack(t *testing.T) {
	logged, worked := &journal{}, atomic.Int64{}
	h := mustNew(t, idempotency.Options{Logger: logged.logger()}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		worked.Add(1)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = rw.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmine")
		_ = rw.Flush()
		conn.Close()
	}))
	ended := make(chan struct{}) // the client does not wait for it
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		ended <- struct{}{}
	}))
	defer s.Close()
	for i := range 2 {
		res := post(t, s, "a")
		<-ended
		if body, _ := io.ReadAll(res.Body); string(body) != "mine" || worked.Load() != int64(i+1) {
			t.Errorf("answer %d: got %q", i, body)
		}
	}
	if lines := logged.lines(); len(lines) != 2 || !strings.Contains(lines[0], `reason="the connection was taken over"`) {
		t.Errorf("got %q", lines)
	}
}

func post(t testing.TB, s *httptest.Server, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+"/orders", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Idempotency-Key", uuid)
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// A handler that panics has not answered: the key is free.
func TestPanics(t *testing.T) {
	for _, value := range []any{"boom", http.ErrAbortHandler} {
		worked := 0
		h := mustNew(t, idempotency.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if worked++; worked == 1 {
				_, _ = io.WriteString(w, "half an ans")
				panic(value)
			}
		}))
		w := httptest.NewRecorder()
		func() {
			defer func() {
				if got := recover(); got != value {
					t.Errorf("got the panic %v, want %v", got, value)
				}
			}()
			h.ServeHTTP(w, request("a"))
		}()
		if w.Body.Len() > 0 || len(w.Header()) > 0 {
			t.Errorf("something was sent: %v %q", w.Header(), w.Body)
		}
		if w := ask(h, request("a")); w.Code != 200 || isReplay(w) || worked != 2 {
			t.Errorf("afterwards: got %d, worked %d times", w.Code, worked)
		}
	}
}

// Processing goes on when its client leaves, and a repeated request gets the
// response.
func TestClientLeaves(t *testing.T) {
	for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(version, func(t *testing.T) {
			o := &order{}
			begun, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 10)
			once := sync.OnceFunc(func() { close(begun) })
			h := mustNew(t, idempotency.Options{Wait: time.Minute}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				once()
				<-goOn
				ended <- r.Context().Err()
				o.ServeHTTP(w, r)
			}))
			gone := make(chan struct{}, 1)
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				stop := context.AfterFunc(r.Context(), func() {
					select {
					case gone <- struct{}{}:
					default:
					}
				})
				defer stop()
				if r.ProtoMajor != int(version[5]-'0') {
					t.Errorf("got %s", r.Proto)
				}
				h.ServeHTTP(w, r)
			}))
			s.EnableHTTP2 = version == "HTTP/2.0"
			s.StartTLS()
			defer s.Close()
			ctx, leave := context.WithCancel(t.Context())
			left := make(chan struct{})
			go func() {
				defer close(left)
				r, _ := http.NewRequestWithContext(ctx, "POST", s.URL+"/orders", strings.NewReader("a"))
				r.Header.Set("Idempotency-Key", uuid)
				if res, err := s.Client().Do(r); err == nil {
					t.Errorf("got %d", res.StatusCode)
				}
			}()
			<-begun
			leave()
			<-left
			<-gone // the server has noticed
			close(goOn)
			res := post(t, s, "a")
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != 201 || string(body) != "order of a" || res.Header.Get("Idempotent-Replayed") != "true" || o.worked.Load() != 1 {
				t.Errorf("got %d %q %v, worked %d times", res.StatusCode, body, res.Header, o.worked.Load())
			}
			if err := <-ended; err != nil {
				t.Errorf("the handler's context has ended: %v", err)
			}
		})
	}
}

// What ends a request, other than its client, ends the processing.
func TestWorkEnds(t *testing.T) {
	stop := errors.New("the server stops")
	for _, tt := range []struct {
		name  string
		wrap  func(ctx context.Context, end *context.CancelCauseFunc) (context.Context, func())
		after func(end context.CancelCauseFunc, leave func())
		err   error
		cause error
	}{
		{"a deadline", func(ctx context.Context, _ *context.CancelCauseFunc) (context.Context, func()) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			return ctx, cancel
		}, func(context.CancelCauseFunc, func()) {}, context.DeadlineExceeded, context.DeadlineExceeded},
		{"a deadline, after the client has left", func(ctx context.Context, _ *context.CancelCauseFunc) (context.Context, func()) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			return ctx, cancel
		}, func(_ context.CancelCauseFunc, leave func()) { leave() }, context.DeadlineExceeded, context.DeadlineExceeded},
		{"a stop", func(ctx context.Context, end *context.CancelCauseFunc) (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(ctx)
			*end = cancel
			return ctx, func() { cancel(nil) }
		}, func(end context.CancelCauseFunc, _ func()) { end(stop) }, context.Canceled, stop},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var end context.CancelCauseFunc
				client, leave := context.WithCancel(t.Context())
				defer leave()
				begun := make(chan struct{})
				h := mustNew(t, idempotency.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					close(begun)
					ctx, cancel := context.WithCancel(r.Context()) // as handlers derive it
					defer cancel()
					_, limited := r.Context().Deadline()
					select {
					case <-ctx.Done():
					case <-time.After(time.Hour):
						t.Error("the work did not end")
					}
					if err, cause := r.Context().Err(), context.Cause(r.Context()); err != tt.err || cause != tt.cause || limited != (tt.err == context.DeadlineExceeded) {
						t.Errorf("got %v because of %v, with a deadline: %t", err, cause, limited)
					}
					http.Error(w, "ended", http.StatusServiceUnavailable)
				}))
				outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					ctx, done := tt.wrap(r.Context(), &end)
					defer done()
					h.ServeHTTP(w, r.WithContext(ctx))
				})
				go func() {
					<-begun
					synctest.Wait()
					tt.after(end, leave)
				}()
				ask(outer, request("a").WithContext(client))
			})
		})
	}
}

// Two Replayers, or one mounted twice, work like one.
func TestMountedTwice(t *testing.T) {
	o := &order{}
	p, q := mustNew(t, idempotency.Options{}), mustNew(t, idempotency.Options{})
	h := p.Handler(q.Handler(p.Handler(o)))
	for i := range 2 {
		if w := ask(h, request("a")); w.Code != 201 || isReplay(w) != (i == 1) || o.worked.Load() != 1 {
			t.Errorf("answer %d: got %d %v", i, w.Code, w.Header())
		}
	}
}

// The caller of Serve answers refusals; their header fields are set.
func TestServe(t *testing.T) {
	p := mustNew(t, idempotency.Options{Wait: -1})
	o := &order{}
	if err := p.Serve(httptest.NewRecorder(), request("a"), o); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		r      *http.Request
		kind   error
		status int
		code   string
	}{
		{"reused", request("b"), idempotency.ErrKeyReused, 422, "idempotency_key_reused"},
		{"invalid", request("a", "Idempotency-Key", "a, b"), idempotency.ErrKeyInvalid, 400, "idempotency_key_invalid"},
		{"incomplete", withBody(request("a", "Idempotency-Key", uuid), io.ErrUnexpectedEOF), idempotency.ErrIncomplete, 400, "body_malformed"},
		{"too large", withBody(request("a", "Idempotency-Key", uuid), &http.MaxBytesError{Limit: 1}), idempotency.ErrIncomplete, 413, "body_too_large"},
		{"too slow", withBody(request("a", "Idempotency-Key", uuid), &net.OpError{Op: "read", Err: timeoutError{}}), idempotency.ErrIncomplete, 408, "body_too_slow"},
	} {
		w := httptest.NewRecorder()
		err := p.Serve(w, tt.r, o)
		var e *idempotency.Error
		if !errors.As(err, &e) || !errors.Is(err, tt.kind) || e.StatusCode() != tt.status || e.ErrorCode() != tt.code || e.ClientMessage() == "" || !strings.HasPrefix(e.Error(), "idempotency: ") {
			t.Errorf("%s: got %v", tt.name, err)
		}
		if w.Body.Len() > 0 || o.worked.Load() != 1 {
			t.Errorf("%s: it was answered, or worked on", tt.name)
		}
	}
}

type timeoutError struct{}

func (timeoutError) Error() string        { return "i/o timeout" }
func (timeoutError) Is(target error) bool { return target.Error() == "i/o timeout" }

// withBody makes the body end with an error.
func withBody(r *http.Request, err error) *http.Request {
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("a"), bufio.NewReader(failing{err})))
	return r
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
