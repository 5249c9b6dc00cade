package sidekicktest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/sidekicktest"
)

// TestHello is a typical first test.
func TestHello(t *testing.T) {
	kit := newKit()
	defer kit.Close()

	c := sidekicktest.New(t, kit)
	res := c.Action("hello", sidekicktest.Params{"name": "world"})
	if res.Status != http.StatusOK || res.Envelope["hello"] != "world" {
		t.Errorf("got %v", res)
	}

	type greeting struct {
		Hello  string `json:"hello"`
		Visits int    `json:"visits"`
	}
	res = c.Send(sidekicktest.Request{Path: "/api/greet/world"})
	if got := sidekicktest.Result[greeting](t, res); got.Visits != 2 {
		t.Errorf("want the client to be known, got %+v", got)
	}
}

// failing is a test that fails: it records the message.
type failing struct{ message string }

func (*failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
	panic(f)
}

// failure returns the message with which run ends its test.
func failure(t *testing.T, run func(tb sidekicktest.TB)) string {
	t.Helper()
	tb := &failing{}
	defer func() {
		if v := recover(); v != nil && v != any(tb) {
			panic(v)
		}
	}()
	func() {
		defer func() {
			if v := recover(); v != any(tb) {
				t.Errorf("want the test ended, got %v", v)
			}
		}()
		run(tb)
	}()
	return tb.message
}

// anything accepts every parameter and shows what has arrived.
func anything(versions ...string) []dispatch.Action {
	var out []dispatch.Action
	for _, version := range versions {
		out = append(out, dispatch.Action{
			Name: "show", Version: version,
			Inputs: dispatch.Inputs{"x": {}, "y": {}, "payload": {}, "photo": {File: true}, "text": {File: true}},
			Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				out := map[string]any{"version": version, "method": c.Method()}
				for _, name := range []string{"x", "y", "payload"} {
					if v, sent := c.Params[name]; sent {
						out[name] = v
					}
				}
				for _, name := range []string{"photo", "text"} {
					if f, sent := c.Params.File(name); sent {
						r, err := f.Open()
						if err != nil {
							return nil, err
						}
						defer r.Close()
						content, err := io.ReadAll(r)
						if err != nil {
							return nil, err
						}
						out[name] = fmt.Sprintf("%s %s %s", f.Name, f.Type, content)
					}
				}
				return out, nil
			},
		})
	}
	return out
}

