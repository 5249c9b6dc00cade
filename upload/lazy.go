package upload

import (
	"context"
	"sync"
	"time"
)

// LazyDirStore is a [DirStore] whose folder is looked at when it is needed: at the
// first upload, or by [LazyDirStore.Check]. A program that takes no files runs
// without such a folder, with a file system that cannot be written to, say. It is
// safe for concurrent use.
type LazyDirStore struct {
	options DirStoreOptions

	mu    sync.Mutex
	store *DirStore // once the folder was found right
}

// NewLazyDirStore returns a store for the folder, which it does not look at.
func NewLazyDirStore(o DirStoreOptions) *LazyDirStore { return &LazyDirStore{options: o} }

// Check looks at the folder, unless it was found right before. Its error is that
// of [NewDirStore].
func (s *LazyDirStore) Check() error {
	_, err := s.open()
	return err
}

// open returns the store. One that is wrong now may be right the next time: a
// folder that is mounted late.
func (s *LazyDirStore) open() (*DirStore, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store != nil {
		return s.store, nil
	}
	store, err := NewDirStore(s.options)
	if err != nil {
		return nil, err
	}
	s.store = store
	return store, nil
}

// Create begins a file: see [Store].
func (s *LazyDirStore) Create(ctx context.Context, f *File) (Object, error) {
	store, err := s.open()
	if err != nil {
		return nil, err
	}
	return store.Create(ctx, f)
}

// Sweep is [DirStore.Sweep], and does nothing while the folder was not needed.
func (s *LazyDirStore) Sweep(olderThan time.Duration) (removed int, err error) {
	if store := s.opened(); store != nil {
		return store.Sweep(olderThan)
	}
	return 0, nil
}

// SweepUntil is [DirStore.SweepUntil]. Where the folder was not needed before, it
// returns at once: the first upload sweeps.
func (s *LazyDirStore) SweepUntil(ctx context.Context) {
	if store := s.opened(); store != nil {
		store.SweepUntil(ctx)
	}
}

// opened returns the store, nil where the folder was not needed yet.
func (s *LazyDirStore) opened() *DirStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store
}
