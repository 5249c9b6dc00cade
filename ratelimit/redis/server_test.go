//go:build unix

package redis_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/internal/redistest"
)

// eachProgram runs a test with every installed server.
func eachProgram(t *testing.T, test func(t *testing.T, program string)) {
	t.Helper()
	redistest.EachProgram(t, test)
}

// server is a server that tests can also inspect.
type server struct {
	*redistest.Server
	t testing.TB
}

func start(t testing.TB, program string, args ...string) *server {
	t.Helper()
	return &server{redistest.Start(t, program, args...), t}
}

// client returns a client for inspecting the server.
func (s *server) client() *goredis.Client {
	c := goredis.NewClient(&goredis.Options{Addr: s.Addr, ContextTimeoutEnabled: true})
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// calls returns how often the server has received a command.
func (s *server) calls(command string) (n int) {
	s.t.Helper()
	info, err := s.client().InfoMap(context.Background(), "commandstats").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	if stats := info["Commandstats"]["cmdstat_"+command]; stats != "" {
		if _, err := fmt.Sscanf(stats, "calls=%d", &n); err != nil {
			s.t.Fatal(err)
		}
	}
	return n
}

// cluster is three servers that share the slots.
type cluster []*server

func startCluster(t testing.TB, program string) cluster {
	t.Helper()
	var c cluster
	ctx := context.Background()
	var buses []string
	for range 3 {
		bus := redistest.FreePort(t)
		buses = append(buses, bus)
		c = append(c, start(t, program, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "2000",
			"--cluster-require-full-coverage", "no", "--cluster-config-file", "nodes.conf"))
	}
	for i, s := range c {
		if err := s.client().ClusterAddSlotsRange(ctx, i*16384/3, (i+1)*16384/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		host, port, _ := net.SplitHostPort(c[0].Addr)
		if err := s.client().Do(ctx, "CLUSTER", "MEET", host, port, buses[0]).Err(); i > 0 && err != nil {
			t.Fatal(err)
		}
	}
	redistest.WaitFor(t, "the servers to know each other", func() bool {
		for _, s := range c {
			info := s.client().ClusterInfo(ctx).Val()
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_slots_ok:16384") || !strings.Contains(info, "cluster_known_nodes:3") {
				return false
			}
		}
		return true
	})
	return c
}

func (c cluster) URL() string {
	return fmt.Sprintf("redis://%s?addr=%s&addr=%s", c[0].Addr, c[1].Addr, c[2].Addr)
}
