package redis

import (
	"context"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/idempotency"
)

// A Store keeps records in Redis or Valkey. It is an [idempotency.Store], made by
// [New] or [Open] and safe for concurrent use. Its errors are those of go-redis, of
// the server, or of the context, and [idempotency.ErrLost].
type Store struct {
	client  goredis.UniversalClient
	prefix  string
	scripts scripts
	owned   bool
}

// Close closes the connections of a Store made by [Open]. It does not close a
// client that the Store was given.
func (s *Store) Close() error {
	if !s.owned {
		return nil
	}
	return s.client.Close()
}

// Ping reports whether the server can be reached. Of a cluster it asks one server.
func (s *Store) Ping(ctx context.Context) error { return s.client.Ping(ctx).Err() }

// Begin implements [idempotency.Store].
func (s *Store) Begin(ctx context.Context, c idempotency.Claim) (idempotency.Begun, error) {
	said, value, err := s.run(ctx, s.scripts.begin, c, c.Owner, c.Request, milliseconds(c.Lease), milliseconds(c.Keep))
	if err != nil {
		return idempotency.Begun{}, err
	}
	switch said {
	case claimed:
		if fence, ok := value.(int64); ok {
			return idempotency.Begun{State: idempotency.Claimed, Fence: fence}, nil
		}
	case running:
		return idempotency.Begun{State: idempotency.Running}, nil
	case finished:
		if answer, ok := value.(string); ok {
			return idempotency.Begun{State: idempotency.Finished, Answer: []byte(answer)}, nil
		}
	case different:
		return idempotency.Begun{State: idempotency.Different}, nil
	}
	return idempotency.Begun{}, unexpected(said, value)
}

// Renew implements [idempotency.Store].
func (s *Store) Renew(ctx context.Context, c idempotency.Claim) error {
	return s.do(ctx, s.scripts.renew, c, c.Owner, c.Request, milliseconds(c.Lease), milliseconds(c.Keep), c.Fence)
}

// Finish implements [idempotency.Store].
func (s *Store) Finish(ctx context.Context, c idempotency.Claim, answer []byte) error {
	return s.do(ctx, s.scripts.finish, c, c.Owner, c.Request, milliseconds(c.Keep), c.Fence, answer)
}

// Abort implements [idempotency.Store].
func (s *Store) Abort(ctx context.Context, c idempotency.Claim) error {
	return s.do(ctx, s.scripts.abort, c, c.Owner)
}

// do runs a script whose only result is whether the key is lost.
func (s *Store) do(ctx context.Context, script *goredis.Script, c idempotency.Claim, arguments ...any) error {
	said, value, err := s.run(ctx, script, c, arguments...)
	switch {
	case err != nil:
		return err
	case said == lost:
		return idempotency.ErrLost
	case said != done:
		return unexpected(said, value)
	}
	return nil
}

// run runs a script and returns the one or two values that it returned.
func (s *Store) run(ctx context.Context, script *goredis.Script, c idempotency.Claim, arguments ...any) (said int64, value any, err error) {
	values, err := script.Run(ctx, s.client, []string{s.prefix + c.Key}, arguments...).Slice()
	if err != nil {
		return 0, nil, err
	}
	if len(values) > 1 {
		value = values[1]
	}
	if len(values) > 0 {
		if said, ok := values[0].(int64); ok {
			return said, value, nil
		}
	}
	return 0, nil, unexpected(0, values)
}

func unexpected(said int64, value any) error {
	return fmt.Errorf("idempotency/redis: the script has answered %d and a %T, which no script does", said, value)
}

// milliseconds rounds up, to at least 1: PEXPIRE with 0 deletes the key.
func milliseconds(d time.Duration) int64 {
	return max(1, int64((d+time.Millisecond-1)/time.Millisecond))
}
