// Command cluster is a server that can run as any number of processes, which share
// Redis and a folder. It has Sidekick's example actions, an order that is placed
// only once however often it is sent, rate limits that hold across all processes,
// and uploads that can be continued in another process.
//
//	redis-server --appendonly yes &
//	go run ./cluster -address 127.0.0.1:8081 -redis redis://127.0.0.1:6379 -dir /srv/files &
//	go run ./cluster -address 127.0.0.1:8082 -redis redis://127.0.0.1:6379 -dir /srv/files &
//	nginx -c $PWD/cluster/nginx.conf
//
// Without -redis everything is kept in the memory of the process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/middleware/recovery"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/upload"
	"github.com/sidekick-http/sidekick/upload/tus"
)

func main() {
	var o options
	flag.StringVar(&o.address, "address", "127.0.0.1:8080", "the `address` to listen at")
	flag.StringVar(&o.redis, "redis", "", "the `URL` of a server of Redis or Valkey, such as redis://127.0.0.1:6379; memory by default")
	flag.StringVar(&o.dir, "dir", "", "the `folder` for uploads, which all processes share")
	flag.Int64Var(&o.rate, "rate", 100, "how many `requests` a client may send in a second, in the long run")
	flag.Int64Var(&o.burst, "burst", 200, "how many `requests` a client may send at once")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		slog.Error("the server has failed", "error", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	address, redis, dir string
	rate, burst         int64
}

// run serves until ctx ends.
func run(ctx context.Context, o options) error {
	goredis.SetLogger(silent{})
	shared, err := connect(o.redis)
	if err != nil {
		return err
	}
	defer shared.close()
	handler, err := newHandler(o, shared)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.address)
	if err != nil {
		return err
	}
	fmt.Printf("Listening at http://%s\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	return server.Shutdown(ending)
}

// newHandler assembles the pieces.
func newHandler(o options, shared *shared) (http.Handler, error) {
	once, err := idempotency.New(idempotency.Options{
		Required: true, Store: shared.answers,
		Lease: 5 * time.Second, // how long the key of a killed process stays locked
	})
	if err != nil {
		return nil, err
	}
	limiter, err := ratelimit.New(ratelimit.Options{
		Limits: []ratelimit.Limit{{Rate: o.rate, Per: time.Second, Burst: o.burst}},
		Store:  shared.counts,
		// While Redis is away, a process cannot know what the others have let through.
		Fallback:       ratelimit.FallbackClosed,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, // nginx
	})
	if err != nil {
		return nil, err
	}
	actions, err := dispatch.New(dispatch.Options{Actions: append(shared.actions, order(shared.orders, once)), Prefixes: []string{"/api"}})
	if err != nil {
		return nil, err
	}
	uploads, err := newUploads(o.dir)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", limiter.Handler(actions))
	mux.Handle("/files/", http.StripPrefix("/files", uploads))
	recoverer, err := recovery.New(recovery.Options{})
	if err != nil {
		return nil, err
	}
	return recoverer.Handler(mux), nil
}

// newUploads accepts files in pieces and moves complete ones to a folder of their
// own, each named by its id.
func newUploads(dir string) (http.Handler, error) {
	if dir == "" {
		return nil, errors.New("want -dir, the folder for uploads")
	}
	unfinished, finished := filepath.Join(dir, "unfinished"), filepath.Join(dir, "finished")
	for _, folder := range []string{unfinished, finished} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: finished})
	if err != nil {
		return nil, err
	}
	parser, err := upload.New(upload.Options{Store: store, Hash: "sha256"})
	if err != nil {
		return nil, err
	}
	return tus.New(tus.Options{
		Dir: unfinished, Parser: parser,
		Finish: func(_ context.Context, file *upload.File, about tus.Upload) error {
			return file.MoveTo(filepath.Join(finished, about.ID)) // repeating it replaces the file from the first time
		},
	})
}

// silent drops what go-redis would write to standard error: the pieces themselves
// log an outage, once.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}
