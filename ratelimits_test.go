package sidekick_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/static"
)

// from is a request of a client of that address.
func from(addr string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = addr + ":1000" }
}

// TestRateLimit checks that only requests for actions are counted, that the
// envelope shows what is left and renders refusals, and that the OpenAPI document
// says so.
func TestRateLimit(t *testing.T) {
	cfg := good()
	err := json.Unmarshal([]byte(`{"rateLimit": {"limits": [{"rate": 2, "per": "1h"}], "exemptPaths": ["/api/free"], "fieldsAlways": true},
		"metadataOptions": {"requesterInformation": true}, "openAPI": true}`), &cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Static.Roots = []static.Root{static.FS(fstest.MapFS{"a.txt": {Data: []byte("a")}})}
	asked := 0
	cfg.Chain.Actions = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++; next.ServeHTTP(w, r) })
	}}
	kit := newKit(t, cfg, list, action("free", list.Run))
	for i, want := range []struct {
		status int
		body   string
	}{{200, `"RequestsRemaining":1`}, {200, `"RequestsRemaining":0`}, {429, `"error":"too many requests: try again in 1800 seconds"`}, {429, `"RequestsRemaining":0`}} {
		get(kit, "/a.txt", from("192.0.2.1"))
		get(kit, "/api/free", from("192.0.2.1"))
		w := get(kit, "/api/list", from("192.0.2.1"))
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.body) || w.Header().Get("RateLimit") == "" || (w.Header().Get("Retry-After") != "") != (want.status == 429) {
			t.Errorf("%d: got %d %s %v, want %d with %s", i, w.Code, w.Body, w.Header(), want.status, want.body)
		}
	}
	if asked != 4+2 {
		t.Errorf("the middleware of one's own was asked %d times, want only for what is allowed", asked)
	}
	if w := get(kit, "/api/list?callback=f", from("192.0.2.1")); w.Code != 429 || !strings.HasPrefix(w.Body.String(), "/**/f(") {
		t.Errorf("JSONP: got %d %s", w.Code, w.Body)
	}
	if w := get(kit, "/api/list", from("192.0.2.2")); w.Code != 200 {
		t.Errorf("another client: got %d", w.Code)
	}
	document, err := json.Marshal(kit.OpenAPI())
	if err != nil || !strings.Contains(string(document), `"RequestsRemaining":{"type":"integer"`) {
		t.Errorf("the document does not describe RequestsRemaining: %v", err)
	}
	if document, _ := json.Marshal(newKit(t, good(), list).OpenAPI()); strings.Contains(string(document), "RequestsRemaining") {
		t.Error("the document describes RequestsRemaining without limits")
	}
}

// TestActionRateLimits checks that an action has its own limit for all its
// versions, also when run by other actions, and that other actions have none.
func TestActionRateLimits(t *testing.T) {
	cfg := good()
	err := json.Unmarshal([]byte(`{"actionRateLimits": {"LIST": [{"rate": 2, "per": "1h"}]}, "metadataOptions": {"requesterInformation": true}}`), &cfg)
	if err != nil {
		t.Fatal(err)
	}
	second := list
	second.Version = "2"
	batch := action("batch", func(ctx context.Context, c *dispatch.Connection) (any, error) {
		return c.Run(ctx, "list", "1", nil)
	})
	kit := newKit(t, cfg, list, second, batch, action("other", list.Run))
	for i, tt := range []struct {
		target string
		status int
	}{{"/api/list?apiVersion=1", 200}, {"/api/list?apiVersion=2", 200}, {"/api/list", 429}, {"/api/batch", 429}, {"/api/other", 200}} {
		w := get(kit, tt.target, from("192.0.2.1"))
		if w.Code != tt.status || tt.status == 429 && tt.target == "/api/list" && (w.Header().Get("Retry-After") == "" || w.Header().Get("RateLimit") == "") {
			t.Errorf("%d: %s: got %d %s %v", i, tt.target, w.Code, w.Body, w.Header())
		}
	}
	if w := get(kit, "/api/list", from("192.0.2.2")); w.Code != 200 || !strings.Contains(w.Body.String(), `"RequestsRemaining":1`) {
		t.Errorf("another client: got %d %s", w.Code, w.Body)
	}
	for range 3 {
		if _, err := kit.Dispatcher().Run(t.Context(), "list", "1", nil); err != nil {
			t.Errorf("outside of a request: got %v", err)
		}
	}
}

