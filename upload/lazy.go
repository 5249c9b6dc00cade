package upload

import (
	"context"
	"sync"
	"time"
)

// LazyDirStore is a [DirStore] that checks its folder only when it is needed: at the first
// upload, or by [LazyDirStore.Check]. So a program that takes no files runs without a folder, for
// example on a read-only file system. It is safe for concurrent use.
type LazyDirStore struct {
	options DirStoreOptions

	mu    sync.Mutex
	store *DirStore // set once the folder has been checked
}

// NewLazyDirStore returns a store for the folder without checking it.
func NewLazyDirStore(o DirStoreOptions) *LazyDirStore { return &LazyDirStore{options: o} }

// Check checks the folder, unless that has already succeeded. Its error is that of [NewDirStore].
func (s *LazyDirStore) Check() error {
	_, err := s.open()
	return err
}

// open returns the store. After a failure it checks again, because the folder may be mounted
// later.
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

// Sweep is [DirStore.Sweep]; it does nothing until the folder has been needed.
func (s *LazyDirStore) Sweep(olderThan time.Duration) (removed int, err error) {
	if store := s.opened(); store != nil {
		return store.Sweep(olderThan)
	}
	return 0, nil
}

// SweepUntil is [DirStore.SweepUntil]. If the folder has not been needed yet, it returns at once;
// the first upload will sweep.
func (s *LazyDirStore) SweepUntil(ctx context.Context) {
	if store := s.opened(); store != nil {
		store.SweepUntil(ctx)
	}
}

// opened returns the store, or nil if the folder has not been needed yet.
func (s *LazyDirStore) opened() *DirStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store
}
