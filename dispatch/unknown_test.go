package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/params"
)

// elsewhere answers what nothing here answers: with the method, the path and the body that it
// received.
func elsewhere(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = []byte(err.Error())
	}
	fmt.Fprintf(w, "elsewhere: %s %s %d %s", r.Method, r.URL, r.ContentLength, body)
}

type number struct {
	N int `json:"n"`
}

// beside returns the options for the tests below.
func beside() dispatch.Options {
	one, two := action("versions", dispatch.Inputs{"x": {}}), action("versions", dispatch.Inputs{"x": {}})
	one.Version, two.Version = "2", "3"
	upload := action("upload", nil)
	upload.Inputs = dispatch.Inputs{"image": {File: true}}
	return dispatch.Options{
		AllowDeadRoutes: true,
		Unknown:         http.HandlerFunc(elsewhere),
		Actions: []dispatch.Action{
			action("here", dispatch.Inputs{"x": {}}), one, two, upload,
			dispatch.Typed("typed", func(_ context.Context, in number) (number, error) { return in, nil }),
		},
		Routes: dispatch.Routes{
			get("/users/:id", "gone"), get("/users/:id", "here"), get("/here/:x", "here"),
			{Method: "post", Path: "/old/:x", Action: "versions", APIVersion: 1}, {Method: "post", Path: "/new/:x", Action: "versions"},
		},
	}
}

func TestUnknownAnswersWhatNothingHereDoes(t *testing.T) {
	d, _ := newDispatcher(t, beside())
	for _, tt := range []struct {
		name, method, target, body string
		here                       string // the action that answers; "" for none
	}{
		{"an action by its route", "GET", "/here/1", "", "here"},
		{"by its name", "GET", "/here", "", "here"},
		{"by the parameter", "GET", "/?action=here", "", "here"},
		{"by the parameter in a body", "POST", "/", `{"action":"versions","x":1}`, "versions"},
		{"a version that is here", "POST", "/new/1", `{"apiVersion":2}`, "versions"},
		{"a typed action", "POST", "/typed", `{"n":1}`, "typed"},
		{"HEAD", "HEAD", "/here/1", "", "here"},
		{"an action that fails", "POST", "/typed", `{"n":"x"}`, "typed"},
		{"a body that cannot be read, of an action that is here", "POST", "/typed", `{"n":`, "typed"},
		{"a query that cannot be read, of an action that is here", "GET", "/here/1?x=%zz", "", "here"},

		{"a name", "GET", "/nope", "", ""},
		{"deeper down", "GET", "/nope/1/2?q=%20", "", ""},
		{"a route whose action is not here, before one whose action is", "GET", "/users/7", "", ""},
		{"another method of a route", "POST", "/here/1", `{"x":1}`, ""},
		{"another method of a name", "DELETE", "/here", "", ""},
		{"a method that cannot be routed", "PROPFIND", "/here", "<a/>", ""},
		{"a version of the route", "POST", "/old/1", `{"x":1}`, ""},
		{"a version of the query", "POST", "/new/1?apiVersion=1", `{"x":1}`, ""},
		{"a version of the body, of several", "POST", "/new/1", `{"apiVersion":1,"x":2}`, ""},
		{"a version of the body, of one", "POST", "/typed", `{"apiVersion":4,"n":2}`, ""},
		{"a version of a form", "POST", "/upload", "apiVersion=4&x=1", ""},
		{"the parameter", "GET", "/?action=nope", "", ""},
		{"the parameter in a body", "POST", "/", `{"action":"nope"}`, ""},
		{"no parameter", "POST", "/", `{"x":[1,2]}`, ""},
		{"a body that cannot be read", "POST", "/", `{"x":`, ""},
		{"a query that cannot be read", "GET", "/nope?x=%zz", "", ""},
		{"the root", "GET", "/", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, d, tt.method, tt.target, tt.body)
			want := fmt.Sprintf("elsewhere: %s %s %d %s", tt.method, tt.target, len(tt.body), tt.body)
			if body := got.Body.String(); (tt.here == "") != (body == want) {
				t.Errorf("got %d %s, want it to be answered by %q", got.Code, body, tt.here)
			}
			// Find predicts what happens, if the body is not needed.
			r := httptest.NewRequest(tt.method, tt.target, strings.NewReader(tt.body))
			name, _, ok := d.Find(r)
			if tells := !strings.Contains(tt.name, "body"); tells && !strings.Contains(tt.name, "form") && !strings.Contains(tt.name, "cannot be read") && (name != tt.here || ok != (tt.here != "")) {
				t.Errorf("Find: got %q %t, want %q", name, ok, tt.here)
			}
		})
	}
}

func TestFindNamesTheVersion(t *testing.T) {
	o := beside()
	blocked := action("blocked", nil)
	blocked.BlockedConnectionTypes = []string{"web"}
	o.Actions, o.Prefixes = append(o.Actions, blocked), []string{"/api"}
	d, _ := newDispatcher(t, o)
	for target, want := range map[string]string{
		"/api/new/1": "versions 3", "/api/new/1?apiVersion=2": "versions 2", "/api/VERSIONS": "", "/new/1": "", "/api/blocked": "", "/api?action=versions&apiVersion=2.0": "versions 2",
	} {
		r := httptest.NewRequest("POST", target, errorReader{})
		name, version, ok := d.Find(r)
		if got := strings.TrimSpace(name + " " + version); got != want && !(target == "/api/VERSIONS" && got == "versions 3") || ok == (got == "") {
			t.Errorf("%s: got %q %t, want %q", target, got, ok, want)
		}
	}
}

