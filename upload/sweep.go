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
	// looseAge is how long nothing must have been written to a file of which
	// cannot be told whether a request holds it.
	looseAge = 24 * time.Hour
)

// Sweep removes what killed processes have left behind in the folder: files of
// requests, and unfinished copies of [File.MoveTo], to which nothing was written
// for olderThan or longer. It returns how many it has removed, and goes on after
// an error. The store sweeps by itself, with an olderThan of 0, whenever files
// are created (see DirStoreOptions.SweepInterval): a call is for a program that
// wants it done at its start, and at other times than that.
//
// The files of a running request are not touched, however old and whichever
// process it runs in: it holds them, by flock (2) on Unix and by an open handle
// on Windows. That holds for every process that shares the file system and its
// locks; a network file system whose locks other machines do not see must not be
// shared. Where there are no such locks, and for files that were beyond the
// limit of a store's locks, age decides: at least 24 hours since something was
// written. On Windows a file is at least a minute old.
//
// Files that were kept, files of other names and those of other users are passed
// over.
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

// sweepEntry removes one entry of the folder if it is a left-over.
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

// isNamed tells the store's own names from others.
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

// SweepUntil sweeps at once and then every SweepInterval until ctx is done, as
// the store otherwise does when files are created: for a server that need not
// wait for an upload. What is removed, and what goes wrong, is logged. With a
// negative SweepInterval it sweeps once.
func (s *DirStore) SweepUntil(ctx context.Context) {
	w := &s.sweeper
	tick := time.NewTicker(max(w.interval, 1)) // a negative one is not waited for
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

// sweeper remembers the sweeps that a store has made by itself.
type sweeper struct {
	interval time.Duration
	logger   *slog.Logger

	mu      sync.Mutex // held while one is made
	last    time.Time
	problem string // of the last one; "" for none
}

// sweepNowAndThen sweeps if it is time to. It is done by whoever creates a file,
// and not by a goroutine, which somebody would have to stop.
func (s *DirStore) sweepNowAndThen() {
	w := &s.sweeper
	if w.interval < 0 || !w.mu.TryLock() {
		return
	}
	defer w.mu.Unlock()
	if w.last.IsZero() || time.Since(w.last) >= w.interval {
		// That the folder is gone is what creating the file says.
		s.sweepAndLog(fs.ErrNotExist)
	}
}

// sweepAndLog sweeps, and logs what is worth it; known is what others log. The
// sweeper's mutex is held.
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
