package failure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// hiding is an error made for clients, whose text does not contain its cause.
type hiding struct {
	text  string
	cause error
}

func (h hiding) Error() string { return h.text }
func (h hiding) Unwrap() error { return h.cause }

type nilPanics struct{ text string }

func (n *nilPanics) Error() string { return n.text }

type uncomparable []error

func (u uncomparable) Error() string   { return "several" }
func (u uncomparable) Unwrap() []error { return u }

func TestText(t *testing.T) {
	disk := errors.New("pq: disk full")
	loop := &looping{}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, ""},
		{"plain", disk, "pq: disk full"},
		{"wrapped", fmt.Errorf("save: %w", disk), "save: pq: disk full"},
		{"hidden", hiding{"cannot save", disk}, "cannot save: pq: disk full"},
		{"hidden by a sentence", hiding{"It cannot be saved.", disk}, "It cannot be saved. pq: disk full"},
		{"hidden and wrapped", fmt.Errorf("detail: %w", hiding{"not found", disk}), "detail: not found: pq: disk full"},
		{"hidden twice", hiding{"a", fmt.Errorf("b: %w", hiding{"c", disk})}, "a: b: c: pq: disk full"},
		{"joined", errors.Join(io.EOF, disk), "EOF; pq: disk full"},
		{"joined, one hides", errors.Join(io.EOF, hiding{"no", disk}), "EOF; no: pq: disk full"},
		{"joined, each hides", errors.Join(hiding{"a", io.EOF}, hiding{"b", disk}), "a: EOF; b: pq: disk full"},
		{"several wrapped", fmt.Errorf("%w and %w", io.EOF, hiding{"no", disk}), "EOF and no: pq: disk full"},
		{"a list that hides them all", uncomparable{io.EOF, nil, disk}, "several: EOF: pq: disk full"},
		{"only a part of a word is the same", hiding{"unsaved", errors.New("saved")}, "unsaved: saved"},
		{"words are the same", hiding{"cannot be saved", errors.New("saved")}, "cannot be saved"},
		{"lines", errors.New("a\r\nb"), `"a\r; b"`},
		{"escape codes", errors.New("\x1b[31m"), `"\x1b[31m"`},
		{"a nil pointer", (*nilPanics)(nil), "*failure_test.nilPanics whose Error method panics"},
		{"a panic", failure.Recovered("boom"), "panic: boom"},
		{"a panic of an error that hides another", failure.Recovered(hiding{"x", disk}), "panic: x: pq: disk full"},
		{"a panic of a nil pointer", failure.Recovered((*nilPanics)(nil)), "panic: *failure_test.nilPanics whose Error method panics"},
		{"what wraps itself", loop, "loop"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := failure.Text(tt.err); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if got := failure.Text(errors.New(strings.Repeat("é", 100_000))); len(got) > 70_000 || !strings.HasSuffix(got, "é…") {
		t.Errorf("a long text: got %d bytes, want it cut", len(got))
	}
}

type looping struct{}

func (*looping) Error() string   { return "loop" }
func (l *looping) Unwrap() error { return l }

func TestLog(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
		Level:       slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return without(a, "time") },
	}))
	cut := http.StripPrefix("/v1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, rec := facts.Ensure(r)
		rec.SetAction(facts.Action{Name: "save", Version: "2"})
		f := failure.Of(r, rec, func() string { return "id-1" }, hiding{"cannot save", io.EOF}, 500)
		failure.Log(r.Context(), f, logger, slog.LevelError, failure.Failed)
	}))
	cut.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("PUT", "/v1/a%2Fb/%C3%A9?secret=1", nil))
	if got, want := log.String(), `level=ERROR msg="request failed" method=PUT path=/v1/a%2Fb/%C3%A9 status=500 action=save version=2 messageId=id-1 error="cannot save: EOF"`+"\n"; got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	log.Reset()
	r, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil))
	f := failure.Of(r, rec, nil, failure.Recovered("boom"), 0)
	failure.Log(r.Context(), f, logger, slog.LevelError, failure.Panicked)
	if got := log.String(); !strings.Contains(got, `error="panic: boom" stack="goroutine `) || strings.Contains(got, "status=") || strings.Contains(got, "action=") || !strings.Contains(got, "messageId="+rec.MessageID()) {
		t.Errorf("got %s", got)
	}
}

func TestTheDefaultLoggerIsTheOneOfThatMoment(t *testing.T) {
	l := failure.Logger(nil)
	before := slog.Default()
	defer slog.SetDefault(before)
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	l.Debug("not wanted")
	l.Info("plain")
	l.With("a", 1).WithGroup("g").Info("derived", "b", 2)
	if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "msg=plain") || !strings.Contains(got, "msg=derived a=1 g.b=2") {
		t.Errorf("got %s", got)
	}
	if own := slog.New(slog.DiscardHandler); failure.Logger(own) != own {
		t.Error("a logger that was given: got another one")
	}
}

func without(a slog.Attr, key string) slog.Attr {
	if a.Key == key {
		return slog.Attr{}
	}
	return a
}

func TestAnswer(t *testing.T) {
	asked, other := errors.New("asked"), errors.New("other")
	_, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil))
	logs := 0
	log := func() { logs++ }
	failure.Answer(rec, asked, func() {
		if got := failure.Text(failure.Whole(rec, other)); got != "asked; other" {
			t.Errorf("another error: got %q", got)
		}
		if got := failure.Whole(rec, fmt.Errorf("more: %w", asked)); failure.Text(got) != "more: asked" {
			t.Errorf("the same, wrapped: got %q", got)
		}
		if got := failure.Whole(rec, nil); got != asked {
			t.Errorf("none: got %v", got)
		}
		rec.SetLogged(other)
	}, log)
	if logs != 0 || failure.Whole(rec, other) != other {
		t.Errorf("logged meanwhile: logged %d times more; afterwards %v", logs, failure.Whole(rec, other))
	}
	failure.Answer(rec, asked, func() {}, log)
	func() {
		defer func() { _ = recover() }()
		failure.Answer(rec, asked, func() { panic("x") }, log)
	}()
	if logs != 2 || rec.Answering() != nil {
		t.Errorf("not logged meanwhile, once with a panic: logged %d times, want 2; answering %v", logs, rec.Answering())
	}
}

func TestIsClientGone(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	stopped, stop := context.WithCancelCause(t.Context())
	stop(errors.New("the server stops"))
	late, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	canceled := fmt.Errorf("query: %w", context.Canceled)
	for _, tt := range []struct {
		name  string
		ctx   context.Context // of the server
		inner context.Context // of an inner piece; nil for none
		err   error
		want  bool
	}{
		{"gone", gone, nil, canceled, true},
		{"a failure of the server's own", gone, nil, io.EOF, false},
		{"a panic", gone, nil, failure.Recovered(context.Canceled), false},
		{"still there", t.Context(), nil, canceled, false},
		{"the server stops", stopped, nil, canceled, false},
		{"a timeout", late, nil, context.DeadlineExceeded, false},
		{"cancelled by a piece on the way", t.Context(), gone, canceled, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil).WithContext(tt.ctx))
			if tt.inner != nil {
				r = r.WithContext(tt.inner)
			}
			if got := failure.IsClientGone(r, rec, tt.err); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
