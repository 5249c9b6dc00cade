package openapi_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/everykind"
	"github.com/sidekick-http/sidekick/openapi"
)

// thousand returns a dispatcher with 1,000 actions, half of them typed, each with a route.
func thousand(tb testing.TB) *dispatch.Dispatcher {
	tb.Helper()
	var o dispatch.Options
	for i := range 1000 {
		name := fmt.Sprintf("action%d", i)
		a := dispatch.Action{
			Name: name, Description: "Does what is asked for. And tells so.",
			Inputs: dispatch.Inputs{"key": {Required: true, Description: "a key"}, "value": {Default: "v"}, "limit": {Default: 10}},
			Run:    func(context.Context, *dispatch.Connection) (any, error) { return nil, nil },
		}
		if i%2 == 0 {
			a = dispatch.Typed(name, func(_ context.Context, o everykind.Order) (everykind.Receipt, error) {
				return everykind.Receipt{}, nil
			})
		}
		o.Actions = append(o.Actions, a)
		o.Routes = append(o.Routes, dispatch.Route{Method: "put", Path: fmt.Sprintf("/things%d/:id", i), Action: name})
	}
	d, err := dispatch.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func BenchmarkDocument(b *testing.B) {
	d := thousand(b)
	begin := cpu()
	for b.Loop() {
		documentOf(b, openapi.Options{Dispatcher: d})
	}
	b.ReportMetric(float64((cpu()-begin).Milliseconds())/float64(b.N), "cpu-ms/op")
}

// TestThousandActions checks that a document of 1,000 actions takes at most 200 ms of CPU time,
// with a factor of five for slow or busy machines. BenchmarkDocument measures it.
func TestThousandActions(t *testing.T) {
	d := thousand(t)
	const most = 5 * 200 * time.Millisecond * slowdown
	best := time.Hour
	for range 3 { // one that is fast enough is enough
		begin := cpu()
		documentOf(t, openapi.Options{Dispatcher: d})
		if best = min(best, cpu()-begin); best <= most {
			break
		}
	}
	t.Logf("a document of 1,000 actions takes %v", best)
	if best > most {
		t.Errorf("got %v, want at most %v", best, most)
	}
}