func newDispatcher(t *testing.T, o dispatch.Options) *dispatch.Dispatcher {
	t.Helper()
	var err error
	if o.Renderer, err = envelope.New(envelope.Options{}); err != nil {
		t.Fatal(err)
	}
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Parameters arrive unchanged, whichever way they are sent.
func TestParamsArrive(t *testing.T) {
	d := newDispatcher(t, dispatch.Options{Actions: anything("1", "2"), Prefixes: []string{"/api"}})
	type point struct {
		X any `json:"x"`
	}
	// The quotes are escaped for sending; package upload replaces them in the name.
	file := []sidekicktest.File{{Field: "photo", Name: `a "cat".png`, Type: "image/png", Content: []byte("meow")}}
	for _, tt := range []struct {
		name string
		q    sidekicktest.Request
		want string
	}{
		{"none", sidekicktest.Request{}, `{"method":"GET","version":"2"}`},
		{"empty params are a body", sidekicktest.Request{Params: sidekicktest.Params{}}, `{"method":"POST","version":"2"}`},
		{"types are kept in JSON", sidekicktest.Request{Params: sidekicktest.Params{"x": map[string]any{"a": []any{1, "2", nil, true}}, "y": json.Number("9007199254740993")}},
			`{"method":"POST","version":"2","x":{"a":[1,"2",null,true]},"y":9007199254740993}`},
		{"a struct", sidekicktest.Request{Params: point{7}}, `{"method":"POST","version":"2","x":7}`},
		{"an array", sidekicktest.Request{Params: []int{1, 2}}, `{"method":"POST","payload":[1,2],"version":"2"}`},
		{"in the query", sidekicktest.Request{Method: "GET", Params: sidekicktest.Params{"x": map[string]any{"a b": []any{1, "&=", nil}, "": []int{}}, "y": true}},
			`{"method":"GET","version":"2","x":{"a b":["1","&=",""]},"y":"true"}`},
		{"in a form", sidekicktest.Request{Params: sidekicktest.Params{"x": map[string]any{"a": []any{1, "ä"}}, "y": json.Number("9007199254740993")}, Files: file},
			`{"method":"POST","photo":"a _cat_.png image/png meow","version":"2","x":{"a":["1","ä"]},"y":"9007199254740993"}`},
		{"two files, without params", sidekicktest.Request{Files: append(file, sidekicktest.File{Field: "text", Name: "n.txt"})},
			`{"method":"POST","photo":"a _cat_.png image/png meow","text":"n.txt application/octet-stream ","version":"2"}`},
		{"a version", sidekicktest.Request{Version: "1"}, `{"method":"GET","version":"1"}`},
		{"a version beside params", sidekicktest.Request{Version: "1", Params: point{7}}, `{"method":"POST","version":"1","x":7}`},
		{"a version beside files", sidekicktest.Request{Version: "1", Files: file}, `{"method":"POST","photo":"a _cat_.png image/png meow","version":"1"}`},
		{"a method", sidekicktest.Request{Method: "DELETE", Params: point{7}}, `{"method":"DELETE","version":"2","x":7}`},
		{"a nil map", sidekicktest.Request{Method: "GET", Params: sidekicktest.Params(nil)}, `{"method":"GET","version":"2"}`},
		{"a nil map by default", sidekicktest.Request{Params: sidekicktest.Params(nil)}, `{"method":"GET","version":"2"}`},
		{"a nil map with a method", sidekicktest.Request{Method: "POST", Params: sidekicktest.Params(nil)}, `{"method":"POST","version":"2"}`},
		{"a path with a query", sidekicktest.Request{Path: "/api/show?x=1", Method: "GET", Version: "1", Params: map[string]int{"y": 2}}, `{"method":"GET","version":"1","x":"1","y":"2"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.q.Path == "" {
				tt.q.Action = "show"
			}
			c := sidekicktest.New(t, d)
			for range 2 { // a Request can be sent repeatedly
				if res := c.Send(tt.q); string(res.Body) != tt.want || res.Status != 200 {
					t.Errorf("got %v, want %s", res, tt.want)
				}
			}
		})
	}
}

// Every kind of handler works.
func TestHandlers(t *testing.T) {
	hello := dispatch.Action{
		Name: "hello", Version: "3", Inputs: dispatch.Inputs{"name": {Required: true}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"hello": c.Params["name"]}, nil
		},
	}
	routes := dispatch.Routes{{Method: "get", Path: "/people/:name", Action: "hello"}}
	cfg := sidekick.Production()
	cfg.Actions.Routes = routes
	kit, err := sidekick.New(cfg, hello)
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	below := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{hello}, Routes: routes, Prefixes: []string{"/api"}})
	root := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{hello}, Routes: routes})
	one, err := root.Action("hello", "")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/v2/", http.StripPrefix("/v2", root))
	mux.Handle("GET /names/{name}", one)

	for _, tt := range []struct {
		name    string
		h       http.Handler
		options sidekicktest.Options
		q       sidekicktest.Request
		pattern string
	}{
		{"server, by name", kit, sidekicktest.Options{}, sidekicktest.Request{Action: "hello", Params: sidekicktest.Params{"name": "ann"}}, "/api/hello"},
		{"server, by route", kit, sidekicktest.Options{}, sidekicktest.Request{Path: "/api/people/ann"}, "/api/people/:name"},
		{"dispatcher", below, sidekicktest.Options{}, sidekicktest.Request{Action: "hello", Params: sidekicktest.Params{"name": "ann"}}, "/api/hello"},
		{"dispatcher at the root", root, sidekicktest.Options{Prefix: "/"}, sidekicktest.Request{Action: "hello", Params: sidekicktest.Params{"name": "ann"}}, "/hello"},
		{"one action", one, sidekicktest.Options{}, sidekicktest.Request{Action: "hello", Params: sidekicktest.Params{"name": "ann"}}, ""},
		{"mux, under a prefix", mux, sidekicktest.Options{Prefix: "/v2"}, sidekicktest.Request{Action: "hello", Params: sidekicktest.Params{"name": "ann"}}, "/v2/"},
		{"mux, with its own variables", mux, sidekicktest.Options{}, sidekicktest.Request{Path: "/names/ann"}, "GET /names/{name}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := sidekicktest.NewWith(t, tt.h, tt.options).Send(tt.q)
			if res.Status != 200 || res.Envelope["hello"] != "ann" {
				t.Errorf("got %v", res)
			}
			if res.Action != "hello" || res.Version != "3" || res.Pattern != tt.pattern {
				t.Errorf("got action %q, version %q, pattern %q, want hello, 3, %q", res.Action, res.Version, res.Pattern, tt.pattern)
			}
		})
	}
}

func whoami() dispatch.Action {
	return dispatch.Action{Name: "whoami", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		id, _ := c.Fingerprint()
		return map[string]any{"id": id, "secure": c.Request().TLS != nil, "ip": c.Remote().Addr().String(), "host": c.Request().Host}, nil
	}}
}

func newServer(t *testing.T, key string) *sidekick.Kit {
	t.Helper()
	cfg := sidekick.Production()
	cfg.Fingerprint.Keys = [][]byte{[]byte(strings.Repeat(key, 32))}
	kit, err := sidekick.New(cfg, whoami())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kit.Close() })
	return kit
}

// The fingerprint is the same for all calls, also to another server with the same keys, and
// differs between clients.
func TestFingerprintLasts(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"http://example.com", "https://api.example.org:8443"} {
		t.Run(url, func(t *testing.T) {
			o := sidekicktest.Options{URL: url, Jar: jar}
			kit := newServer(t, "a")
			c := sidekicktest.NewWith(t, kit, o)
			first := c.Action("whoami", nil)
			if len(first.Fingerprint) != 40 || first.Envelope["id"] != first.Fingerprint || len(first.Cookies()) != 1 {
				t.Fatalf("got %v, cookies %v, fingerprint %q", first, first.Cookies(), first.Fingerprint)
			}
			if secure := strings.HasPrefix(url, "https"); first.Cookies()[0].Secure != secure || first.Envelope["secure"] != secure {
				t.Errorf("got %v, %v, want secure to be %v", first, first.Cookies(), secure)
			}
			again := c.Action("whoami", nil)
			if again.Fingerprint != first.Fingerprint || again.Envelope["id"] != first.Fingerprint || len(again.Cookies()) != 0 {
				t.Errorf("got %q with %v, want %q again and no cookie", again.Fingerprint, again.Cookies(), first.Fingerprint)
			}
			if got := sidekicktest.NewWith(t, newServer(t, "a"), o).Action("whoami", nil).Fingerprint; got != first.Fingerprint {
				t.Errorf("after a restart: got %q, want %q", got, first.Fingerprint)
			}
			if got := sidekicktest.NewWith(t, newServer(t, "b"), o).Action("whoami", nil).Fingerprint; got == first.Fingerprint {
				t.Errorf("under another key: got %q again", got)
			}
			if got := sidekicktest.New(t, kit).Action("whoami", nil).Fingerprint; got == first.Fingerprint {
				t.Errorf("another client: got %q, too", got)
			}
		})
	}
}

func TestFingerprintIsTold(t *testing.T) {
	handlers := map[string]http.Handler{
		"server":     newServer(t, "a"),
		"dispatcher": newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{whoami()}, Prefixes: []string{"/api"}}),
	}
	for name, h := range handlers {
		c := sidekicktest.NewWith(t, h, sidekicktest.Options{Fingerprint: "ann"})
		res := c.Action("whoami", nil)
		if res.Envelope["id"] != "ann" || res.Fingerprint != "ann" || len(res.Cookies()) != 0 {
			t.Errorf("%s: got %v, fingerprint %q, cookies %v", name, res, res.Fingerprint, res.Cookies())
		}
	}
	// If the handler records no fingerprint, as a proxy would, the envelope's is used.
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"requesterInformation":{"fingerprint":"bob"}}`)
	})
	if got := sidekicktest.New(t, h).Get("/").Fingerprint; got != "bob" {
		t.Errorf("by the envelope: got %q", got)
	}
}

