package redis

import (
	"errors"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/redisurl"
)

// DefaultPrefix is the default of [Options.Prefix].
const DefaultPrefix = "idempotency:"

// Options configure a [Store]. Client is required.
type Options struct {
	_ struct{}

	// Client connects to the server: a client, a failover client, a cluster client or
	// a ring of go-redis. Set its ContextTimeoutEnabled, so that a server that hangs
	// holds no connection for longer than a request waits. Calls may be sent twice,
	// so MaxRetries may have any value. The Store does not close it.
	Client goredis.UniversalClient

	// Prefix is the prefix of the names of all keys. Default: "idempotency:".
	Prefix string
}

// New returns a Store. Its error is an [*idempotency.ConfigError]. It does not
// connect.
func New(o Options) (*Store, error) {
	if o.Client == nil {
		return nil, &idempotency.ConfigError{Package: "idempotency/redis", Field: "Client", Reason: "a client is required"}
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	return &Store{client: o.Client, prefix: o.Prefix, scripts: newScripts()}, nil
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
// [idempotency.Options.StoreTimeout] is longer, one retry, which helps if the
// server has closed a connection, and RESP2. Open does not connect, and its errors
// do not repeat the URL, which may contain a password.
func Open(address string) (*Store, error) {
	client, err := dial(address)
	if err != nil {
		return nil, &idempotency.ConfigError{Package: "idempotency/redis", Field: "URL", Reason: redisurl.Reason(address, err)}
	}
	s, err := New(Options{Client: client})
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	s.owned = true
	return s, nil
}

// dial makes a client for a URL. It does not connect.
func dial(address string) (goredis.UniversalClient, error) {
	completed, cluster, err := redisurl.Complete(address, "1")
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
