// Command upload compares what uploads cost: ours and its peers, each in a
// process of its own, over loopback, to files in a folder.
//
//	go run ./upload            # from the folder benchmarks
//	go run ./upload -sizes 1MiB,200MiB -rounds 5 -peers sidekick,multipartreader
//
// For each it prints the server's CPU time for a GB (user and system, of the
// whole process), the peak of its resident memory, MB/s, and the ratios that
// count. Every stored file is read back and its hash compared.
//
// On a virtual machine that has not used its memory yet, each page costs far
// more the first time that it is written to, whoever does it. Let a run go
// before the one that counts there.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

func main() {
	serve := flag.String("serve", "", "used by the program itself: be the server of this name")
	dir := flag.String("dir", os.TempDir(), "folder on the disk to write to")
	sizes := flag.String("sizes", "200MiB,1MiB", "sizes of the files")
	names := flag.String("peers", strings.Join(peerNames(), ","), "who takes part")
	rounds := flag.Int("rounds", 5, "rounds; the median counts")
	flag.Parse()

	if *serve != "" {
		exit(runServer(*serve, *dir))
		return
	}
	work, err := os.MkdirTemp(*dir, "upload-benchmark-*")
	exit(err)
	for _, size := range strings.Split(*sizes, ",") {
		err = errors.Join(err, compare(work, size, strings.Split(*names, ","), *rounds))
	}
	exit(errors.Join(err, os.RemoveAll(work)))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "upload:", err)
		os.Exit(1)
	}
}

// result is what one server needed for one size.
type result struct {
	cpuPerGB []float64 // seconds, one a round
	rate     []float64 // MB/s, one a round
	peak     float64   // MB
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// compare measures everyone at one size, in turns, so that what else the
// machine does hits all alike.
func compare(work, size string, names []string, rounds int) (err error) {
	load, err := newLoad(size)
	if err != nil {
		return err
	}
	results := map[string]*result{}
	servers := map[string]*server{}
	for _, name := range names {
		results[name] = &result{}
		servers[name], err = load.start(work, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer func() { err = errors.Join(err, servers[name].stop()) }()
	}
	for range rounds {
		for _, name := range names {
			if err := load.measure(servers[name], results[name]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}

	fmt.Printf("\n%s, %d a round, %d at once, median of %d rounds\n", size, load.count, load.parallel, rounds)
	fmt.Printf("%-18s %12s %10s %10s\n", "", "CPU s/GB", "peak MB", "MB/s")
	for _, name := range names {
		r := results[name]
		fmt.Printf("%-18s %12.3f %10.1f %10.0f\n", name, median(r.cpuPerGB), r.peak, median(r.rate))
	}
	ours, stream := results["sidekick"], results["multipartreader"]
	if ours == nil || stream == nil {
		return nil
	}
	fmt.Printf("CPU, sidekick / multipartreader          %.2f\n", median(ours.cpuPerGB)/median(stream.cpuPerGB))
	fmt.Printf("peak memory, sidekick / multipartreader  %.2f\n", ours.peak/stream.peak)
	best := ""
	for _, name := range names {
		if name != "sidekick" && (best == "" || median(results[name].rate) > median(results[best].rate)) {
			best = name
		}
	}
	fmt.Printf("MB/s, sidekick / best peer (%s)  %.2f\n", best, median(ours.rate)/median(results[best].rate))
	return nil
}
