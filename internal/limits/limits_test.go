package limits_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/limits"
)

func TestGate(t *testing.T) {
	var refused error
	h := limits.Gate{
		MaxURLBytes: 10, MaxHeaderFields: 3,
		Refuse: func(_ http.ResponseWriter, _ *http.Request, err error) { refused = err },
	}.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { refused = nil }))
	for name, tt := range map[string]struct {
		target string
		header http.Header
		status int // 0 means let through
	}{
		"just short enough":              {"/" + strings.Repeat("a", 9), nil, 0},
		"one byte too long":              {"/" + strings.Repeat("a", 10), nil, http.StatusRequestURITooLong},
		"the query counts":               {"/?" + strings.Repeat("a", 9), nil, http.StatusRequestURITooLong},
		"as many fields as are allowed":  {"/", http.Header{"A": {"1", "2"}, "B": {"3"}}, 0},
		"one field too many":             {"/", http.Header{"A": {"1", "2"}, "B": {"3"}, "C": {"4"}}, http.StatusRequestHeaderFieldsTooLarge},
		"one name, with values too many": {"/", http.Header{"A": {"1", "2", "3", "4"}}, http.StatusRequestHeaderFieldsTooLarge},
		"of two faults the URL is told ": {"/" + strings.Repeat("a", 10), http.Header{"A": {"1", "2", "3", "4"}}, http.StatusRequestURITooLong},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", tt.target, nil)
			r.Header = tt.header
			h.ServeHTTP(httptest.NewRecorder(), r)
			if tt.status == 0 {
				if refused != nil {
					t.Errorf("refused with %v", refused)
				}
				return
			}
			e, ok := refused.(*envelope.Error)
			if !ok || e.Status != tt.status || e.Code == "" || e.Message == "" {
				t.Errorf("got %+v, want status %d with a code and a message", refused, tt.status)
			}
		})
	}
}
