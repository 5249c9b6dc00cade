package sidekick_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// remembering is a store of answers that notes whether it was asked.
type remembering struct {
	idempotency.Store
	asked int
}

func (s *remembering) Begin(ctx context.Context, c idempotency.Claim) (idempotency.Begun, error) {
	s.asked++
	return s.Store.Begin(ctx, c)
}

// TestStores holds that what Redis names keeps what is shared, for pieces without a
// Store of their own, and is closed once: with the server, and where it cannot be
// made.
func TestStores(t *testing.T) {
	memory, err := idempotency.NewMemory(idempotency.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var opened string
	closed := 0
	answers, counts := &remembering{Store: memory}, &failing{}
	cfg := good()
	cfg.Redis = "redis://u:secret@localhost"
	cfg.OpenRedis = func(url string) (*sidekick.Stores, error) {
		opened = url
		return &sidekick.Stores{RateLimit: counts, Idempotency: answers, Close: func() error { closed++; return nil }}, nil
	}
	cfg.RateLimit = &ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 1, Per: time.Second}}, Fallback: ratelimit.FallbackOpen}
	cfg.ActionRateLimits = map[string][]ratelimit.Limit{"one": {{Rate: 1, Per: time.Second}}}
	cfg.Idempotency = &idempotency.Options{}
	kit, err := sidekick.New(cfg, counting("one"))
	if err != nil {
		t.Fatal(err)
	}
	if w := send(kit, "POST", "/api/one", requestKey); w.Code != 200 || opened != cfg.Redis || answers.asked != 1 || counts.asked.Load() != 2 {
		t.Errorf("got %d %s; opened %q, asked %d and %d", w.Code, w.Body, opened, answers.asked, counts.asked.Load())
	}
	for range 2 {
		if err := kit.Close(); err != nil || closed != 1 {
			t.Errorf("closed %d times, %v", closed, err)
		}
	}

	own := &failing{}
	cfg.RateLimit.Store, cfg.Idempotency.Store = own, memory
	kit = newKit(t, cfg, counting("one"))
	if w := send(kit, "POST", "/api/one", requestKey); w.Code != 200 || own.asked.Load() == 0 || answers.asked != 1 || counts.asked.Load() != 2 {
		t.Errorf("stores of one's own: got %d %s; asked %d, %d and %d", w.Code, w.Body, own.asked.Load(), answers.asked, counts.asked.Load())
	}

	closed = 0
	cfg.Envelope.Padding = 99
	if _, err := sidekick.New(cfg, counting("one")); err == nil || closed != 1 {
		t.Errorf("got %v, closed %d times", err, closed)
	}
	cfg.Envelope.Padding = 0
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&sidekick.ConfigError{Package: "p", Field: "URL", Value: "secret", Reason: "invalid port"}, "sidekick: redis (SIDEKICK_REDIS): invalid port"},
		{errors.New("no room"), "sidekick: redis (SIDEKICK_REDIS): no room"},
	} {
		cfg.OpenRedis = func(string) (*sidekick.Stores, error) { return nil, tt.err }
		if _, err := sidekick.New(cfg, counting("one")); err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
	cfg.OpenRedis = func(string) (*sidekick.Stores, error) { return nil, nil }
	if _, err := sidekick.New(cfg, counting("one")); err == nil || !strings.Contains(err.Error(), "OpenRedis returned no stores") {
		t.Errorf("no stores: got %v", err)
	}
	// The error of a client of one's own does not show the password.
	cfg.Redis = "redis://u:se%zzcret@h"
	cfg.OpenRedis = func(address string) (*sidekick.Stores, error) {
		_, err := url.Parse(address)
		return nil, fmt.Errorf("open: %w", err)
	}
	if _, err := sidekick.New(cfg, counting("one")); err == nil || strings.Contains(err.Error(), "cret") || strings.Contains(err.Error(), "zz") {
		t.Errorf("a URL that cannot be parsed: got %v", err)
	}
}

// TestRedisIsPingedOnceWhileTheServerServes holds that a server which cannot be reached is
// one warning, without its password, and neither an error nor a delay.
func TestRedisIsPingedOnceWhileTheServerServes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ping func(ctx context.Context, served <-chan struct{}) error
		want string // of the warning
	}{
		"it is there":       {func(context.Context, <-chan struct{}) error { return nil }, ""},
		"it is unreachable": {func(context.Context, <-chan struct{}) error { return errors.New("dial tcp: connection refused") }, "dial tcp: connection refused"},
		"it is slow": {func(_ context.Context, served <-chan struct{}) error {
			<-served
			return errors.New("i/o timeout")
		}, "i/o timeout"},
		"it does not answer before the stop": {func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); return ctx.Err() }, ""},
		"the error has the password":         {func(context.Context, <-chan struct{}) error { return errors.New("bad: secret") }, "the URL cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logger, log := newLogger()
			served, pinged := make(chan struct{}), make(chan struct{})
			cfg := good()
			cfg.Logger, cfg.Redis = logger, "redis://u:secret@localhost:1/0"
			cfg.Server.Port, cfg.Server.BindIP = "0", "127.0.0.1"
			cfg.OpenRedis = func(string) (*sidekick.Stores, error) {
				return &sidekick.Stores{Ping: func(ctx context.Context) error { defer close(pinged); return tt.ping(ctx, served) }}, nil
			}
			kit := newKit(t, cfg, counting("one"))
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ls, err := kit.Listen(ctx)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- kit.Serve(ctx, ls...) }()
			res, err := http.Get(sidekick.URL(ls[0]) + "api/one")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			close(served)
			var warnings []map[string]any
			for tt.want != "" && len(warnings) == 0 && t.Context().Err() == nil {
				<-pinged
				warnings = append(warnings, redisWarnings(log)...)
			}
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
			<-pinged
			warnings = append(warnings, redisWarnings(log)...)
			if want := min(1, len(tt.want)); len(warnings) != want {
				t.Fatalf("got %v, want %d", warnings, want)
			}
			if tt.want != "" && (!strings.HasPrefix(fmt.Sprint(warnings[0]["error"]), tt.want) || warnings[0]["redis"] != "redis://u:xxxxx@localhost:1/0" || strings.Contains(fmt.Sprint(warnings), "secret")) {
				t.Errorf("got %v", warnings[0])
			}
		})
	}
}

