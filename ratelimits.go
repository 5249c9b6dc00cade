package sidekick

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// makeLimits makes the rate limit for all actions, and those of single actions,
// which become middleware of the action.
func (k *Kit) makeLimits(bad *cfgerr.List) {
	c := &k.cfg
	if c.RateLimit == nil && len(c.ActionRateLimits) == 0 {
		return
	}
	var o ratelimit.Options
	if c.RateLimit != nil {
		o = *c.RateLimit
	}
	if o.KeyFingerprint && c.DisableFingerprint {
		bad.Add("rateLimit.keyFingerprint", true, "fingerprints are switched off by disableFingerprint")
	}
	if o.Store == nil {
		o.Store = k.stores.RateLimit
	}
	if o.Store == nil {
		o.Store, _ = ratelimit.NewMemory(ratelimit.MemoryOptions{}) // the defaults cannot fail
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = k.respond
	}
	if o.Logger == nil {
		o.Logger = k.logger
	}
	if c.RateLimit != nil {
		k.limiter = piece(bad, "rateLimit", ratelimit.New, o)
	}
	for _, name := range slices.Sorted(maps.Keys(c.ActionRateLimits)) {
		k.limitAction(bad, name, o)
	}
}

// limitAction gives the named action its own limits. o holds the options that all
// limits share.
func (k *Kit) limitAction(bad *cfgerr.List, name string, o ratelimit.Options) {
	path := fmt.Sprintf("actionRateLimits[%q]", name)
	o.Limits = k.cfg.ActionRateLimits[name]
	_, err := ratelimit.New(ratelimit.Options{Limits: o.Limits})
	bad.Join(cfgerr.Map(under(path, err), func(e cfgerr.Error) error {
		e.Field = strings.Replace(e.Field, path+".limits", path, 1)
		return &e
	}))
	// Names of actions may contain characters that a scope may not.
	o.Scope = fmt.Sprintf("action-%.16x", sha256.Sum256([]byte(o.Scope+"\x00"+strings.ToLower(name))))
	limiter, _ := ratelimit.New(o) // other problems of o are reported for RateLimit
	found := false
	for i := range k.cfg.Actions.Actions {
		a := &k.cfg.Actions.Actions[i]
		if !strings.EqualFold(a.Name, name) {
			continue
		}
		if found = true; limiter != nil {
			a.Middleware = slices.Concat([]dispatch.Middleware{limiting(limiter)}, a.Middleware)
		}
	}
	if !found {
		bad.Add(path, nil, "no action has this name")
	}
}

// limiting is middleware that refuses what the limiter refuses. An action that runs
// outside a request has no client to count.
func limiting(l *ratelimit.Limiter) dispatch.Middleware {
	return dispatch.Middleware{Name: "rate limit", Around: func(next dispatch.Runner) dispatch.Runner {
		return func(ctx context.Context, c *dispatch.Connection) (any, error) {
			if c.Type() != "web" {
				return next(ctx, c)
			}
			d, err := l.Check(ctx, c.Request())
			h := http.Header{}
			l.SetFields(h, d, err)
			for name, values := range h {
				c.SetHeader(name, values[0])
			}
			if err != nil {
				return nil, err
			}
			return next(ctx, c)
		}
	}}
}

// fillLimits fills in the defaults of all rate limits.
func (c *Config) fillLimits() {
	if c.RateLimit != nil {
		c.RateLimit = new(c.RateLimit.WithDefaults())
	}
	c.ActionRateLimits = maps.Clone(c.ActionRateLimits)
	for name, limits := range c.ActionRateLimits {
		c.ActionRateLimits[name] = ratelimit.Options{Limits: limits}.WithDefaults().Limits
	}
}
