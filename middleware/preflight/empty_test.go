package preflight_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/middleware/preflight"
)

// An empty list of methods is the default, as in a configuration file.
func TestEmptyListOfMethods(t *testing.T) {
	h := newResponder(t, preflight.Options{Methods: []string{}}).Handler(reached)
	const want = "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE"
	if got := ask(h, "OPTIONS", "/").Header.Get("Access-Control-Allow-Methods"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