// redisWarnings takes what a log has about Redis.
func redisWarnings(log *records) (warnings []map[string]any) {
	all, _ := log.take()
	for _, one := range all {
		if one["level"] == "WARN" && strings.HasPrefix(fmt.Sprint(one["msg"]), "redis cannot be reached") {
			warnings = append(warnings, one)
		}
	}
	return warnings
}

// TestSharingNeedsKeysOfTheFingerprint holds that processes do not share by ids that
// only one of them knows.
func TestSharingNeedsKeysOfTheFingerprint(t *testing.T) {
	const want = "sidekick: fingerprint.keys (SIDEKICK_FINGERPRINT_KEYS): there are no keys, so a process cannot recognize the clients of the others"
	for _, tt := range []struct {
		name   string
		change func(*sidekick.Config)
		want   string
	}{
		{"nothing is shared by it", func(*sidekick.Config) {}, ""},
		{"idempotency", func(c *sidekick.Config) { c.Idempotency = &idempotency.Options{} }, want},
		{"idempotency of an action", func(c *sidekick.Config) { c.IdempotentActions = []string{"one"} }, want},
		{"idempotency with keys", func(c *sidekick.Config) {
			c.Idempotency, c.Fingerprint.Keys = &idempotency.Options{}, [][]byte{[]byte(strings.Repeat("k", 32))}
		}, ""},
		{"idempotency without fingerprints", func(c *sidekick.Config) { c.Idempotency, c.DisableFingerprint = &idempotency.Options{}, true }, ""},
		{"idempotency by something else", func(c *sidekick.Config) {
			c.Idempotency = &idempotency.Options{Scope: func(r *http.Request) string { return r.Header.Get("X-Customer") }}
		}, ""},
		{"idempotency with a store of its own", func(c *sidekick.Config) {
			c.Idempotency = &idempotency.Options{Store: &remembering{}}
		}, ""},
		{"limits by fingerprint, with a store of their own", func(c *sidekick.Config) {
			c.RateLimit = &ratelimit.Options{KeyFingerprint: true, Store: &failing{}}
		}, ""},
		{"limits by address", func(c *sidekick.Config) { c.RateLimit = &ratelimit.Options{} }, ""},
		{"limits by fingerprint", func(c *sidekick.Config) { c.RateLimit = &ratelimit.Options{KeyFingerprint: true} }, want},
		{"without Redis", func(c *sidekick.Config) { c.Idempotency, c.Redis = &idempotency.Options{}, "" }, ""},
	} {
		cfg := sidekick.Production()
		cfg.Logger = slog.New(slog.DiscardHandler)
		cfg.Redis = "redis://localhost"
		cfg.OpenRedis = func(string) (*sidekick.Stores, error) { return &sidekick.Stores{}, nil }
		tt.change(&cfg)
		if cfg.RateLimit != nil {
			cfg.RateLimit.Limits = []ratelimit.Limit{{Rate: 1, Per: time.Second}}
		}
		kit, err := sidekick.New(cfg, counting("one"))
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
		if kit != nil {
			_ = kit.Close()
		}
	}
}

// TestPasswordOfRedisIsNotShown holds that what lists and writes options leaves it
// out, whatever is wrong with the URL.
func TestPasswordOfRedisIsNotShown(t *testing.T) {
	for _, tt := range []struct{ url, shown, written string }{
		{"redis://localhost:6379/0", `"redis://localhost:6379/0"`, `"redis":"redis://localhost:6379/0"`},
		{"rediss://u@h", `"rediss://u@h"`, `"redis":"rediss://u@h"`},
		{"redis://u:secret@h/0?a=b", `"redis://u:xxxxx@h/0?a=b"`, `"redis":null`},
		{"redis://:secret@h", `"redis://:xxxxx@h"`, `"redis":null`},
		{"redis:u:secret@h", `"(not shown)"`, `"redis":null`},
		{"u:secret@h:%zz", `"(not shown)"`, `"redis":null`},
		{"", `""`, `"redis":""`},
	} {
		cfg := good()
		cfg.Redis = tt.url
		shown := ""
		for path, value := range cfg.Settings() {
			if path == "redis" {
				shown = value
			}
		}
		text, err := json.Marshal(cfg)
		if err != nil || shown != tt.shown || !strings.Contains(string(text), tt.written) || strings.Contains(string(text), "secret") {
			t.Errorf("%s: got %s, %v, %s", tt.url, shown, err, text)
		}
	}
	var cfg sidekick.Config
	for text, want := range map[string]string{
		`{"redis": ["redis://u:secret@h"]}`:          "sidekick: redis (SIDEKICK_REDIS): want a URL, as a string",
		`{"redis": {"client": "redis://:secret@h"}}`: "sidekick: redis (SIDEKICK_REDIS): want a URL, as a string",
		`{"redis": 6379}`:                            "sidekick: redis (SIDEKICK_REDIS): want a URL, as a string",
	} {
		if err := json.Unmarshal([]byte(text), &cfg); err == nil || err.Error() != want {
			t.Errorf("%s: got %v", text, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"redis": null}`), &cfg); err != nil || cfg.Redis != "" {
		t.Errorf("null: got %q, %v", cfg.Redis, err)
	}
}
