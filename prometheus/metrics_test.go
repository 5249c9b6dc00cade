package prometheus_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/prometheus"
)

// measured is a server whose numbers can be scraped.
type measured struct {
	app, scrape *httptest.Server
	running     sync.WaitGroup
}

func measure(t *testing.T, o prometheus.Options) *measured {
	t.Helper()
	numbers, err := prometheus.New(o)
	if err != nil {
		t.Fatal(err)
	}
	cfg := sidekick.Production()
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.Chain.Outermost = append(cfg.Chain.Outermost, numbers.Handler)
	cfg.Actions.Middleware = append(cfg.Actions.Middleware, numbers.Middleware())
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/users/:id", Action: "user"}}
	kit, err := sidekick.New(cfg,
		dispatch.Action{Name: "user", Inputs: dispatch.Inputs{"id": {Required: true}}, Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			switch c.Params["id"] {
			case "8":
				return nil, envelope.Errorf(http.StatusNotFound, "no such user")
			case "500":
				return nil, errors.New("the table is gone")
			case "501":
				panic("no")
			}
			return "Ada", nil
		}},
		dispatch.Action{Name: "cut", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})},
		dispatch.Action{Name: "wait", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			http.NewResponseController(c.ResponseWriter()).Flush()
			<-ctx.Done()
			return nil, ctx.Err()
		}},
	)
	if err != nil {
		t.Fatal(err)
	}
	m := &measured{scrape: httptest.NewServer(numbers.Scrape())}
	m.app = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.running.Add(1)
		defer m.running.Done()
		kit.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		m.app.Close()
		m.scrape.Close()
		if err := kit.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func (m *measured) ask(t *testing.T, method, path string) {
	t.Helper()
	r, err := http.NewRequest(method, m.app.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(r); err == nil {
		io.Copy(io.Discard, res.Body) // one is cut off
		res.Body.Close()
	}
	m.running.Wait() // counting happens after the response
}

// numbers returns what a Prometheus would see.
func (m *measured) numbers(t *testing.T) string {
	t.Helper()
	res, err := http.Get(m.scrape.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatal(res.Status, err)
	}
	return string(b)
}

// series returns the samples whose name begins with name.
func series(numbers, name string) []string {
	var all []string
	for line := range strings.Lines(numbers) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			all = append(all, strings.TrimSpace(rest))
		}
	}
	return all
}

func TestScrapedNumbers(t *testing.T) {
	m := measure(t, prometheus.Options{})
	for _, r := range []struct{ method, path string }{
		{"GET", "/api/users/7"}, {"GET", "/api/users/9"}, {"GET", "/api/users/8"}, {"GET", "/api/users/500"}, {"GET", "/api/users/501"},
		{"GET", "/api/user?id=7"}, {"GET", "/api/user"}, {"POST", "/api/user?id=7"}, {"GET", "/api/cut"},
		{"GET", "/api/nobody/made/this"}, {"GET", "/nor/this.html"}, {"MADE-UP", "/api/users/7"},
	} {
		m.ask(t, r.method, r.path)
	}
	// A request that its client abandons.
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", m.app.URL+"/api/wait", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := series(m.numbers(t), "http_requests_in_flight "); !slices.Equal(got, []string{"1"}) {
		t.Errorf("in flight: got %v", got)
	}
	leave()
	res.Body.Close()
	m.running.Wait()

	numbers := m.numbers(t)
	for _, tt := range []struct {
		name string
		want []string
	}{
		{"http_request_duration_seconds_count", []string{
			`{code="200",method="GET",route="/api/user"} 1`,
			`{code="200",method="GET",route="/api/users/:id"} 2`,
			`{code="404",method="GET",route="/api/users/:id"} 1`,
			`{code="404",method="GET",route="none"} 2`,
			`{code="405",method="POST",route="none"} 1`,
			`{code="405",method="other",route="none"} 1`,
			`{code="422",method="GET",route="/api/user"} 1`,
			`{code="500",method="GET",route="/api/users/:id"} 2`,
			`{code="aborted",method="GET",route="/api/cut"} 1`,
			`{code="aborted",method="GET",route="/api/wait"} 1`,
		}},
		{"sidekick_action_duration_seconds_count", []string{
			`{action="cut",outcome="aborted",version="1"} 1`,
			`{action="user",outcome="failed",version="1"} 1`,
			`{action="user",outcome="ok",version="1"} 3`,
			`{action="user",outcome="panic",version="1"} 1`,
			`{action="user",outcome="refused",version="1"} 2`,
			`{action="wait",outcome="left",version="1"} 1`,
		}},
		{"http_requests_in_flight ", []string{"0"}},
		{`http_response_size_bytes_sum{code="aborted",method="GET",route="/api/cut"}`, []string{"4"}},
	} {
		if got := series(numbers, tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
	for _, name := range []string{"go_goroutines ", "process_start_time_seconds "} {
		if len(series(numbers, name)) != 1 {
			t.Errorf("%sis missing", name)
		}
	}
	problems, err := promlint.New(strings.NewReader(numbers)).Lint()
	if len(problems) > 0 || err != nil {
		t.Errorf("promlint: %v, %v", problems, err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(numbers)); err != nil {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	registry := client.NewRegistry()
	m := measure(t, prometheus.Options{
		Registry: registry, Buckets: []float64{0.5, 1}, ConstLabels: client.Labels{"app": "shop"}, NativeHistograms: true, OmitActions: true,
		Skip: func(r *http.Request) bool { return r.URL.Path == "/api/user" },
	})
	m.ask(t, "GET", "/api/users/7")
	m.ask(t, "GET", "/api/user?id=7")
	numbers := m.numbers(t)
	want := []string{
		`{app="shop",code="200",method="GET",route="/api/users/:id",le="0.5"} 1`,
		`{app="shop",code="200",method="GET",route="/api/users/:id",le="1"} 1`,
		`{app="shop",code="200",method="GET",route="/api/users/:id",le="+Inf"} 1`,
	}
	if got := series(numbers, "http_request_duration_seconds_bucket"); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if strings.Contains(numbers, "sidekick_action") || strings.Contains(numbers, "go_goroutines") {
		t.Error("got what was not asked for")
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	native := false
	for _, f := range families {
		for _, metric := range f.Metric {
			native = native || metric.Histogram.GetSchema() > 0
		}
	}
	if !native {
		t.Error("got no native histogram")
	}
	// The second metric of a name.
	var taken client.AlreadyRegisteredError
	if _, err := prometheus.New(prometheus.Options{Registry: registry, ConstLabels: client.Labels{"app": "shop"}}); !errors.As(err, &taken) {
		t.Errorf("twice: got %v", err)
	}
	for _, bad := range []prometheus.Options{{Buckets: []float64{2, 1}}, {ConstLabels: client.Labels{"": "x"}}} {
		if _, err := prometheus.New(bad); err == nil || !strings.HasPrefix(err.Error(), "prometheus: ") {
			t.Errorf("%v: got %v", bad, err)
		}
	}
}

// Patterns of a ServeMux also count as routes.
func TestRoutesOfAMux(t *testing.T) {
	numbers, err := prometheus.New(prometheus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET example.com/people/{id}", func(http.ResponseWriter, *http.Request) {})
	numbers.Handler(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://example.com/people/7", nil))
	w := httptest.NewRecorder()
	numbers.Scrape().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if got := series(w.Body.String(), "http_request_duration_seconds_count"); !slices.Equal(got, []string{`{code="200",method="GET",route="/people/{id}"} 1`}) {
		t.Errorf("got %v", got)
	}
}
