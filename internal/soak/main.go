// Command soak serves a mixed load over loopback for a given time, and then looks
// for leaks: goroutines, file descriptors, upload files, memory. It also fails if a
// response is not the expected one.
//
//	go run ./internal/soak -duration 10m
//	go run ./internal/soak -duration 30s -only actions,uploads -v
//
// The load is limited: every kind has a few workers that pause between requests. It
// prints how often each kind was done and the figures before and after, and exits
// with status 1 if something is wrong. Descriptors are counted only if there is a
// /proc.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	var o options
	flag.DurationVar(&o.duration, "duration", 30*time.Second, "how long the load lasts")
	flag.DurationVar(&o.rest, "rest", 5*time.Millisecond, "how long a worker rests between requests")
	only := flag.String("only", "", "`kinds` of load, separated by commas (default all)")
	flag.BoolVar(&o.verbose, "v", false, "show the server's log")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

type options struct {
	duration, rest time.Duration
	only           []string
	verbose        bool
}

func (o *options) wants(k kind) bool { return len(o.only) == 0 || slices.Contains(o.only, k.name) }

func (o *options) check() error {
	for _, name := range o.only {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == name }) {
			var names []string
			for _, k := range kinds {
				names = append(names, k.name)
			}
			return fmt.Errorf("-only: no kind %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

func run(ctx context.Context, o options) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	logger := slog.New(slog.DiscardHandler)
	if o.verbose {
		logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	bare, err := measureBare()
	if err != nil {
		return err
	}
	s, err := start(logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop(), s.remove()) }()

	problems, err := s.loadAndCompare(ctx, o)
	if err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return errors.Join(append(problems, err)...)
	}
	stopped, err := s.settled(&bare)
	if err != nil {
		return err
	}
	if stopped.goroutines > bare.goroutines || stopped.descriptors > bare.descriptors {
		problems = append(problems, fmt.Errorf("after the stop: %d goroutines and %d descriptors, want no more than %d and %d",
			stopped.goroutines, stopped.descriptors, bare.goroutines, bare.descriptors))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	fmt.Println("nothing is left behind")
	return nil
}

// measureBare measures the process before there is a server.
func measureBare() (figures, error) {
	// The first connection of a process takes descriptors that it keeps.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return figures{}, err
	}
	if err := l.Close(); err != nil {
		return figures{}, err
	}
	return measure("")
}

// loadAndCompare measures the server before and after the load, and returns what was
// wrong with the responses and what has grown.
func (s *server) loadAndCompare(ctx context.Context, o options) (problems []error, err error) {
	// Every kind runs a few times before anything is counted: pools and caches fill,
	// idle connections are made.
	t := newTally()
	warm, cancel := context.WithTimeout(ctx, min(5*time.Second, o.duration))
	defer cancel()
	s.load(warm, o, t)
	before, err := s.settled(nil)
	if err != nil {
		return nil, err
	}

	fmt.Printf("load for %v ...\n", o.duration)
	t = newTally()
	loaded, cancel := context.WithTimeout(ctx, o.duration)
	defer cancel()
	s.load(loaded, o, t)
	after, err := s.settled(&before)
	if err != nil {
		return nil, err
	}
	t.print()
	fmt.Printf("%-12s %14s %14s\n", "", "before", "after")
	before.printTo(after)
	return []error{t.err(o), before.compare(after)}, nil
}

// load runs every selected kind until ctx is done, and returns when the last worker
// has ended.
func (s *server) load(ctx context.Context, o options, t *tally) {
	var wg sync.WaitGroup
	for _, k := range kinds {
		if !o.wants(k) {
			continue
		}
		for worker := range k.workers {
			wg.Go(func() {
				c := newClient(s, k, worker)
				defer c.close()
				for n := 0; n == 0 || ctx.Err() == nil; n++ {
					t.note(k.name, k.do(c))
					select {
					case <-ctx.Done():
					case <-time.After(o.rest):
					}
				}
			})
		}
	}
	wg.Wait()
}

// tally counts what was done and keeps what went wrong.
type tally struct {
	mu       sync.Mutex
	done     map[string]int
	wrong    map[string]int
	examples map[string]error
}

func newTally() *tally {
	return &tally{done: map[string]int{}, wrong: map[string]int{}, examples: map[string]error{}}
}

func (t *tally) note(kind string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done[kind]++
	if err != nil {
		t.wrong[kind]++
		t.examples[kind] = err
	}
}

func (t *tally) print() {
	for _, k := range kinds {
		if n, ok := t.done[k.name]; ok {
			fmt.Printf("%-12s %8d done %6d wrong\n", k.name, n, t.wrong[k.name])
		}
	}
}

// err returns what went wrong, including kinds that never ran.
func (t *tally) err(o options) error {
	var errs []error
	for _, k := range kinds {
		switch {
		case t.wrong[k.name] > 0:
			errs = append(errs, fmt.Errorf("%s: %d of %d went wrong, the last: %w", k.name, t.wrong[k.name], t.done[k.name], t.examples[k.name]))
		case o.wants(k) && t.done[k.name] == 0:
			errs = append(errs, fmt.Errorf("%s: not done once", k.name))
		}
	}
	return errors.Join(errs...)
}
