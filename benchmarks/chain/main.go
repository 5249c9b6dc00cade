// Command chain measures, over loopback, the server's processor time for a
// request to a small action: of the dispatcher alone, and of the whole chain of
// the assembled server, against a bare handler of net/http that sends the same
// bytes from memory, and against the usual routers with what their users put
// around them.
//
//	go run ./chain          # from the folder benchmarks
//	go run ./chain -rounds 21 -only floor,sidekick-dispatch,sidekick-chain
//	go run ./chain -profile /tmp/profiles -only sidekick-chain
//	go run ./chain -h2      # over TLS and HTTP/2, 64 streams of one connection
//	go run ./chain -tail    # how long the slowest of a mixture take, see tail.go
//	go run ./chain -pieces  # what each piece adds, in process
//
// Each server is a process of its own, and all run at once, but only one is
// asked at a time: rounds go through all of them, in an order that is new each
// time, so that what else the machine does hits all alike. A ratio is the median
// of the ratios within each round; beside it stands the least of all rounds,
// which on a machine that is busy with other work says more. It needs a system
// with getrusage.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/benchmarks/internal/load"
)

func main() {
	serve := flag.String("serve", "", "internal: be this server")
	profile := flag.String("profile", "", "`folder` for CPU profiles of the servers")
	rounds := flag.Int("rounds", 11, "rounds; one more comes first and does not count")
	requests := flag.Int("requests", 10_000, "requests to each server in a round")
	conns := flag.Int("conns", 8, "connections at once")
	only := flag.String("only", "", "servers to measure, separated by commas (default all)")
	http2 := flag.Bool("h2", false, "ask over TLS and HTTP/2, on one connection")
	slowest := flag.Bool("tail", false, "measure how long the slowest requests of a mixture take instead")
	inside := flag.Bool("pieces", false, "time the chain piece by piece in process instead")
	flag.Parse()

	var err error
	switch {
	case *serve != "":
		err = beServer(*serve, *profile, *http2)
	case *inside:
		err = comparePieces(os.Stdout, *rounds)
	case *slowest:
		err = tail(*rounds, *requests)
	case *http2:
		err = run(overHTTP2(64), *rounds, *requests, *only, *profile)
	default:
		err = run(overHTTP1(*conns), *rounds, *requests, *only, *profile)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chain:", err)
		os.Exit(1)
	}
}

// against is the server that all are compared with.
const against = "floor"

func beServer(name, profile string, http2 bool) error {
	for _, c := range contestants {
		if c.name == name {
			h, err := c.handler()
			if err != nil {
				return err
			}
			return load.Serve(h, profile, http2)
		}
	}
	return fmt.Errorf("no server %q", name)
}

// runner is a server with what it has shown so far.
type runner struct {
	contestant
	*load.Server
	request []byte
	cpu     []float64 // µs, one a round
	rate    []float64
}

func run(by protocol, rounds, requests int, only, profile string) (err error) {
	var runners []*runner
	defer func() {
		for _, r := range runners {
			err = errors.Join(err, r.Stop())
		}
	}()
	for _, c := range contestants {
		if c.name != against && only != "" && !slices.Contains(strings.Split(only, ","), c.name) {
			continue
		}
		args := append([]string{"-serve", c.name}, by.args...)
		if profile != "" {
			args = append(args, "-profile", filepath.Join(profile, strings.ReplaceAll(c.name, "/", "-")+".prof"))
		}
		s, err := load.Start(c.name, args...)
		if err != nil {
			return err
		}
		r := &runner{contestant: c, Server: s}
		runners = append(runners, r)
		if r.request, err = prepare(r, by); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for round := range rounds + 1 {
		for _, i := range rand.Perm(len(runners)) {
			r := runners[i]
			m, err := by.round(r.Server, r.request, requests)
			if err != nil {
				return err
			}
			if round == 0 {
				continue // to warm up
			}
			r.cpu = append(r.cpu, float64(m.CPU)/float64(time.Microsecond))
			r.rate = append(r.rate, m.Rate)
		}
	}
	fmt.Printf("GET %s over loopback, %s, %d requests a round, medians of %d rounds\n", target, by.name, requests, rounds)
	report(runners, by)
	return nil
}

// shortest is the least that an answer must have.
const shortest = 200

// prepare asks a server once, as a client does that was never there, checks the
// answer, and returns the request of a client that comes back.
func prepare(r *runner, by protocol) ([]byte, error) {
	fields := "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\n" +
		"Accept-Encoding: gzip, deflate, br\r\n"
	resp, body, err := by.ask(r.Addr, []byte(fields+"\r\n"))
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil || resp.StatusCode != 200 {
		return nil, fmt.Errorf("status %d, %s: %v", resp.StatusCode, body, err)
	}
	if a.Hello != "world" || a.Greeting != "hi" || a.Mood != "fine" || a.Client.ReceivedParams["mood"] != "fine" ||
		len(a.Client.MessageID) != 36 || a.Client.RemoteIP != "127.0.0.1" || a.Server.CurrentTime == 0 || len(body) < shortest {
		return nil, fmt.Errorf("it answers %s", body)
	}
	cookies := resp.Cookies()
	if r.chain && (len(cookies) != 1 || len(resp.Header) < 7) || !r.chain && len(cookies) > 0 {
		return nil, fmt.Errorf("it sends %v", resp.Header)
	}
	for _, c := range cookies {
		fields += "Cookie: " + c.Name + "=" + c.Value + "\r\n"
	}
	request := []byte(fields + "\r\n")
	if resp, _, err = by.ask(r.Addr, request); err != nil {
		return nil, err
	}
	if again := resp.Cookies(); len(again) > 0 {
		return nil, fmt.Errorf("it sends a client that comes back %v", again)
	}
	return bytes.Clone(request), nil
}

func report(runners []*runner, by protocol) {
	floor := runners[slices.IndexFunc(runners, func(r *runner) bool { return r.contestant.name == against })].cpu
	least := slices.Min(floor)
	fmt.Printf("  %-28s %10s %8s %10s %8s %10s\n", "server", "CPU µs", "× floor", "least µs", "× least", "req/s")
	for _, r := range runners {
		ratios := make([]float64, len(r.cpu))
		for i := range ratios {
			ratios[i] = r.cpu[i] / floor[i]
		}
		ratio := median(ratios)
		note := ""
		if target, ok := by.targets[r.contestant.name]; ok {
			verdict := "reached"
			if ratio > target {
				verdict = "missed"
			}
			note = fmt.Sprintf("   target %.2f: %s", target, verdict)
		}
		fmt.Printf("  %-28s %10.1f %8.2f %10.1f %8.2f %10.0f%s\n", r.contestant.name, median(r.cpu), ratio,
			slices.Min(r.cpu), slices.Min(r.cpu)/least, median(r.rate), note)
	}
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}
