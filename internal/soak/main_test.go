package main

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// A soak test that cannot fail is worthless.
func TestProblemsAreNoticed(t *testing.T) {
	before := figures{goroutines: 5, descriptors: 10, files: 0, heap: 10 << 20}
	if err := before.compare(before); err != nil {
		t.Errorf("the same: got %v", err)
	}
	for _, tt := range []struct {
		name  string
		after figures
	}{
		{"goroutines", figures{goroutines: 6, descriptors: 10, heap: 10 << 20}},
		{"descriptors", figures{goroutines: 5, descriptors: 11, heap: 10 << 20}},
		{"files", figures{goroutines: 5, descriptors: 10, files: 1, heap: 10 << 20}},
		{"memory", figures{goroutines: 5, descriptors: 10, heap: 20 << 20}},
	} {
		if err := before.compare(tt.after); err == nil || !strings.Contains(err.Error(), tt.name) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	tally := newTally()
	o := options{only: []string{"actions", "bad"}}
	tally.note("actions", nil)
	if err := tally.err(o); err == nil || !strings.Contains(err.Error(), "bad: not done once") {
		t.Errorf("a kind that was not done: got %v", err)
	}
	tally.note("bad", errors.New("got 500"))
	if err := tally.err(o); err == nil || !strings.Contains(err.Error(), "bad: 1 of 1 went wrong, the last: got 500") {
		t.Errorf("a wrong answer: got %v", err)
	}
	if err := run(t.Context(), options{only: []string{"nope"}}); err == nil || !strings.Contains(err.Error(), `no kind "nope"`) {
		t.Errorf("an unknown kind: got %v", err)
	}
}

// A connection that nobody closes is found.
func TestCutNotices(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := cut(conn, "", -10*time.Second+50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "still open") {
		t.Errorf("got %v", err)
	}
}
