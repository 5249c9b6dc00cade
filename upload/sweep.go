package upload

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	defaultSweepInterval = 10 * time.Minute
	// looseAge is how long a file must be unchanged if the store cannot tell whether a request
	// holds it.
	looseAge = 24 * time.Hour
)

// Sweep removes what killed processes have left behind in the folder: files of requests, and
// unfinished copies of [File.MoveTo], that have been unchanged for at least olderThan. It returns
// how many it has removed, and continues after an error. The store itself sweeps, with an
// olderThan of 0, when files are created (see DirStoreOptions.SweepInterval). Call Sweep to do so
// at other times, such as at the start of the program.
//
// Files of running requests stay, however old they are and in whichever process: the process
// holds them, by flock (2) on Unix and by an open handle on Windows. This works for all processes
// that share the file system and its locks. Do not share a network file system whose locks other
// machines do not see. Without such locks, and for files beyond the number that a store locks,
// age decides: they must be unchanged for at least 24 hours. On Windows, files must be at least a
// minute old.
//
// Kept files, files with other names and files of other users are left alone.
func (s *DirStore) Sweep(olderThan time.Duration) (removed int, err error) {
	dir, err := os.Open(s.dir)
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	var errs []error
	for {
		entries, err := dir.ReadDir(1000)
		for _, entry := range entries {
			gone, err := s.sweepEntry(entry, olderThan)
			if gone {
				removed++
			}
			if !errors.Is(err, fs.ErrNotExist) { // its request has ended meanwhile
				errs = append(errs, err)
			}
		}
		if err == io.EOF {
			return removed, errors.Join(errs...)
		}
		if err != nil {
			return removed, errors.Join(append(errs, err)...)
		}
	}
}

// sweepEntry removes one entry of the folder if it was left behind.
func (s *DirStore) sweepEntry(entry fs.DirEntry, olderThan time.Duration) (removed bool, err error) {
	held := isNamed(entry.Name(), namePrefix) || isNamed(entry.Name(), movePrefix)
	if !held && !isNamed(entry.Name(), loosePrefix) || !entry.Type().IsRegular() {
		return false, nil
	}
	info, err := entry.Info()
	if err != nil || isForeign(info) {
		return false, err
	}
	path := filepath.Join(s.dir, entry.Name())
	age := time.Since(info.ModTime())
	if least := max(olderThan, minSweepAge); least > 0 && age < least {
		return false, nil
	}
	if held {
		removed, err = removeUnheld(path)
		if !errors.Is(err, errors.ErrUnsupported) {
			return removed, err
		}
	}
	if age < looseAge {
		return false, nil
	}
	err = os.Remove(path)
	return err == nil, err
}

// isNamed reports whether a name is one of the store's own.
func isNamed(name, prefix string) bool {
	id, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return false
	}
	if i := strings.IndexByte(id, '.'); i >= 0 {
		if extension(id) != id[i:] {
			return false
		}
		id = id[:i]
	}
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == nameBytes
}

// SweepUntil sweeps at once and then every SweepInterval until ctx is done, so that a server need
// not wait for an upload. It logs what it removes and what goes wrong. With a negative
// SweepInterval it sweeps once.
func (s *DirStore) SweepUntil(ctx context.Context) {
	w := &s.sweeper
	tick := time.NewTicker(max(w.interval, 1)) // a negative interval is never waited for
	defer tick.Stop()
	for {
		w.mu.Lock()
		s.sweepAndLog(nil)
		w.mu.Unlock()
		if w.interval < 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// sweeper records the automatic sweeps of a store.
type sweeper struct {
	interval time.Duration
	logger   *slog.Logger

	mu      sync.Mutex // held during a sweep
	last    time.Time
	problem string // of the last sweep; "" for none
}

// sweepNowAndThen sweeps if it is time to. It is called when a file is created, so that no
// goroutine is needed, which somebody would have to stop.
func (s *DirStore) sweepNowAndThen() {
	w := &s.sweeper
	if w.interval < 0 || !w.mu.TryLock() {
		return
	}
	defer w.mu.Unlock()
	if w.last.IsZero() || time.Since(w.last) >= w.interval {
		// If the folder is missing, creating the file reports it.
		s.sweepAndLog(fs.ErrNotExist)
	}
}

// sweepAndLog sweeps, and logs removals and new problems. It does not log an error that matches
// known, because the caller reports that one. The sweeper's mutex must be held.
func (s *DirStore) sweepAndLog(known error) {
	w := &s.sweeper
	w.last = time.Now()
	removed, err := s.Sweep(0)
	if removed > 0 {
		w.logger.Info("upload: files that a killed process has left behind were removed", "folder", s.dir, "files", removed)
	}
	problem := ""
	if err != nil && !errors.Is(err, known) {
		problem = err.Error()
	}
	if problem != "" && problem != w.problem {
		w.logger.Warn("upload: looking for files that a killed process has left behind failed", "folder", s.dir, "error", err)
	}
	w.problem = problem
}