// TestProblemsOfRateLimits checks that each problem is reported once, by its
// path.
func TestProblemsOfRateLimits(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`{"rateLimit": true}`, `sidekick: rateLimit.limits (SIDEKICK_RATE_LIMIT_LIMITS): there are 0: want 1 to 4, each with a rate and a time for it`},
		{`{"rateLimit": {"limits": [{"rate": 0, "per": "1s"}]}, "actionRateLimits": {"list": [{"rate": 1, "per": "1s"}]}}`, `sidekick: rateLimit.limits[0].rate (SIDEKICK_RATE_LIMIT_LIMITS): invalid value 0: want 1 or more`},
		{`{"rateLimit": {"limits": [{"rate": 1, "per": "1s"}], "ipv6PrefixBits": 8}}`, `sidekick: rateLimit.ipv6PrefixBits (SIDEKICK_RATE_LIMIT_IPV6_PREFIX_BITS): invalid value 8: want 32 to 128, or 0 for 64`},
		{`{"rateLimit": {"limits": [{"rate": 1, "per": "1s"}], "keyFingerprint": true}, "disableFingerprint": true}`, `sidekick: rateLimit.keyFingerprint (SIDEKICK_RATE_LIMIT_KEY_FINGERPRINT): invalid value true: fingerprints are switched off by disableFingerprint`},
		{`{"actionRateLimits": {"list": [{"rate": 1, "per": "1s"}, {"rate": 1}]}}`, `sidekick: actionRateLimits["list"][1].per (SIDEKICK_ACTION_RATE_LIMITS): invalid value 0s: want a positive time, such as a second`},
		{`{"actionRateLimits": {"lst": [{"rate": 1, "per": "1s"}]}}`, `sidekick: actionRateLimits["lst"] (SIDEKICK_ACTION_RATE_LIMITS): no action has this name`},
	} {
		cfg := good()
		if err := json.Unmarshal([]byte(tt.text), &cfg); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if _, err := sidekick.New(cfg, list); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got  %v\nwant %s", tt.text, err, tt.want)
		}
	}
	cfg := good()
	err := json.Unmarshal([]byte(`{"rateLimit": {"limits": [{"rate": 1, "per": 5}], "fallback": "ajar"}}`), &cfg)
	const want = `sidekick: rateLimit.limits[0].per (SIDEKICK_RATE_LIMIT_LIMITS): invalid value 5: want a time such as "30s", "1m30s" or "500ms"
sidekick: rateLimit.fallback (SIDEKICK_RATE_LIMIT_FALLBACK): invalid value "ajar": ratelimit: invalid fallback "ajar": want "local", "open" or "closed"`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// failing is a custom store that is down.
type failing struct{ asked atomic.Int32 }

func (f *failing) Take(context.Context, *ratelimit.Plan, string, int64) (ratelimit.Taken, error) {
	f.asked.Add(1)
	return ratelimit.Taken{}, context.DeadlineExceeded
}

// TestRateLimitStore checks that a custom store is used, also by the limits of
// single actions, and what happens while it is down.
func TestRateLimitStore(t *testing.T) {
	store := &failing{}
	cfg := good()
	cfg.RateLimit = &ratelimit.Options{Store: store, Fallback: ratelimit.FallbackClosed, Limits: []ratelimit.Limit{{Rate: 1, Per: time.Second}}}
	if w := get(newKit(t, cfg, list), "/api/list"); w.Code != 503 || store.asked.Load() != 1 || !strings.Contains(w.Body.String(), "cannot accept requests at the moment") {
		t.Errorf("got %d %s, asked %d", w.Code, w.Body, store.asked.Load())
	}
	cfg.RateLimit.Fallback = ratelimit.FallbackOpen
	cfg.ActionRateLimits = map[string][]ratelimit.Limit{"list": {{Rate: 1, Per: time.Second}}}
	if w := get(newKit(t, cfg, list), "/api/list"); w.Code != 200 || store.asked.Load() != 3 {
		t.Errorf("got %d %s, asked %d", w.Code, w.Body, store.asked.Load())
	}
}

// TestSimultaneousActions checks that Actionhero's limit is for each connection,
// where every request is one, and that the limit for a client's address is a
// different one.
func TestSimultaneousActions(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int // refused, of 3
	}{{`{"simultaneousActions": 1}`, 0}, {`{"actions": {"maxPending": 2}}`, 1}, {`{"simultaneousActions": 1, "actions": {"maxPending": 2}}`, 1}} {
		cfg := good()
		if err := json.Unmarshal([]byte(tt.text), &cfg); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		began, release := make(chan struct{}, 3), make(chan struct{})
		kit := newKit(t, cfg, action("wait", func(context.Context, *dispatch.Connection) (any, error) {
			began <- struct{}{}
			<-release
			return nil, nil
		}))
		var refused atomic.Int32
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if get(kit, "/api/wait").Code == 429 {
					refused.Add(1)
					began <- struct{}{}
				}
			})
		}
		for range 3 {
			<-began
		}
		close(release)
		all.Wait()
		if got := int(refused.Load()); got != tt.want {
			t.Errorf("%s: %d were refused, want %d", tt.text, got, tt.want)
		}
	}
}
