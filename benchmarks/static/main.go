// Command static measures how file servers send files over loopback.
//
// Each server runs as a process of its own. Rounds go through every server and
// every kind of work in turn, so that what else the machine does hits all
// alike; the table shows medians. The processor time of a request is what the
// kernel says the server's threads have used, divided by the answers; every
// answer is checked for its status and length, the first of each kind for its
// content.
//
//	go run ./static                         # from the folder benchmarks
//	go run ./static -rounds 9 -only sidekick,nginx -work 10MiB
//	go run ./static -work stalled -stalled 10000
//
// The last table is the memory that clients cost who do not read what they
// asked for; it needs two descriptors for each of them (ulimit -n).
//
// It needs Linux. nginx is left out where it is not installed.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// work is one kind of request.
type work struct {
	name        string
	path        string
	size        int
	conditional bool // sends the validators of the first answer, wants a 304
	requests    int  // in one round
}

var works = []work{
	{name: "1KiB", path: "/1k.html", size: 1 << 10, requests: 20_000},
	{name: "1KiB-deep", path: "/a/b/1k.html", size: 1 << 10, requests: 20_000},
	{name: "304", path: "/1k.html", size: 1 << 10, conditional: true, requests: 20_000},
	{name: "100KiB", path: "/100k.bin", size: 100 << 10, requests: 8_000},
	{name: "10MiB", path: "/10m.bin", size: 10 << 20, requests: 200},
}

func main() {
	log.SetFlags(0)
	serve := flag.String("serve", "", "internal: be this server")
	dir := flag.String("dir", "", "internal: the files to serve")
	rounds := flag.Int("rounds", 5, "how many rounds")
	conns := flag.Int("conns", 8, "how many connections at once")
	scale := flag.Float64("scale", 1, "factor for the number of requests")
	only := flag.String("only", "", "servers to measure, separated by commas (default all)")
	kinds := flag.String("work", "", "kinds of work, separated by commas (default all; the last is stalled)")
	clients := flag.Int("stalled", 2000, "how many stalled clients")
	flag.Parse()

	if *serve != "" {
		log.Fatal(beServer(*serve, *dir))
	}
	if err := run(*rounds, *conns, *clients, *scale, names(*only), names(*kinds)); err != nil {
		log.Fatal(err)
	}
}

func names(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func run(rounds, conns, clients int, scale float64, only, kinds []string) error {
	dir, err := os.MkdirTemp("", "static-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := writeFiles(filepath.Join(dir, "files"))
	if err != nil {
		return err
	}

	servers := startAll(dir, only)
	defer func() {
		for _, s := range servers {
			s.stop()
		}
	}()
	// Servers may hold back with keeping a file that was only just written.
	time.Sleep(4 * time.Second)

	for _, wk := range works {
		if kinds != nil && !slices.Contains(kinds, wk.name) {
			continue
		}
		wk.requests = max(conns, int(float64(wk.requests)*scale))
		results := map[string]*result{}
		for round := range rounds + 1 {
			order := rand.Perm(len(servers))
			for _, i := range order {
				s := servers[i]
				m, err := measure(s, wk, conns, files[wk.path])
				if err != nil {
					return fmt.Errorf("%s, %s: %w", s.name, wk.name, err)
				}
				if round == 0 {
					continue // to warm up
				}
				if results[s.name] == nil {
					results[s.name] = &result{}
				}
				results[s.name].add(m)
			}
		}
		report(wk, servers, results)
	}
	if kinds == nil || slices.Contains(kinds, "stalled") {
		return reportStalled(servers, clients)
	}
	return nil
}

// startAll starts the servers of those names, or all. One that is not installed is left
// out.
func startAll(dir string, only []string) (servers []*server) {
	for _, name := range serverNames {
		if only != nil && !slices.Contains(only, name) {
			continue
		}
		s, err := start(name, dir)
		if err != nil {
			fmt.Printf("%s is left out: %v\n", name, err)
			continue
		}
		servers = append(servers, s)
	}
	return servers
}

// writeFiles makes the files to serve and returns their content by path.
func writeFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, wk := range works {
		if files[wk.path] != nil {
			continue
		}
		content := bytes.Repeat([]byte("All work and no play. "), wk.size/22+1)[:wk.size]
		path := filepath.Join(dir, filepath.FromSlash(wk.path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return nil, err
		}
		files[wk.path] = content
	}
	return files, nil
}

// sample is what one server did in one round.
type sample struct {
	cpu     time.Duration // of the server, for one request
	rate    float64       // requests a second
	through float64       // MB/s of content
}

type result struct{ cpu, rate, through []float64 }

func (r *result) add(m sample) {
	r.cpu = append(r.cpu, float64(m.cpu)/1e3)
	r.rate = append(r.rate, m.rate)
	r.through = append(r.through, m.through)
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}

func report(wk work, servers []*server, results map[string]*result) {
	fmt.Printf("\n%s, %d requests a round, medians of %d rounds\n", wk.name, wk.requests, len(results[servers[0].name].cpu))
	fmt.Printf("  %-12s %12s %10s %10s %12s %10s\n", "server", "CPU µs/req", "req/s", "MB/s", "CPU/FileSrv", "MB/nginx")
	ratio := func(value float64, other string, of func(*result) []float64) string {
		if results[other] == nil {
			return "-"
		}
		return fmt.Sprintf("%.2f", value/median(of(results[other])))
	}
	for _, s := range servers {
		r := results[s.name]
		cpu, through := median(r.cpu), median(r.through)
		fmt.Printf("  %-12s %12.1f %10.0f %10.0f %12s %10s\n", s.name, cpu, median(r.rate), through,
			ratio(cpu, "fileserver", func(r *result) []float64 { return r.cpu }),
			ratio(through, "nginx", func(r *result) []float64 { return r.through }))
	}
}
