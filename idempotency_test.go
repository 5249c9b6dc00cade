package sidekick_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/idempotency"
)

// counting is an action that answers how often it has run.
func counting(name string) dispatch.Action {
	runs := 0
	return action(name, func(context.Context, *dispatch.Connection) (any, error) {
		runs++
		return map[string]any{"run": runs}, nil
	})
}

// send sends a request with a key, if there is one.
func send(h http.Handler, method, target, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const requestKey = "8e03978e-40d5-43e8-bc93-6894a57f9324"

// TestIdempotency holds for which actions a key counts: all, those that are named,
// and not those that have a Replayer of their own.
func TestIdempotency(t *testing.T) {
	for _, tt := range []struct {
		name, text  string
		first, both string // what the second request for the actions one and two is answered
	}{
		{"off", `{}`, "2", "2"},
		{"all", `{"idempotency": true}`, "1", "1"},
		{"one", `{"idempotentActions": ["ONE"]}`, "1", "2"},
		{"one, with options", `{"idempotency": {"wait": "1s"}, "idempotentActions": ["one"]}`, "1", "2"},
		{"other methods", `{"idempotency": {"methods": ["PUT"]}}`, "2", "2"},
		{"both", `{"idempotentActions": ["two", "one"]}`, "1", "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := good()
			if err := json.Unmarshal([]byte(tt.text), &cfg); err != nil {
				t.Fatal(err)
			}
			own, err := idempotency.New(idempotency.Options{Field: "X-Own"})
			if err != nil {
				t.Fatal(err)
			}
			other := counting("other")
			other.Idempotency = own
			kit := newKit(t, cfg, counting("one"), counting("two"), other)
			for name, want := range map[string]string{"one": tt.first, "two": tt.both, "other": "2"} {
				key := requestKey + name
				send(kit, "POST", "/api/"+name, key)
				w := send(kit, "POST", "/api/"+name, key)
				if w.Code != 200 || !strings.Contains(w.Body.String(), `"run":`+want) || (w.Header().Get("Idempotent-Replayed") == "true") != (want == "1") {
					t.Errorf("%s: got %d %s %v, want run %s", name, w.Code, w.Body, w.Header(), want)
				}
				if w := send(kit, "GET", "/api/"+name, key); strings.Contains(w.Body.String(), `"run":1}`) {
					t.Errorf("%s: a GET was answered from the store: %s", name, w.Body)
				}
			}
		})
	}
}

// TestIdempotencyRefuses holds that refusals are answered in the envelope, by texts
// of one's own, and that the document has the field.
func TestIdempotencyRefuses(t *testing.T) {
	cfg := good()
	err := json.Unmarshal([]byte(`{"idempotency": {"required": true}, "envelope": {"errors": {"details": true, "texts": {"idempotency_key_missing": "Bitte mit Schlüssel"}}}}`), &cfg)
	if err != nil {
		t.Fatal(err)
	}
	kit := newKit(t, cfg, counting("one"))
	if w := send(kit, "POST", "/api/one", ""); w.Code != 400 || !strings.Contains(w.Body.String(), `"error":"Bitte mit Schlüssel"`) || !strings.Contains(w.Body.String(), `"errorCode":"idempotency_key_missing"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := send(kit, "POST", "/api/one", "short"); w.Code != 400 || !strings.Contains(w.Body.String(), "needs 16 characters or more") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	document, err := json.Marshal(kit.OpenAPI())
	if err != nil || !strings.Contains(string(document), `"Idempotency-Key"`) {
		t.Errorf("the document does not have the field: %v", err)
	}
}

// TestWhatIsWrongWithIdempotency holds that each problem is named by its path.
func TestWhatIsWrongWithIdempotency(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`{"idempotency": {"lease": "1ms"}}`, `sidekick: idempotency.lease (SIDEKICK_IDEMPOTENCY_LEASE): invalid value 1ms: want 1s or more, or 0 for 30s`},
		{`{"idempotentActions": ["list", "nope"]}`, `sidekick: idempotentActions[1] (SIDEKICK_IDEMPOTENT_ACTIONS): invalid value "nope": no action has this name`},
		{`{"redis": "redis://localhost"}`, `sidekick: redis (SIDEKICK_REDIS): this program has no Redis client: use the program in redis/cmd/sidekick, or set Config.OpenRedis to Open of the module github.com/sidekick-http/sidekick/redis`},
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
	cfg.Idempotency = &idempotency.Options{Lease: time.Millisecond}
	const want = `sidekick: idempotency.lease (SIDEKICK_IDEMPOTENCY_LEASE): invalid value 1ms: want 1s or more, or 0 for 30s`
	if err := cfg.UnmarshalJSON([]byte(`{"idempotency": false}`)); err == nil || err.Error() != want {
		t.Errorf("behind a switch: got %v", err)
	}
}

// unfinishing is a store that does not take responses.
type unfinishing struct {
	idempotency.Store
	attempts, late atomic.Int64 // late: after it was closed
	closed         atomic.Bool
}

func (u *unfinishing) Finish(context.Context, idempotency.Claim, []byte) error {
	u.attempts.Add(1)
	if u.closed.Load() {
		u.late.Add(1)
	}
	return errors.New("connection refused")
}

// Closing the server ends what is repeated while the store fails, before it closes the
// store.
func TestCloseEndsWhatIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory, err := idempotency.NewMemory(idempotency.MemoryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		store := &unfinishing{Store: memory}
		cfg := good()
		cfg.Logger = slog.New(slog.DiscardHandler)
		cfg.Redis = "redis://localhost"
		cfg.OpenRedis = func(string) (*sidekick.Stores, error) {
			return &sidekick.Stores{Idempotency: store, Close: func() error { store.closed.Store(true); return nil }}, nil
		}
		cfg.Idempotency = &idempotency.Options{}
		kit, err := sidekick.New(cfg, counting("one"))
		if err != nil {
			t.Fatal(err)
		}
		if w := send(kit, "POST", "/api/one", requestKey); w.Code != 200 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		time.Sleep(10 * time.Second)
		before := store.attempts.Load()
		if err := kit.Close(); err != nil {
			t.Error(err)
		}
		if n := store.attempts.Load() - before; before == 0 || n != 1 {
			t.Errorf("%d attempts before Close and %d in it, want some and 1", before, n)
		}
		time.Sleep(time.Minute)
		if n := store.late.Load(); n != 0 {
			t.Errorf("%d attempts after the store was closed", n)
		}
	})
}
