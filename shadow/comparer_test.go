package shadow_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/shadow"
)

// names names every request "a".
func names(*http.Request) string { return "a" }

// answers returns a handler that answers with a type and a body.
func answers(mediaType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = io.WriteString(w, body)
	}
}

func newComparer(t *testing.T, o shadow.Options) *shadow.Comparer {
	t.Helper()
	if o.Name == nil {
		o.Name = names
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c, err := shadow.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends one request, waits for the comparison, and returns what the client
// gets.
func ask(c *shadow.Comparer, next http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.Handler(next).ServeHTTP(w, r)
	c.Close()
	return w
}

// found returns the differences of the only name, one per line.
func found(t *testing.T, c *shadow.Comparer) []string {
	t.Helper()
	report := c.Report()
	if len(report.Names) != 1 {
		t.Fatalf("got the names %+v", report.Names)
	}
	if n := report.Names[0]; n.Compared != 1 || n.Different != int64(min(len(n.Found), 1)) {
		t.Fatalf("got %+v", n)
	}
	out := []string{}
	for _, f := range report.Names[0].Found {
		out = append(out, fmt.Sprintf("%s %s: %s, %s", f.Kind, f.Path, f.Old, f.New))
	}
	return out
}

func TestWhatDiffers(t *testing.T) {
	const js, text = "application/json; charset=utf-8", "text/plain"
	long := strings.Repeat("x", 300)
	for _, tt := range []struct {
		name     string
		old, now http.HandlerFunc
		o        shadow.Options
		want     []string
	}{
		{"nothing", answers(js, `{"a":1}`), answers(js, `{"a":1}`), shadow.Options{}, nil},
		{"the order of members and the spaces", answers(js, `{"a":1,"b":[1,2]}`), answers(js, "{\n \"b\": [1, 2], \"a\": 1 }\n"), shadow.Options{}, nil},
		{"how a number is written", answers(js, `[1.0, 1e2, 0.5]`), answers(js, `[1, 100, 5e-1]`), shadow.Options{}, nil},
		{"a digit beyond those of a float", answers(js, `{"id":9007199254740993}`), answers(js, `{"id":9007199254740992}`), shadow.Options{}, []string{"body id: number, number"}},
		{"how JSON says that it is UTF-8", answers("application/json", `1`), answers("Application/JSON;charset=UTF-8", `1`), shadow.Options{}, nil},
		{"how characters are escaped", answers(js, `"<ü>"`), answers(js, `"\u003c\u00fc\u003e"`), shadow.Options{}, nil},
		{"a value", answers(js, `{"user":{"name":"Ann"}}`), answers(js, `{"user":{"name":"Berta"}}`), shadow.Options{}, []string{"body user.name: string of 3 bytes, string of 5 bytes"}},
		{"a value that is shown", answers(js, `{"user":{"name":"<Ann>"}}`), answers(js, `{"user":{"name":null}}`), shadow.Options{ShowValues: true}, []string{`body user.name: "<Ann>", null`}},
		{"a type", answers(js, `{"n":1,"b":true,"l":[1],"o":{}}`), answers(js, `{"n":"1","b":1,"l":{},"o":null}`), shadow.Options{},
			[]string{"body b: true, number", "body l: list of 1 element, object", "body n: number, string of 1 byte", "body o: object, null"}},
		{"members", answers(js, `{"a":null,"c":1}`), answers(js, `{"b":[],"c":1}`), shadow.Options{}, []string{"body a: null, missing", "body b: missing, list of 0 elements"}},
		{"each element, once", answers(js, `{"l":[{"x":1},{"x":1},{"x":1}]}`), answers(js, `{"l":[{"x":1},{"x":2},{"x":3}]}`), shadow.Options{}, []string{"body l[*].x: number, number"}},
		{"how many elements", answers(js, `[[1,2],[3]]`), answers(js, `[[1,2],[3,4]]`), shadow.Options{}, []string{"body [*]: list of 1 element, list of 2 elements"}},
		{"no JSON in spite of its type", answers(js, `{"a":1} {}`), answers(js, `{"a":1}`), shadow.Options{}, []string{"body : 10 bytes, 7 bytes"}},
		{"text", answers(text, "a"), answers(text, "bc"), shadow.Options{ShowValues: true}, []string{"body : a, bc"}},
		{"long text", answers(text, long), answers(text, "\xff"), shadow.Options{ShowValues: true}, []string{"body : " + long[:200] + "…, 1 byte"}},
		{"types", answers(text, "{}"), answers(js, "{}"), shadow.Options{}, []string{"field Content-Type: text/plain, application/json"}},
		{"types that nobody has set", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, answers("text/html; charset=UTF-8", "<html>"), shadow.Options{}, nil},
		{"status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, func(http.ResponseWriter, *http.Request) {}, shadow.Options{}, []string{"status : 404, 200"}},
		{"the second status, which nobody sees", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(201) },
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); w.WriteHeader(500) }, shadow.Options{}, nil},
		{"a script in JSONP", answers("application/javascript", `cb({"a":1})`), answers("text/javascript; charset=utf-8", `/**/cb({"a":2});`), shadow.Options{}, []string{"body a: number, number"}},
		{"JSONP that is still to be wrapped", answers("text/javascript", `cb({"a":1})`), answers(js, `{"a":1}`), shadow.Options{}, nil},
		{"a script that is no JSONP", answers("text/javascript", `go()`), answers(js, `{"a":1}`), shadow.Options{}, []string{"body : 4 bytes, 7 bytes"}},
		{"cookies by their names", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Set-Cookie"] = []string{"b=1; Path=/", "a=1"}
		}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Set-Cookie"] = []string{"a=2", "b=3", "c=4"}
		}, shadow.Options{}, []string{"field Set-Cookie: a, b, a, b, c"}},
		{"a field", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/a?secret")
			w.WriteHeader(302)
		},
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(302) }, shadow.Options{}, []string{"field Location: value of 9 bytes, missing"}},
		{"fields that are asked for", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-A", "1") },
			func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/") }, shadow.Options{Header: []string{"x-a"}, ShowValues: true}, []string{"field X-A: 1, missing"}},
		{"what is in gzip", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", js)
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, `{"a":1}`)
			_ = z.Close()
		}, answers(js, `{"a":2}`), shadow.Options{}, []string{"body a: number, number"}},
		{"a panic", answers(text, "a"), func(http.ResponseWriter, *http.Request) { panic("no") }, shadow.Options{}, []string{"failed : status 200, panic"}},
		{"an answer that breaks off", answers(text, "a"), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, shadow.Options{}, []string{"failed : status 200, panic"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == nil {
				tt.want = []string{}
			}
			for _, newAnswers := range []bool{false, true} {
				o, old, now := tt.o, tt.old, tt.now
				if o.NewAnswers = newAnswers; newAnswers && strings.HasPrefix(strings.Join(tt.want, ""), "failed") {
					continue
				}
				o.Old = old
				c := newComparer(t, o)
				w := ask(c, now, httptest.NewRequest("GET", "/", nil))
				if diff := cmp.Diff(tt.want, found(t, c)); diff != "" {
					t.Errorf("new answers %t: -want +got\n%s", newAnswers, diff)
				}
				direct := httptest.NewRecorder()
				if newAnswers {
					old = now
				}
				old.ServeHTTP(direct, httptest.NewRequest("GET", "/", nil))
				if w.Code != direct.Code || w.Body.String() != direct.Body.String() || !cmp.Equal(w.Header()["Set-Cookie"], direct.Header()["Set-Cookie"]) {
					t.Errorf("new answers %t: the client got %d %v %q", newAnswers, w.Code, w.Header(), w.Body)
				}
			}
		})
	}
}

