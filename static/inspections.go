package static

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// inspections are the large files that are being read.
type inspections struct {
	ctx   context.Context // ends when the handler is closed
	slots chan struct{}

	mu      sync.Mutex
	running map[inspection]*reading
}

// inspection is one state of one file to be read.
type inspection struct {
	root  int
	name  string
	gen   *generation
	stamp stamp
	needs needs
}

type reading struct {
	done  chan struct{} // closed at the end
	late  time.Time     // when requests stop waiting for it
	facts *facts
	err   error
}

func newInspections(ctx context.Context) *inspections {
	return &inspections{ctx: ctx, slots: make(chan struct{}, readers), running: map[inspection]*reading{}}
}

// wait returns the facts that read finds, or nil if that takes too long.
func (s *inspections) wait(ctx context.Context, of inspection, read func(context.Context) (*facts, error)) (*facts, error) {
	deadline := time.Now().Add(patience)
	late := time.NewTimer(patience)
	defer late.Stop()
	r := s.find(of)
	if r == nil {
		select {
		case s.slots <- struct{}{}:
			r = s.start(of, read)
		case <-late.C:
			return nil, nil
		case <-ctx.Done():
			return nil, nil
		}
	}
	if r.late.Before(deadline) {
		deadline = r.late
	}
	if left := time.Until(deadline); left > 0 {
		late.Reset(left)
		select {
		case <-r.done:
		case <-late.C:
		case <-ctx.Done():
		}
	}
	select {
	case <-r.done:
		return r.facts, r.err
	default:
		return nil, nil
	}
}

func (s *inspections) find(of inspection) *reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[of]
}

// start begins to read a file, for which the caller has taken a slot, unless
// another goroutine has already begun.
func (s *inspections) start(of inspection, read func(context.Context) (*facts, error)) *reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.running[of]; r != nil {
		<-s.slots
		return r
	}
	r := &reading{done: make(chan struct{}), late: time.Now().Add(patience)}
	s.running[of] = r
	go func() {
		defer func() {
			if v := recover(); v != nil { // in the fs.FS; in this goroutine it would end the process
				r.facts, r.err = nil, fmt.Errorf("static: reading a file panicked: %v", v)
			}
			s.mu.Lock()
			delete(s.running, of)
			s.mu.Unlock()
			close(r.done)
			<-s.slots
		}()
		r.facts, r.err = read(s.ctx)
	}()
	return r
}