// Cookies of any handler are kept, by host and path like in a browser.
func TestCookies(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/in/{$}", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "here", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "all", Value: "2", Path: "/"})
		http.SetCookie(w, &http.Cookie{Name: "secret", Value: "3", Path: "/", Secure: true})
	})
	mux.HandleFunc("/out", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "all", Path: "/", MaxAge: -1})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Cookie")) })
	c := sidekicktest.New(t, mux)
	c.Get("/in/")
	at := func(url string) string {
		r, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "own", Value: "0"})
		return string(c.Do(r).Body)
	}
	for url, want := range map[string]string{
		"/show":                    "own=0; all=2",
		"/in/show":                 "own=0; here=1; all=2",
		"https://example.com/show": "own=0; all=2; secret=3",
		"http://example.org/show":  "own=0",
	} {
		if got := at(url); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
	c.Get("/out")
	if got := at("/show"); got != "own=0" {
		t.Errorf("after its end: got %q", got)
	}
}

func TestOptions(t *testing.T) {
	kit := newServer(t, "a")
	header := http.Header{"X-One": {"default"}, "x-two": {"default"}, "x-three": {"default"}}
	var seen *http.Request
	c := sidekicktest.NewWith(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		kit.ServeHTTP(w, r)
	}), sidekicktest.Options{URL: "https://api.example.org", RemoteAddr: "203.0.113.9:7", Header: header})
	header.Set("X-One", "changed")

	res := c.Send(sidekicktest.Request{Action: "whoami", Header: http.Header{"x-two": {"own", "again"}}})
	want := map[string]any{"id": res.Fingerprint, "secure": true, "ip": "203.0.113.9", "host": "api.example.org"}
	if diff := cmp.Diff(want, res.Envelope); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff(http.Header{"X-One": {"default"}, "X-Two": {"own", "again"}, "X-Three": {"default"}}, seen.Header); diff != "" {
		t.Errorf("header: -want +got\n%s", diff)
	}
	if seen.URL.String() != "/api/whoami" || seen.RequestURI != "/api/whoami" || seen.Proto != "HTTP/1.1" {
		t.Errorf("got URL %s, RequestURI %s, %s", seen.URL, seen.RequestURI, seen.Proto)
	}

	// A request made for a server has its own destination and remote address.
	own := httptest.NewRequest("GET", "/api/whoami", nil)
	own.Header.Set("X-One", "own")
	res = c.Do(own)
	if res.Envelope["host"] != "example.com" || res.Envelope["secure"] != false || res.Envelope["ip"] != "192.0.2.1" {
		t.Errorf("got %v", res)
	}
	if diff := cmp.Diff(http.Header{"X-One": {"own"}}, own.Header); diff != "" {
		t.Errorf("the request was changed: -want +got\n%s", diff)
	}
}

