package failure_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// told is an error made for clients, with a status.
type told int

func (t told) Error() string         { return "for the log" }
func (t told) StatusCode() int       { return int(t) }
func (t told) ClientMessage() string { return `it is "too large"` }

// Without a function of one's own, every piece answers a refused request in the same
// way, and shows nothing that was not made to be shown.
func TestRefuseAnswersAsJSON(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		status int
		body   string
	}{
		{"made for clients", told(413), 413, `{"error":"it is \"too large\""}`},
		{"made for clients, with a status that is no error", told(200), 500, `{"error":"it is \"too large\""}`},
		{"any other error", errors.New("secret"), 500, `{"error":"The server experienced an internal error (id-1)"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, rec := facts.Ensure(httptest.NewRequest("POST", "/", nil))
			rec.SetMessageID("id-1")
			w := httptest.NewRecorder()
			w.Header().Set("Content-Length", "1000")
			failure.Refuse(w, r, tt.err, nil, slog.New(slog.DiscardHandler))
			if w.Code != tt.status || w.Body.String() != tt.body || !rec.IsLogged(tt.err) {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			for name, want := range map[string]string{"Content-Length": "", "Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
	w := httptest.NewRecorder()
	own := func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusTeapot) }
	failure.Refuse(w, httptest.NewRequest("POST", "/", nil), told(413), own, slog.New(slog.DiscardHandler))
	if w.Code != http.StatusTeapot {
		t.Errorf("with a function: got %d, want what it answers", w.Code)
	}
}
