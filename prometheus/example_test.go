package prometheus_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/prometheus"
)

func ExampleNew() {
	numbers, err := prometheus.New(prometheus.Options{})
	if err != nil {
		log.Fatal(err)
	}
	cfg := sidekick.Production()
	cfg.Chain.Outermost = append(cfg.Chain.Outermost, numbers.Handler)
	cfg.Actions.Middleware = append(cfg.Actions.Middleware, numbers.Middleware())
	kit, err := sidekick.New(cfg, dispatch.Action{Name: "hello", Run: func(context.Context, *dispatch.Connection) (any, error) {
		return "world", nil
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()

	kit.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/hello", nil))
	w := httptest.NewRecorder()
	numbers.Scrape().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "_seconds_count{") {
			fmt.Print(line)
		}
	}
	// Output:
	// http_request_duration_seconds_count{code="200",method="GET",route="/api/hello"} 1
	// sidekick_action_duration_seconds_count{action="hello",outcome="ok",version="1"} 1
}
