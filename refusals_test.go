package sidekick_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/openapi"
)

// Whoever refuses a request that is not for a file answers in the envelope, serialized as
// errors of actions are, with a code and with its own status even under AlwaysOK.
func TestRefusalsAreInTheEnvelope(t *testing.T) {
	field := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, tt := range []struct {
		name, method, target string
		change               func(*http.Request)
		status               int
		code                 string
		header               string // that must be there
	}{
		{"a malformed host", "GET", "/api/list", func(r *http.Request) { r.Host = "a b" }, 400, "host_malformed", "Cache-Control"},
		{"no host", "GET", "/api/list", func(r *http.Request) { r.Host = "" }, 400, "host_malformed", "Cache-Control"},
		{"two hosts", "GET", "/api/list", field("Host", "other.example"), 400, "host_malformed", "Cache-Control"},
		{"a redirect without end", "GET", "/api/list", func(r *http.Request) { r.Host = "www.example.com:443" }, 400, "host_not_allowed", "Cache-Control"},
		{"a preflight under another host", "OPTIONS", "/api/list", func(r *http.Request) { r.Host = "other.example" }, 421, "host_not_allowed", "Cache-Control"},
		{"an upgrade under another host", "GET", "/api/list", func(r *http.Request) { r.Host = "other.example"; r.Header.Set("Upgrade", "websocket") }, 421, "host_not_allowed", "Cache-Control"},
		{"TRACE", "TRACE", "/api/list", nil, 405, "method_not_allowed", "Allow"},
		{"CONNECT", "CONNECT", "/api/list", nil, 405, "method_not_allowed", "Allow"},
		{"a preflight that is too large", "OPTIONS", "/api/list", field("Access-Control-Request-Headers", strings.Repeat("a,", 4000)), 431, "header_too_large", ""},
		{"a URL that is too long", "GET", "/api/list?" + strings.Repeat("a", 20_000), nil, 414, "url_too_long", ""},
		{"too many fields", "GET", "/api/list", func(r *http.Request) { r.Header["X-Many"] = make([]string, 500) }, 431, "header_too_large", ""},
		{"the document is only read", "POST", "/api/openapi.json", nil, 405, "method_not_allowed", "Allow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, alwaysOK := range []bool{false, true} {
				cfg := sidekick.Production()
				cfg.Logger = slog.New(slog.DiscardHandler)
				cfg.Hosts.Allowed = []string{"https://www.example.com"}
				cfg.Server.MaxHeaderFields = 100
				cfg.OpenAPI = &openapi.Options{}
				cfg.Envelope.AlwaysOK = alwaysOK
				cfg.Envelope.Errors.Details = true
				cfg.Envelope.Errors.Serialize = func(_ context.Context, err *envelope.ClientError) any {
					return map[string]string{"said": err.Text}
				}
				kit := newKit(t, cfg, list)
				r := httptest.NewRequest(tt.method, "/", nil)
				target := strings.SplitN(tt.target+"?", "?", 3)
				r.URL.Path, r.URL.RawQuery, r.RequestURI = target[0], target[1], tt.target
				r.Host = "www.example.com"
				if tt.name != "a redirect without end" {
					r.TLS = &tls.ConnectionState{}
				}
				if tt.change != nil {
					tt.change(r)
				}
				w := httptest.NewRecorder()
				kit.ServeHTTP(w, r)
				var got struct {
					Error     struct{ Said string }
					ErrorCode string
				}
				if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
					t.Fatalf("got %d %v %s: %v", w.Code, w.Header(), w.Body, err)
				}
				if w.Code != tt.status || got.ErrorCode != tt.code || got.Error.Said == "" || tt.header != "" && w.Header().Get(tt.header) == "" {
					t.Errorf("AlwaysOK %t: got %d %v %s", alwaysOK, w.Code, w.Header(), w.Body)
				}
			}
		})
	}
}
