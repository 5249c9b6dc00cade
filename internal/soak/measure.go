package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

// figures are what must not grow.
type figures struct {
	goroutines  int
	descriptors int // 0 if they cannot be counted
	files       int // of uploads
	heap        uint64
}

// measure counts; dir is the folder of uploads, or "".
func measure(dir string) (figures, error) {
	var f figures
	f.goroutines = runtime.NumGoroutine()
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.descriptors = len(entries)
	}
	if dir != "" {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return f, err
		}
		f.files = len(entries)
	}
	// The content of pools is freed by the second collection.
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.heap = m.HeapAlloc
	return f, nil
}

// settleFor is how long connections may take to be closed: longer than every
// timeout of the server.
const settleFor = 20 * time.Second

// settled measures repeatedly until nothing exceeds want or, without want, until
// nothing changes any more, and returns the last figures.
func (s *server) settled(want *figures) (figures, error) {
	const enough = 4 // equal measurements
	var last figures
	same := 0
	for end := time.Now().Add(settleFor); ; time.Sleep(500 * time.Millisecond) {
		f, err := measure(s.uploads)
		if err != nil {
			return f, err
		}
		if same++; f.goroutines != last.goroutines || f.descriptors != last.descriptors || f.files != last.files {
			same = 1
		}
		last = f
		if want == nil && same == enough || want != nil && want.compare(f) == nil || time.Now().After(end) {
			return last, nil
		}
	}
}

// slack is how much memory may differ without being a leak: caches filled to
// different degrees, maps that have grown.
const slack = 4 << 20

func (f figures) compare(after figures) error {
	var errs []error
	grown := func(what string, before, after int) {
		if after > before {
			errs = append(errs, fmt.Errorf("%s: %d before, %d after", what, before, after))
		}
	}
	grown("goroutines", f.goroutines, after.goroutines)
	grown("descriptors", f.descriptors, after.descriptors)
	grown("files", f.files, after.files)
	if after.heap > f.heap+f.heap/4+slack {
		errs = append(errs, fmt.Errorf("memory: %d KiB before, %d KiB after", f.heap>>10, after.heap>>10))
	}
	return errors.Join(errs...)
}

func (f figures) printTo(after figures) {
	fmt.Printf("%-12s %14d %14d\n", "goroutines", f.goroutines, after.goroutines)
	fmt.Printf("%-12s %14d %14d\n", "descriptors", f.descriptors, after.descriptors)
	fmt.Printf("%-12s %14d %14d\n", "files", f.files, after.files)
	fmt.Printf("%-12s %10d KiB %10d KiB\n", "heap", f.heap>>10, after.heap>>10)
}
