// Command cluster is a server that can run as any number of processes, which share
// Redis and a folder. It has an order that is placed only once however often it is
// sent, rate limits that hold across all processes, and uploads that can be continued
// in another process.
//
//	redis-server --appendonly yes &
//	export SIDEKICK_REDIS=redis://127.0.0.1:6379
//	PORT=8081 go run ./cluster -config cluster/cluster.json -dir /srv/files &
//	PORT=8082 go run ./cluster -config cluster/cluster.json -dir /srv/files &
//	nginx -c $PWD/cluster/nginx.conf
//
// Without SIDEKICK_REDIS everything except the uploads is kept in the memory of the
// process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/redis"
)

func main() {
	file := flag.String("config", "", "a JSON `file` with options")
	dir := flag.String("dir", "", "the `folder` for uploads, which all processes share")
	flag.Parse()
	goredis.SetLogger(silent{})
	if err := run(*file, *dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until a signal comes.
func run(file, dir string) (err error) {
	cfg, _, err := sidekick.Load(sidekick.LoadOptions{File: file})
	if err != nil {
		return err
	}
	cfg.OpenRedis = redis.Open
	uploads, err := newUploads(dir)
	if err != nil {
		return err
	}
	cfg.Chain.All = append(cfg.Chain.All, below("/files", uploads))
	orders, err := openOrders(cfg.Redis)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, orders.close()) }()
	kit, err := sidekick.New(cfg, order(orders))
	if err != nil {
		return err
	}
	return errors.Join(kit.Run(context.Background()), kit.Close())
}

// silent drops what go-redis would write to standard error: the pieces themselves
// log an outage, once.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}
