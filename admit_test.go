package sidekick_test

import (
	"net/http"
	"strings"
	"testing"
)

// A request that is too large is refused before anything else handles it.
func TestLimitsOfRequests(t *testing.T) {
	t.Parallel()
	cfg := good()
	cfg.Server.MaxURLBytes, cfg.Server.MaxHeaderFields = 10, 3
	cfg.Paths.Root = "actions"
	cfg.Unknown = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	kit := newKit(t, cfg)
	const tooLong, tooMany = `"error":"the URL is too long"`, `"error":"too many header fields"`
	many := http.Header{"A": {"1", "2", "3", "4"}}
	for _, tt := range []struct {
		name, target string
		header       http.Header
		status       int
		body         string
	}{
		{"just short enough", "/" + strings.Repeat("a", 9), nil, http.StatusNoContent, ""},
		{"one byte too long", "/" + strings.Repeat("a", 10), nil, http.StatusRequestURITooLong, tooLong},
		{"the query counts", "/?" + strings.Repeat("a", 9), nil, http.StatusRequestURITooLong, tooLong},
		{"as many fields as are allowed", "/", http.Header{"A": {"1", "2"}, "B": {"3"}}, http.StatusNoContent, ""},
		{"one field too many", "/", http.Header{"A": {"1", "2"}, "B": {"3"}, "C": {"4"}}, http.StatusRequestHeaderFieldsTooLarge, tooMany},
		{"one name with too many values", "/", many, http.StatusRequestHeaderFieldsTooLarge, tooMany},
		{"of two problems the URL is reported", "/" + strings.Repeat("a", 10), many, http.StatusRequestURITooLong, tooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(kit, tt.target, func(r *http.Request) { r.Header = tt.header })
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("got %d %s, want %d with %q", w.Code, w.Body, tt.status, tt.body)
			}
		})
	}
}