// errorReader is a body that must not be read.
type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("the body was read") }

// Bodies reach the other server as they were sent: streamed if they need not be searched,
// otherwise kept if they are short enough.
func TestUnknownGetsTheWholeBody(t *testing.T) {
	large := strings.Repeat("x", 2<<20)
	form := func(fields ...string) (body, contentType string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for _, f := range fields {
			w.WriteField("field", f)
			p, _ := w.CreateFormFile("image", "a.png")
			io.WriteString(p, f)
		}
		w.Close()
		return b.String(), w.FormDataContentType()
	}
	short, shortType := form("one", "two")
	long, longType := form(large)
	keep, err := params.New(params.Options{SaveRawBody: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, target, body, contentType string
		status                          int
	}{
		{"searched: multipart", "/", short, shortType, 200},
		{"searched: another type", "/", "<a/>", "application/xml", 200},
		{"searched: too long", "/", long, longType, 413},
		{"searched for the version: too long", "/new/1", `{"apiVersion":1,"x":"` + large + `"}`, "application/json", 413},
		{"not searched: long", "/nope", long, longType, 200},
		{"not searched: the query has the version", "/new/1?apiVersion=1", large, "application/json", 200},
	} {
		for name, o := range map[string]dispatch.Options{"": beside(), ", raw bodies saved": {}} {
			if name != "" {
				o = beside()
				o.Params = keep
			}
			t.Run(tt.name+name, func(t *testing.T) {
				d, _ := newDispatcher(t, o)
				server := httptest.NewServer(d)
				defer server.Close()
				res, err := http.Post(server.URL+tt.target, tt.contentType, struct{ io.Reader }{strings.NewReader(tt.body)}) // chunked
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				got, err := io.ReadAll(res.Body)
				if want := "elsewhere: POST " + tt.target + " -1 " + tt.body; err != nil || res.StatusCode != tt.status || tt.status == 200 && string(got) != want {
					t.Errorf("got %d with %d bytes, %v: %.100s", res.StatusCode, len(got), err, got)
				}
			})
		}
	}
}

func TestUnknownIsSeenByMiddleware(t *testing.T) {
	var seen []string
	o := beside()
	o.Middleware = []dispatch.Middleware{{
		Unknown: true,
		Around: func(next dispatch.Runner) dispatch.Runner {
			return func(ctx context.Context, c *dispatch.Connection) (any, error) {
				name, _ := c.Action()
				result, err := next(ctx, c)
				seen = append(seen, fmt.Sprintf("%q %d %v", name, c.Status(), errors.Is(err, dispatch.ErrUnknownAction)))
				return result, err
			}
		},
	}, {
		Before: func(_ context.Context, c *dispatch.Connection) error {
			name, _ := c.Action()
			seen = append(seen, "before "+name)
			return nil
		},
	}}
	d, _ := newDispatcher(t, o)
	ask(t, d, "GET", "/nope", "")
	ask(t, d, "POST", "/typed", `{"apiVersion":7}`)
	want := []string{`"" 200 false`, `"typed" 0 true`, `"" 200 false`}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", seen, want)
	}
}

// If a proxy aborts an answer, the connection is aborted here, too.
func TestUnknownMayAbort(t *testing.T) {
	o := beside()
	o.Unknown = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	d, _ := newDispatcher(t, o)
	server := httptest.NewServer(d)
	defer server.Close()
	res, err := http.Get(server.URL + "/nope")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("the answer looks whole")
	}
}

func TestUnknownAnswersOptions(t *testing.T) {
	d, _ := newDispatcher(t, beside())
	if got := ask(t, d, "OPTIONS", "/here/1", ""); got.Code != 204 || got.Header().Get("Allow") != "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS" {
		t.Errorf("got %d %q, want the methods that are answered elsewhere, too", got.Code, got.Header())
	}
	if got := ask(t, d, "OPTIONS", "/nope", ""); got.Body.String() != "elsewhere: OPTIONS /nope 0 " {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	if got := ask(t, d, "TRACE", "/nope", ""); got.Code != 405 {
		t.Errorf("TRACE: got %d", got.Code)
	}
	d.Drain()
	if got := ask(t, d, "GET", "/nope", ""); got.Code != 503 {
		t.Errorf("while it stops: got %d", got.Code)
	}
}

// Later ways do not answer the requests that a dead route takes.
func TestWaysBehindDeadRoutes(t *testing.T) {
	o := beside()
	o.DisableActionParam, o.Routes = true, dispatch.Routes{get("/x", "gone"), get("/x", "here"), get("/typed", "gone")}
	d, _ := newDispatcher(t, o)
	for _, w := range d.Ways() {
		if w.Path == "/x" || w.Action == "gone" || w.Path == "/typed" && strings.Contains(fmt.Sprint(w.Methods), "GET") {
			t.Errorf("got %+v", w)
		}
	}
}