// If the second handler fails, its response is the one called failed, also if it is
// the old one.
func TestFailedOld(t *testing.T) {
	c := newComparer(t, shadow.Options{NewAnswers: true, Old: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no") })})
	ask(c, answers("text/plain", "a"), httptest.NewRequest("GET", "/", nil))
	if diff := cmp.Diff([]string{"failed : panic, status 200"}, found(t, c)); diff != "" {
		t.Error(diff)
	}
}

func TestMasks(t *testing.T) {
	const envelope = `{"serverInformation":{"serverName":"s","requestDuration":%d,"currentTime":%d},"requesterInformation":{"id":%q,"messageId":%q}}`
	mask := func(path string, kind shadow.MaskKind) []shadow.Mask { return []shadow.Mask{{Path: path, Kind: kind}} }
	for _, tt := range []struct {
		name     string
		old, now string
		masks    []shadow.Mask
		want     []string
	}{
		{"the envelope", fmt.Sprintf(envelope, 1, int64(1750000000000), "a", "b"), fmt.Sprintf(envelope, 20, int64(1750000000900), "c", "d"), nil, nil},
		{"the envelope an hour later", fmt.Sprintf(envelope, 1, int64(1750000000000), "a", "b"), fmt.Sprintf(envelope, 1, int64(1750003600000), "a", "b"), nil, []string{"body serverInformation.currentTime: number, number"}},
		{"a list", `{"users":[{"id":1,"n":1}]}`, `{"users":[{"id":2,"n":2}]}`, mask("users[*].id", shadow.ID), []string{"body users[*].n: number, number"}},
		{"any depth", `{"id":1,"a":[{"id":"x"}],"b":{"c":{"id":3}}}`, `{"id":2,"a":[{"id":"y"}],"b":{"c":{"id":4}}}`, mask("**.id", shadow.ID), nil},
		{"below", `{"a":{"b":{"c":1}}}`, `{"a":{"b":{"c":2}}}`, mask("a.**", shadow.Presence), nil},
		{"any member", `{"a":{"t":1},"b":{"t":1}}`, `{"a":{"t":2},"b":{"t":2}}`, mask("*.t", shadow.Presence), nil},
		{"any member is no element", `[{"t":1}]`, `[{"t":2}]`, mask("*.t", shadow.Presence), []string{"body [*].t: number, number"}},
		{"elements", `[{"t":1}]`, `[{"t":2}]`, mask("[*].t", shadow.Presence), nil},
		{"an id that is none", `{"id":"a"}`, `{"id":""}`, mask("id", shadow.ID), []string{"body id: string of 1 byte, string of 0 bytes"}},
		{"an id that is a fraction", `{"id":1}`, `{"id":1.5}`, mask("id", shadow.ID), []string{"body id: number, number"}},
		{"times in any form", `{"t":"2026-01-02T03:04:05.678Z"}`, `{"t":1767323046}`, mask("t", shadow.Time), nil},
		{"no time", `{"t":"2026-01-02T03:04:05Z"}`, `{"t":"soon"}`, mask("t", shadow.Time), []string{"body t: string of 20 bytes, string of 4 bytes"}},
		{"a member that is missing", `{"t":1}`, `{}`, mask("t", shadow.Presence), []string{"body t: number, missing"}},
		{"a member that may be missing", `{"t":1}`, `{}`, mask("t", shadow.Anything), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == nil {
				tt.want = []string{}
			}
			c := newComparer(t, shadow.Options{Old: answers("application/json", tt.old), Masks: tt.masks})
			ask(c, answers("application/json", tt.now), httptest.NewRequest("GET", "/", nil))
			if diff := cmp.Diff(tt.want, found(t, c)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	c := newComparer(t, shadow.Options{OmitDefaultMasks: true, Old: answers("application/json", fmt.Sprintf(envelope, 1, 1, "a", "b"))})
	ask(c, answers("application/json", fmt.Sprintf(envelope, 2, 2, "c", "d")), httptest.NewRequest("GET", "/", nil))
	if got := found(t, c); len(got) != 4 {
		t.Errorf("without masks: got %q", got)
	}
}

// broken is a body that breaks off.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestWhatIsLeftOut(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	reads := func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	all := []string{"GET", "HEAD", "POST"}
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	encoded := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = io.WriteString(w, "?")
	}
	for _, tt := range []struct {
		name     string
		o        shadow.Options
		r        *http.Request
		old, now http.HandlerFunc
		want     string // "" if nothing is counted
	}{
		{"another method", shadow.Options{}, httptest.NewRequest("POST", "/", strings.NewReader("x")), reads, reads, "method not listed in Methods"},
		{"a method in another case", shadow.Options{}, httptest.NewRequest("get", "/", nil), reads, reads, "method not listed in Methods"},
		{"an upgrade", shadow.Options{}, upgrade(), reads, reads, "stream or upgrade"},
		{"none of them", shadow.Options{Share: -1}, httptest.NewRequest("GET", "/", nil), reads, reads, ""},
		{"one that is not drawn", shadow.Options{Share: 0.5, Rand: func() float64 { return 0.5 }}, httptest.NewRequest("GET", "/", nil), reads, reads, ""},
		{"a body too long", shadow.Options{Methods: all, MaxBodyBytes: 3}, httptest.NewRequest("POST", "/", strings.NewReader("four")), reads, reads, "body too long"},
		{"an old answer too long", shadow.Options{MaxBodyBytes: 3}, httptest.NewRequest("GET", "/", nil), answers("text/plain", "four"), reads, "body too long"},
		{"a new answer too long", shadow.Options{MaxBodyBytes: 3}, httptest.NewRequest("GET", "/", nil), reads, answers("text/plain", "four"), "body too long"},
		{"a body that is not read", shadow.Options{Methods: all}, httptest.NewRequest("POST", "/", strings.NewReader("x")), answers("text/plain", ""), reads, "the body was not read"},
		{"a body that breaks off", shadow.Options{Methods: all}, httptest.NewRequest("POST", "/", broken{strings.NewReader("x")}), reads, reads, "the body was not read"},
		{"an event stream", shadow.Options{}, httptest.NewRequest("GET", "/", nil), answers("text/event-stream; charset=utf-8", "data: 1\n\n"), reads, "stream or upgrade"},
		{"304", shadow.Options{}, httptest.NewRequest("GET", "/", nil), status(304), reads, "conditions or ranges"},
		{"206", shadow.Options{}, httptest.NewRequest("GET", "/", nil), reads, status(206), "conditions or ranges"},
		{"another coding", shadow.Options{}, httptest.NewRequest("GET", "/", nil), encoded, reads, "content coding"},
		{"a client that left", shadow.Options{}, httptest.NewRequest("GET", "/", nil).WithContext(gone), reads, reads, "the client left"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Old = tt.old
			c := newComparer(t, tt.o)
			ask(c, tt.now, tt.r)
			want := []shadow.Count{}
			if tt.want != "" {
				want = append(want, shadow.Count{Name: "a", Skipped: map[string]int64{tt.want: 1}, Found: []shadow.Found{}})
			}
			if diff := cmp.Diff(want, c.Report().Names); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func upgrade() *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	return r
}

// The second handler gets the same complete request as the first.
func TestBothHandlersGetTheSameRequest(t *testing.T) {
	var got []string
	notes := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		rec := facts.From(r.Context())
		client, secure, _ := rec.Client()
		got = append(got, fmt.Sprintf("%s %s %s %q %d %v %s %t %s", r.Method, r.URL, r.Header.Get("X-A"), body, r.ContentLength, err, client, secure, rec.Fingerprint()))
		for _, name := range []string{"If-None-Match", "Range", "Accept-Encoding"} {
			if had := r.Header.Get(name) != ""; had != (len(got) == 1) {
				t.Errorf("asked %d: %s is there: %t", len(got), name, had)
			}
		}
		r.Header.Set("X-A", "changed")
		r.URL.Path = "/changed"
		w.Header().Set("Content-Length", "0")
	}
	c := newComparer(t, shadow.Options{Old: http.HandlerFunc(notes), Methods: []string{"post"}})
	r := httptest.NewRequest("POST", "/a%2Fb?c=%20", strings.NewReader("body"))
	for name, value := range map[string]string{"X-A": "1", "If-None-Match": `"x"`, "Range": "bytes=0-1", "Accept-Encoding": "br"} {
		r.Header.Set(name, value)
	}
	r, rec := facts.Ensure(r)
	rec.SetFingerprint("who")
	ask(c, http.HandlerFunc(notes), r)
	if len(got) != 2 || got[0] != got[1] || !strings.HasPrefix(got[0], `POST /a%2Fb?c=%20 1 "body" 4 <nil>`) || !strings.HasSuffix(got[0], " who") {
		t.Errorf("got %q", got)
	}
	if found := found(t, c); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

// Fields set by outer pieces are in both responses.
func TestHeadersFromOutside(t *testing.T) {
	c := newComparer(t, shadow.Options{Old: answers("text/plain", "a")})
	h := c.Handler(answers("text/plain", "a"))
	w := httptest.NewRecorder()
	http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "x"})
		h.ServeHTTP(w, r)
	}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	c.Close()
	if got := found(t, c); len(got) > 0 || len(w.Result().Cookies()) != 1 {
		t.Errorf("found %q, and the client got %v", got, w.Header())
	}
}

func TestRequestsWithoutANameAreTheNewHandlers(t *testing.T) {
	c := newComparer(t, shadow.Options{Name: func(*http.Request) string { return "" }, Old: answers("text/plain", "old")})
	if w := ask(c, answers("text/plain", "new"), httptest.NewRequest("GET", "/", nil)); w.Body.String() != "new" || len(c.Report().Names) != 0 {
		t.Errorf("got %q, %+v", w.Body, c.Report())
	}
}

// A client never waits, neither for a handler that hangs nor for room.
func TestClientsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var log bytes.Buffer
		c := newComparer(t, shadow.Options{Old: answers("text/plain", "a"), MaxRunning: 2, Timeout: time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		h := c.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-release
			if deadline, ok := r.Context().Deadline(); !ok || time.Until(deadline) > 0 || !errors.Is(r.Context().Err(), context.DeadlineExceeded) {
				t.Errorf("the deadline is %v, %t", deadline, ok)
			}
		}))
		began := time.Now()
		for range 5 {
			ctx, cancel := context.WithCancel(t.Context())
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
			cancel() // as a server does when the response is complete
			if w.Body.String() != "a" {
				t.Errorf("got %q", w.Body)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("clients waited %v", took)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) // two are still running
		close(release)
		c.Close()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) // closed: not compared
		n := c.Report().Names[0]
		if n.Compared != 2 || n.Different != 2 || n.Skipped["too many comparisons were running"] != 4 || len(n.Found) != 1 || n.Found[0].New != "no response within 1s" || n.Found[0].Times != 2 {
			t.Errorf("got %+v", n)
		}
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=WARN") {
			t.Errorf("logged %s", got)
		}
	})
}

