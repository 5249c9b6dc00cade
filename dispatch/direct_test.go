package dispatch_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/facts"
)

type directInput struct {
	Name  string   `json:"name" required:"true" minLength:"2"`
	N     int      `json:"n" minimum:"1" default:"5"`
	Color string   `json:"color" enum:"red,green"`
	Tags  []string `json:"tags"`
	Sub   struct {
		On bool `json:"on"`
	} `json:"sub"`
}

// newDirect makes a dispatcher of a typed action; with roundabout, its parameters take the
// general path through the map.
func newDirect(t testing.TB, roundabout, metadata bool) *dispatch.Dispatcher {
	t.Helper()
	env, err := envelope.New(envelope.Options{RequesterInformation: metadata, NewID: func() string { return "id" }})
	if err != nil {
		t.Fatal(err)
	}
	o := dispatch.Options{
		Renderer: env,
		Actions: []dispatch.Action{
			dispatch.Typed("show", func(_ context.Context, in directInput) (map[string]any, error) {
				return map[string]any{"in": fmt.Sprintf("%+v", in)}, nil
			}),
			dispatch.Typed("small", func(_ context.Context, in directInput) (struct {
				Name string `json:"name"`
			}, error) {
				return struct {
					Name string `json:"name"`
				}{in.Name}, nil
			}),
			dispatch.Typed("params", func(ctx context.Context, in directInput) (map[string]any, error) {
				c, _ := dispatch.FromContext(ctx)
				sent, _ := c.Sent("other")
				return map[string]any{"in": in.Name, "params": c.Params, "sent": sent, "query": c.RawQuery(), "body": c.RawBody()}, nil
			}),
		},
		Routes: dispatch.Routes{get("/people/:name", "show"), {Method: "all", Path: "/p", Action: "show"}, {Method: "all", Path: "/q", Action: "params"}},
	}
	if roundabout {
		o.Middleware = []dispatch.Middleware{{Before: func(context.Context, *dispatch.Connection) error { return nil }}}
	}
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The direct path gives the same answers as the general one.
func TestTheShortWayAnswersAsTheUsualOne(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("&x=1", 30)
	for _, metadata := range []bool{false, true} {
		short, usual := newDirect(t, false, metadata), newDirect(t, true, metadata)
		for _, tt := range []struct{ method, target, body string }{
			{"GET", "/show?name=ab", ""}, {"GET", "/show?name=ab&n=3&color=red&tags=a&tags=b", ""}, {"GET", "/show?name=ab&tags[]=a&tags[1]=b", ""}, {"GET", "/show?name=ab&sub[on]=on", ""},
			{"GET", "/show", ""}, {"GET", "/show?name=a", ""}, {"GET", "/show?name=ab&n=0", ""}, {"GET", "/show?name=ab&n=x&color=blue", ""}, {"GET", "/show?name=ab&n=&color=", ""},
			{"GET", "/show?name=ab&name=cd", ""}, {"GET", "/show?name=%zz", ""}, {"GET", "/show?name=%ff", ""}, {"GET", "/show?name=a%00b", ""}, {"GET", "/show?name=ab" + long, ""},
			{"GET", "/show?name=a+b%26c&apiVersion=1", ""}, {"GET", "/show?name=ab&apiVersion=2", ""}, {"GET", "/people/anna?name=query&n=7", ""}, {"GET", "/people/%ff", ""}, {"GET", "/people/a%2Fb", ""},
			{"HEAD", "/show?name=ab", ""}, {"GET", "/p?name=ab", ""}, {"DELETE", "/p?name=ab", ""}, {"POST", "/p?name=ab", ""}, {"OPTIONS", "/p", ""}, {"PUT", "/people/x", ""},
			{"POST", "/p", `{"name":"ab","n":3,"tags":["a"],"sub":{"on":true}}`}, {"POST", "/p", `{"name":"ab","tags":"a"}`}, {"POST", "/p", `{"name":"ab","n":"3"}`}, {"POST", "/p", `{"name":"a"}`},
			{"POST", "/p", `{"name":"ab",}`}, {"POST", "/p", `[1]`}, {"POST", "/p", `{"name":"ab","apiVersion":2}`}, {"POST", "/p", `{"name":"ab","apiVersion":1}`}, {"POST", "/p?n=9", `{"name":"ab"}`},
			{"POST", "/p", `{"name":"ab","action":"params"}`}, {"POST", "/p", `name=ab&tags=a&tags=b`}, {"POST", "/p", `{"name":"ab","x":"\ud800"}`}, {"POST", "/p", `{}`},
			{"GET", "/q?name=ab&tags=a&tags=b&other=o", ""}, {"POST", "/q", `{"name":"ab","tags":["a"],"other":"o"}`}, {"GET", "/q?name=ab&tags=a", ""},
		} {
			a, b := ask(t, short, tt.method, tt.target, tt.body), ask(t, usual, tt.method, tt.target, tt.body)
			if a.Code != b.Code || a.Body.String() != b.Body.String() || fmt.Sprint(a.Header()) != fmt.Sprint(b.Header()) {
				t.Errorf("%s %s %s, metadata %t:\nshort %d %s %v\nusual %d %s %v", tt.method, tt.target, tt.body, metadata, a.Code, a.Body, a.Header(), b.Code, b.Body, b.Header())
			}
		}
	}
}

// The direct path also shows the same parameters on demand.
func TestWhatIsShownOfTheShortWay(t *testing.T) {
	t.Parallel()
	short, usual := newDirect(t, false, false), newDirect(t, true, false)
	for _, target := range []string{"/show?name=ab", "/show?name=ab&tags=a&other=1", "/people/anna?n=2", "/q?name=ab&tags=a"} {
		var shown [2]string
		for i, d := range []*dispatch.Dispatcher{short, usual} {
			r, rec := facts.Ensure(httptest.NewRequest("GET", target, nil))
			d.ServeHTTP(httptest.NewRecorder(), r)
			shown[i] = fmt.Sprint(rec.Received())
		}
		if shown[0] != shown[1] || shown[0] == "[]" {
			t.Errorf("%s: got %s, want %s", target, shown[0], shown[1])
		}
	}
}

// A typed action with a flat query takes few allocations.
func TestTheShortWayAllocatesLittle(t *testing.T) {
	d := newDirect(t, false, false)
	r := httptest.NewRequest("GET", "/small?name=anna&n=3&color=red&tags=a&tags=b", nil)
	w := discard{http.Header{}}
	if n := testing.AllocsPerRun(100, func() {
		clear(w.h)
		r.Pattern = ""
		d.ServeHTTP(w, r)
	}); n > 8 {
		t.Errorf("got %v allocations, want at most 8", n)
	}
}

// discard discards an answer.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkTyped(b *testing.B) {
	d := newDirect(b, false, false)
	r := httptest.NewRequest("GET", "/small?name=anna&n=3&color=red&tags=a&tags=b", nil)
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		r.Pattern = ""
		d.ServeHTTP(w, r)
	}
}
