package dispatch_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func TestInvalidHeadersOfConnectionHooksAreLeftOut(t *testing.T) {
	t.Parallel()
	set := func(_ context.Context, c *dispatch.Connection) {
		c.SetHeader("X-A", "a\nb")
		c.SetHeader("X Y", "a")
		c.SetHeader("", "a")
		c.AddCookie(&http.Cookie{Name: "a b"})
		c.AddCookie(nil)
		c.SetHeader("X-Valid", "ä\tb")
	}
	for name, m := range map[string]dispatch.Middleware{"Create": {Create: set}, "Destroy": {Destroy: set}} {
		for _, path := range []string{"/a", "/unknown"} {
			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()
				var log logBuffer
				d, err := dispatch.New(dispatch.Options{
					Actions:    []dispatch.Action{{Name: "a", Run: func(context.Context, *dispatch.Connection) (any, error) { return 1, nil }}},
					Middleware: []dispatch.Middleware{m}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
				})
				if err != nil {
					t.Fatal(err)
				}
				w := httptest.NewRecorder()
				d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
				want := map[string]int{"/a": 200, "/unknown": 404}[path]
				if h := w.Result().Header; w.Code != want || h.Get("X-A") != "" || h["X Y"] != nil || h[""] != nil || h.Get("Set-Cookie") != "" {
					t.Errorf("got %d and the header %v, want %d", w.Code, h, want)
				}
				if got := w.Header().Get("X-Valid"); got != "ä\tb" {
					t.Errorf("the valid field: got %q", got)
				}
				if got := log.String(); strings.Count(got, "level=WARN") != 5 || strings.Contains(got, "ERROR") {
					t.Errorf("got the log\n%s", got)
				}
			})
		}
	}
}