// A name is one segment of the path, whatever it contains.
func TestActionNamesAreEscaped(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RequestURI+" "+r.URL.Path) })
	c := sidekicktest.NewWith(t, h, sidekicktest.Options{Prefix: "/v2/"})
	for name, want := range map[string]string{
		"status":  "/v2/status /v2/status",
		"a b?c/d": "/v2/a%20b%3Fc%2Fd /v2/a b?c/d",
	} {
		if got := string(c.Action(name, nil).Body); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

// Answers are what a real server would send.
func TestAnswersAsAServerDoes(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<p>hello") })
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	mux.HandleFunc("/same", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"a"`)
		w.WriteHeader(304)
		io.WriteString(w, "not sent")
	})
	mux.HandleFunc("/early", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(201)
		io.WriteString(w, "made")
	})
	mux.HandleFunc("/late", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "text")
		w.Header().Set("X-Late", "too")
		w.WriteHeader(500)
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		for i := range 1000 {
			fmt.Fprintln(w, i)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}
		w.Header().Set("X-Sum", "499500")
	})
	mux.Handle("/away", http.RedirectHandler("/plain", http.StatusFound))
	mux.HandleFunc("/body", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(w, r.Body)
		fmt.Fprint(w, n, err, r.ContentLength, r.URL, r.RequestURI, r.Form == nil)
	})
	mux.HandleFunc("/packed", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "zstd")
		io.WriteString(w, "not really")
	})
	mux.HandleFunc("/marked", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "text")
		http.NewResponseController(w).Flush()
		w.Header().Set(http.TrailerPrefix+"x-mark", "set")
	})
	mux.HandleFunc("/flushed", func(w http.ResponseWriter, _ *http.Request) {
		http.NewResponseController(w).Flush()
		w.Header().Set("X-Late", "too")
		_, err := io.WriteString(w, "<p>late")
		io.WriteString(w, fmt.Sprint(err))
	})
	mux.HandleFunc("/refused", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(204)
		if _, err := w.Write([]byte("x")); err != http.ErrBodyNotAllowed {
			t.Errorf("got %v, want ErrBodyNotAllowed", err)
		}
	})
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // for /late
	server.Start()
	defer server.Close()
	real := server.Client()
	real.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	for _, target := range []string{
		"GET /plain", "HEAD /plain", "GET /empty", "GET /none", "GET /same", "GET /early", "GET /late", "GET /stream",
		"HEAD /stream", "GET /packed", "GET /marked", "GET /flushed", "GET /refused", "GET /away", "GET /nope", "GET /body", "POST /body", "PUT /body?a=%20b&c", "GET /a%2Fb/../plain", "OPTIONS /plain",
	} {
		t.Run(target, func(t *testing.T) {
			method, path, _ := strings.Cut(target, " ")
			newRequest := func(base string) *http.Request {
				var body io.Reader
				if method == "POST" || method == "PUT" {
					body = strings.NewReader("content")
				}
				r, err := http.NewRequest(method, base+path, body)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Accept-Encoding", "identity")
				return r
			}
			sent, err := real.Do(newRequest(server.URL))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(sent.Body)
			if err != nil {
				t.Fatal(err)
			}
			sent.Body.Close()
			got := sidekicktest.New(t, mux).Do(newRequest(""))
			// These belong to the connection.
			for _, name := range []string{"Date", "Content-Length", "Trailer"} {
				sent.Header.Del(name)
				got.Header.Del(name)
			}
			if got.Status != sent.StatusCode || string(got.Body) != string(body) {
				t.Errorf("got %v, a server sends %d %q", got, sent.StatusCode, body)
			}
			if diff := cmp.Diff(sent.Header, got.Header); diff != "" {
				t.Errorf("header: -server +got\n%s", diff)
			}
			if method != "HEAD" {
				if diff := cmp.Diff(sent.Trailer, got.Trailer); diff != "" {
					t.Errorf("trailer: -server +got\n%s", diff)
				}
			}
		})
	}
}

func TestAbortAndPanic(t *testing.T) {
	res := sidekicktest.New(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"half":`)
		panic(http.ErrAbortHandler)
	})).Get("/")
	if !res.Aborted || string(res.Body) != `{"half":` || res.Envelope != nil || res.String() != `200 {"half": (aborted)` {
		t.Errorf("got %v, envelope %v", res, res.Envelope)
	}
	res = sidekicktest.New(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).Get("/")
	if !res.Aborted || res.Status != 0 || len(res.Header) != 0 {
		t.Errorf("before the header: got %v, %v", res, res.Header)
	}
	defer func() {
		if v := recover(); v != "a bug" {
			t.Errorf("got %v, want the handler's panic", v)
		}
	}()
	sidekicktest.New(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") })).Get("/")
}