// A handler that answers clients and panics behaves as without a comparison.
func TestPanicsOfTheFirstPass(t *testing.T) {
	c := newComparer(t, shadow.Options{MaxRunning: 1, Old: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("mine") })})
	for range 2 { // the slot is given back
		func() {
			defer func() {
				if p := recover(); p != "mine" {
					t.Errorf("got %v", p)
				}
			}()
			c.Handler(answers("", "")).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		}()
	}
	c.Close()
	if got := c.Report().Names; len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

// Panics of the second handler are logged with their cause and go no further.
func TestPanicsOfTheSecondAreLogged(t *testing.T) {
	var log bytes.Buffer
	c := newComparer(t, shadow.Options{Old: answers("text/plain", "a"), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	ask(c, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("why not") }), httptest.NewRequest("GET", "/", nil))
	if got := log.String(); !strings.Contains(got, `level=ERROR msg="shadow: panic" name=a panic="why not" stack=`) || !strings.Contains(got, "level=WARN") {
		t.Errorf("logged %s", got)
	}
}

func TestMatrix(t *testing.T) {
	c := newComparer(t, shadow.Options{NewAnswers: true, Old: answers("text/plain", ""), Methods: []string{"GET", "HEAD", "POST", "PUT"}, MaxBodyBytes: 1000})
	defer c.Close()
	respwtest.Run(t, c.Handler)
}

