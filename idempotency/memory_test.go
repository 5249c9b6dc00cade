package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/idempotency/storetest"
)

func newMemory(t testing.TB, o idempotency.MemoryOptions) *idempotency.Memory {
	t.Helper()
	m, err := idempotency.NewMemory(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) idempotency.Store { return newMemory(t, idempotency.MemoryOptions{}) })
}

func TestMemoryConfigErrors(t *testing.T) {
	m, err := idempotency.NewMemory(idempotency.MemoryOptions{MaxKeys: -1, MaxBytes: -1})
	if got := fieldsOf(err); m != nil || fmt.Sprint(got) != "[MaxKeys MaxBytes]" {
		t.Errorf("got %v, %v", got, err)
	}
}

func keyed(i int) idempotency.Claim {
	return idempotency.Claim{Key: fmt.Sprint("key ", i), Owner: fmt.Sprint("owner ", i), Request: "r", Lease: time.Minute, Keep: time.Hour}
}

// finish puts an answer into a store.
func finish(t testing.TB, m *idempotency.Memory, c idempotency.Claim, size int) {
	t.Helper()
	begun, err := m.Begin(context.Background(), c)
	if err == nil && begun.State == idempotency.Claimed {
		err = m.Finish(context.Background(), c, make([]byte, size))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func state(t testing.TB, m *idempotency.Memory, c idempotency.Claim) idempotency.State {
	t.Helper()
	c.Owner = "somebody else"
	begun, err := m.Begin(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if begun.State == idempotency.Claimed {
		_ = m.Abort(context.Background(), c)
	}
	return begun.State
}

// A full store drops the responses that would expire first, and never a key in use.
func TestFullMemory(t *testing.T) {
	for _, test := range []struct {
		name string
		o    idempotency.MemoryOptions
		size int
	}{
		{"by keys", idempotency.MemoryOptions{MaxKeys: 10}, 0},
		{"by bytes", idempotency.MemoryOptions{MaxBytes: 10 * 10_400}, 10_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, test.o)
				working := keyed(-1)
				working.Keep = time.Second // it would be the first to go
				if _, err := m.Begin(t.Context(), working); err != nil {
					t.Fatal(err)
				}
				for i := range 100 {
					finish(t, m, keyed(i), test.size)
					time.Sleep(time.Millisecond)
				}
				if got := state(t, m, working); got != idempotency.Running {
					t.Errorf("the one at work: got state %d", got)
				}
				for i, want := range map[int]idempotency.State{0: idempotency.Claimed, 80: idempotency.Claimed, 95: idempotency.Finished, 99: idempotency.Finished} {
					if got := state(t, m, keyed(i)); got != want {
						t.Errorf("answer %d: got state %d, want %d", i, got, want)
					}
				}
			})
		})
	}
}

// If all keys are in use, there is no room for another until a request finishes or
// its lease has passed.
func TestMemoryFullOfWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, idempotency.MemoryOptions{MaxKeys: 3})
		begin := func(i int) error {
			_, err := m.Begin(t.Context(), keyed(i))
			return err
		}
		for i, want := range []error{nil, nil, nil, idempotency.ErrFull, idempotency.ErrFull} {
			if err := begin(i); !errors.Is(err, want) {
				t.Errorf("%d: got %v, want %v", i, err, want)
			}
		}
		if err := m.Finish(t.Context(), keyed(77), nil); !errors.Is(err, idempotency.ErrFull) {
			t.Errorf("Finish: got %v", err)
		}
		finish(t, m, keyed(1), 10)
		if err := begin(5); err != nil {
			t.Errorf("when one is finished: got %v", err)
		}
		time.Sleep(time.Minute)
		if err := begin(6); err != nil {
			t.Errorf("when leases have passed: got %v", err)
		}
	})
}

// A response that is larger than the whole store is not stored, and displaces
// nothing.
func TestMemoryTooSmall(t *testing.T) {
	m := newMemory(t, idempotency.MemoryOptions{MaxBytes: 5000})
	finish(t, m, keyed(1), 1000)
	c := keyed(2)
	if _, err := m.Begin(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := m.Finish(t.Context(), c, make([]byte, 6000)); !errors.Is(err, idempotency.ErrFull) {
		t.Errorf("got %v", err)
	}
	if got := state(t, m, keyed(1)); got != idempotency.Finished {
		t.Errorf("the other answer: got state %d", got)
	}
}

// A flood of keys takes no more memory than allowed, and expired keys take none.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, idempotency.MemoryOptions{MaxKeys: 10_000, MaxBytes: 8 << 20})
		before := heap()
		for i := range 60_000 {
			finish(t, m, keyed(i), 100)
		}
		if grown := heap() - before; grown > 12<<20 {
			t.Errorf("it takes %d bytes", grown)
		}
		time.Sleep(2 * time.Hour)
		finish(t, m, keyed(-1), 0)
		if grown := heap() - before; grown > 2<<20 {
			t.Errorf("with one answer it takes %d bytes", grown)
		}
		runtime.KeepAlive(m)
	})
}

func heap() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
