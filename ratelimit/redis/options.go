package redis

import (
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/internal/redisurl"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// The defaults of [Options].
const (
	DefaultPrefix        = "ratelimit:"
	DefaultMaxBatch      = 64
	DefaultLocalRefusals = time.Second
)

// mostBatch keeps a script from blocking a server for more than about ten
// milliseconds.
const mostBatch = 1024

// Options configure a [Store]. Client is required; for all other fields the zero
// value means the documented default.
type Options struct {
	_ struct{}

	// Client connects to the server: a client, a failover client, a cluster client or
	// a ring of go-redis. Its ContextTimeoutEnabled must be set: otherwise a server
	// that hangs would block later checks for longer than the limiter waits.
	// MaxRetries should be -1: a check that is sent twice may be counted twice. The
	// Store does not close it.
	Client goredis.UniversalClient

	// Prefix is the prefix of the names of all keys. It must not contain braces.
	// Default: "ratelimit:".
	Prefix string

	// MaxBatch is how many checks may be decided by one script or sent in one
	// pipeline, 1 to 1024. Default: 64.
	MaxBatch int

	// LocalRefusals is how long a refused client may be refused without asking the
	// server again. If a key is deleted by hand, that is noticed only after this
	// time. Default: a second. Negative: the server is always asked.
	LocalRefusals time.Duration
}

// New returns a Store. Its error joins a [*ratelimit.ConfigError] for every
// problem of the options. It does not connect.
func New(o Options) (*Store, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return newStore(o), nil
}

// Open returns a Store for the server at a URL, with a client of its own, which
// [Store.Close] closes:
//
//	redis://user:password@host:6379/0
//	rediss://host:6380                                  over TLS
//	unix:///run/redis/redis.sock?db=0
//	redis://host:6379?addr=host2:6379&addr=host3:6379   a cluster
//
// Other parameters are those of go-redis, such as dial_timeout=5s. The defaults of
// this package are timeouts of a second, which matter only if
// [ratelimit.Options.StoreTimeout] is longer, no retries, and RESP2, which needs
// fewer round trips at the start of a connection. Open does not connect, and its
// errors do not repeat the URL, which may contain a password.
func Open(address string) (*Store, error) {
	client, err := dial(address)
	if err != nil {
		return nil, &ratelimit.ConfigError{Package: "ratelimit/redis", Field: "URL", Reason: redisurl.Reason(address, err)}
	}
	s, err := New(Options{Client: client})
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	s.owned = client
	return s, nil
}

// dial makes a client for a URL. It does not connect.
func dial(address string) (goredis.UniversalClient, error) {
	completed, cluster, err := redisurl.Complete(address, "-1")
	if err != nil {
		return nil, err
	}
	if cluster {
		o, err := goredis.ParseClusterURL(completed)
		if err != nil {
			return nil, err
		}
		o.ContextTimeoutEnabled, o.DialerRetries = true, 1
		return goredis.NewClusterClient(o), nil
	}
	o, err := goredis.ParseURL(completed)
	if err != nil {
		return nil, err
	}
	o.ContextTimeoutEnabled, o.DialerRetries = true, 1
	return goredis.NewClient(o), nil
}

// withDefaults fills in the defaults.
func (o Options) withDefaults() Options {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.MaxBatch == 0 {
		o.MaxBatch = DefaultMaxBatch
	}
	if o.LocalRefusals == 0 {
		o.LocalRefusals = DefaultLocalRefusals
	}
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	var errs []error
	add := func(field string, value any, format string, args ...any) {
		errs = append(errs, &ratelimit.ConfigError{Package: "ratelimit/redis", Field: field, Value: value, Reason: fmt.Sprintf(format, args...)})
	}
	enabled := true
	switch c := o.Client.(type) {
	case nil:
		add("Client", nil, "a client is required")
	case *goredis.Client:
		enabled = c.Options().ContextTimeoutEnabled
	case *goredis.ClusterClient:
		enabled = c.Options().ContextTimeoutEnabled
	case *goredis.Ring:
		enabled = c.Options().ContextTimeoutEnabled
	}
	if !enabled {
		add("Client", nil, "ContextTimeoutEnabled must be set in its options, so that a server that hangs costs no more than the limiter waits")
	}
	if strings.ContainsAny(o.Prefix, "{}") {
		add("Prefix", o.Prefix, "want no braces: those around the client's key decide the slot in a cluster")
	}
	if o.MaxBatch < 1 || o.MaxBatch > mostBatch {
		add("MaxBatch", o.MaxBatch, "want 1 to %d, or 0 for %d", mostBatch, DefaultMaxBatch)
	}
	return errors.Join(errs...)
}