func TestConcurrentUse(t *testing.T) {
	c := newComparer(t, shadow.Options{Old: answers("application/json", `{"a":1}`), MaxRunning: 100})
	h := c.Handler(answers("application/json", `{"a":2}`))
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			c.Report()
			c.Page().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		})
	}
	clients.Wait()
	c.Close()
	if n := c.Report().Names[0]; n.Compared != 20 || n.Different != 20 || n.Found[0].Times != 20 {
		t.Errorf("got %+v", n)
	}
}

func TestNamesAndDifferencesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := 0
		c := newComparer(t, shadow.Options{
			Name: func(r *http.Request) string { return r.URL.Path },
			Old: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				i++
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{"k%d":1}`, i)
			}),
		})
		h := c.Handler(answers("application/json", `{}`))
		get := func(path string) {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
			synctest.Wait()
		}
		for n := range 1100 {
			get(fmt.Sprintf("/%d", n))
		}
		names := c.Report().Names
		if len(names) != 1001 || names[0].Name != "(others)" || names[0].Compared != 100 {
			t.Fatalf("got %d names, the first is %+v", len(names), names[0])
		}
		for range 50 {
			get("/x")
		}
		if n := c.Report().Names[0]; len(n.Found) != 100 || n.More != 50 {
			t.Errorf("got %d found and %d more", len(n.Found), n.More)
		}
	})
}

func TestEveryProblemIsReported(t *testing.T) {
	_, err := shadow.New(shadow.Options{
		Methods: []string{""}, Share: 1.5, MaxRunning: -1, Timeout: -1, MaxBodyBytes: -1, Header: []string{"a b"},
		Masks: []shadow.Mask{{Path: "a..b"}, {Path: "a[1]"}, {Path: "a", Kind: "x"}},
	})
	for _, field := range []string{"Old", "Name", "Methods[0]", "Share", "MaxRunning", "Timeout", "MaxBodyBytes", "Header[0]", "Masks[0].Path", "Masks[1].Path", "Masks[2].Kind"} {
		if err == nil || !strings.Contains(err.Error(), "shadow: "+field+": ") {
			t.Errorf("%s is not reported: %v", field, err)
		}
	}
	var bad *shadow.ConfigError
	if !errors.As(err, &bad) {
		t.Errorf("got %T", err)
	}
}