func TestErrorMember(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"no"}`:               "no",
		`{"error":{"code":7,"a":"b"}}`: `{"a":"b","code":7}`,
		`{"error":null}`:               "",
		`{"hello":1}`:                  "",
		`["error"]`:                    "",
		`null`:                         "",
		`no JSON`:                      "",
	} {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		res := sidekicktest.New(t, h).Get("/")
		if res.Error != want || (res.Envelope != nil) != (body[0] == '{') {
			t.Errorf("%s: got %q, envelope %v, want %q", body, res.Error, res.Envelope, want)
		}
	}
}

// One client may be used by many goroutines, and remains the same client.
func TestConcurrentCalls(t *testing.T) {
	kit := newServer(t, "a")
	c := sidekicktest.New(t, kit)
	id := c.Action("whoami", nil).Fingerprint
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got := c.Action("whoami", sidekicktest.Params{"x": 1}); got.Fingerprint != id || got.Envelope["id"] != id {
				t.Errorf("got %v, want %s", got, id)
			}
		})
	}
	all.Wait()
}

func TestMultipartForm(t *testing.T) {
	var names []string
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		for parts := multipart.NewReader(r.Body, params["boundary"]); ; {
			part, err := parts.NextPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			content, _ := io.ReadAll(part)
			names = append(names, fmt.Sprintf("%s %q %s=%s", part.Header.Get("Content-Type"), part.FileName(), part.FormName(), content))
		}
	})
	sidekicktest.New(t, h).Send(sidekicktest.Request{
		Path:   "/",
		Params: sidekicktest.Params{"b": map[string]any{"d": []int{1}, "c": 2}, "a": "x"},
		Files:  []sidekicktest.File{{Field: "f", Name: "n", Content: []byte("y")}},
	})
	want := []string{` "" a=x`, ` "" b[c]=2`, ` "" b[d][0]=1`, `application/octet-stream "n" f=y`}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

// What is impossible ends the test, with the reason.
func TestFailures(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Query().Get("answer")) })
	type out struct {
		Sum int `json:"sum"`
	}
	send := func(q sidekicktest.Request) func(sidekicktest.TB) {
		return func(tb sidekicktest.TB) { sidekicktest.New(tb, h).Send(q) }
	}
	result := func(answer string) func(sidekicktest.TB) {
		return func(tb sidekicktest.TB) {
			sidekicktest.StrictResult[out](tb, sidekicktest.New(tb, h).Send(sidekicktest.Request{
				Path: "/", Method: "GET", Params: sidekicktest.Params{"answer": answer},
			}))
		}
	}
	files := []sidekicktest.File{{Field: "f"}}
	for _, tt := range []struct {
		name string
		run  func(sidekicktest.TB)
		want []string
	}{
		{"options", func(tb sidekicktest.TB) {
			sidekicktest.NewWith(tb, nil, sidekicktest.Options{Prefix: "api", URL: "example.com"})
		}, []string{"sidekicktest: Handler", `sidekicktest: Prefix: invalid value "api"`, `sidekicktest: URL: invalid value "example.com"`}},
		{"neither action nor path", send(sidekicktest.Request{}), []string{"one of Action and Path"}},
		{"both", send(sidekicktest.Request{Action: "a", Path: "/a"}), []string{"one of Action and Path"}},
		{"no slash", send(sidekicktest.Request{Path: "api/hello"}), []string{`"api/hello" does not begin with "/"`}},
		{"bad escape", send(sidekicktest.Request{Path: "/%zz"}), []string{`invalid URL escape "%zz"`}},
		{"a space in the query", send(sidekicktest.Request{Path: "/?a=b c"}), []string{"escape it"}},
		{"bad method", send(sidekicktest.Request{Path: "/", Method: "GE T"}), []string{`invalid method "GE T"`}},
		{"params that are no JSON", send(sidekicktest.Request{Path: "/", Params: sidekicktest.Params{"f": func() {}}}), []string{"unsupported type: func()"}},
		{"the same in a query", send(sidekicktest.Request{Path: "/", Method: "GET", Params: sidekicktest.Params{"f": func() {}}}), []string{"unsupported type: func()"}},
		{"params of a query that are no object", send(sidekicktest.Request{Path: "/", Method: "HEAD", Params: []int{1}}), []string{"must be an object, got [1]"}},
		{"params of a form that are no object", send(sidekicktest.Request{Path: "/", Files: files, Params: 7}), []string{"must be an object, got 7"}},
		{"files that cannot be sent", send(sidekicktest.Request{Path: "/", Method: "GET", Files: files}), []string{"GET takes no files"}},
		{"a file for nothing", send(sidekicktest.Request{Path: "/", Files: []sidekicktest.File{{Name: "a.txt"}}}), []string{"a file without a Field: Files[0]"}},
		{"an error for a result", result(`{"sum":1,"error":"no"}`), []string{"want a result", `200 {"sum":1,"error":"no"}`}},
		{"no JSON for a result", result("hello"), []string{"the response is not a sidekicktest_test.out: invalid character", "200 hello"}},
		{"another type", result(`{"sum":"1"}`), []string{"cannot unmarshal string"}},
		{"more than a result", result(`{"sum":1} 2`), []string{"more after"}},
		{"a member too many", result(`{"sum":1,"product":2}`), []string{`unknown field "product"`}},
		{"a long answer", result(strings.Repeat("x", 2000)), []string{"xxx… (2000 bytes)"}},
		{"a status for a result", func(tb sidekicktest.TB) {
			sidekicktest.Result[out](tb, sidekicktest.New(tb, http.NotFoundHandler()).Get("/"))
		}, []string{"want a result", "404 404 page not found"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := failure(t, tt.run)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q in it", got, want)
				}
			}
		})
	}
}

// The metadata of an envelope does not count as unknown members, and no member is required.
func TestResult(t *testing.T) {
	type out struct {
		Sum int64 `json:"sum"`
	}
	kit, err := sidekick.New(sidekick.Development(), dispatch.Typed("add", func(_ context.Context, in struct {
		A int64 `json:"a"`
		B int64 `json:"b"`
	}) (out, error) {
		return out{in.A + in.B}, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	res := sidekicktest.New(t, kit).Action("add", sidekicktest.Params{"a": int64(9007199254740992), "b": 1})
	if res.Envelope["requesterInformation"] == nil {
		t.Fatalf("want metadata, got %v", res)
	}
	if got := sidekicktest.StrictResult[out](t, res); got.Sum != 9007199254740993 {
		t.Errorf("got %+v", got)
	}
	type less struct{}
	sidekicktest.Result[less](t, res)
	if got := failure(t, func(tb sidekicktest.TB) { sidekicktest.StrictResult[less](tb, res) }); !strings.Contains(got, `unknown field "sum"`) {
		t.Errorf("got %q", got)
	}
	list := sidekicktest.New(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, " [1, 2]\n") })).Get("/")
	if got := sidekicktest.StrictResult[[]int](t, list); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("got %v", got)
	}
}
