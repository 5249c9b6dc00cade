package openapi_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/openapi"
)

// Idempotent actions name the header field of the key, for the methods that use keys.
func TestIdempotencyKeys(t *testing.T) {
	replayer := func(o idempotency.Options) *idempotency.Replayer {
		p, err := idempotency.New(o)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	once, needed := replayer(idempotency.Options{Field: "X-Key"}), replayer(idempotency.Options{Required: true})
	with := func(p *idempotency.Replayer, version string) func(*dispatch.Action) {
		return func(a *dispatch.Action) { a.Idempotency, a.Version = p, version }
	}
	doc := of(t, dispatch.Options{
		AutomaticRoutes: []string{"get", "post", "put"},
		Actions: []dispatch.Action{
			nothing("plain"), nothing("once", with(once, "1")), nothing("needed", with(needed, "1")),
			nothing("both", with(needed, "1")), nothing("both", with(nil, "2")),
		},
	}, openapi.Options{})
	for path, want := range map[string][]string{
		"/plain":  {"[]", "[]", "[]"},
		"/once":   {"[]", "[X-Key false]", "[X-Key false]"},
		"/needed": {"[]", "[Idempotency-Key true]", "[Idempotency-Key false]"},
		"/both":   {"[]", "[Idempotency-Key false]", "[Idempotency-Key false]"},
	} {
		var got []string
		for _, method := range []string{"get", "post", "put"} {
			keys := []string{}
			for _, p := range doc.Paths[path][method].Parameters {
				if p.In == "header" {
					keys = append(keys, fmt.Sprint(p.Name, " ", p.Required))
				}
			}
			got = append(got, fmt.Sprint(keys))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}
