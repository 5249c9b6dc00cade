package logctx_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/logctx"
)

// plain is a handler that leaves the time out.
func plain(b *bytes.Buffer) slog.Handler {
	return slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}})
}

func TestHandler(t *testing.T) {
	r, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil))
	rec.SetMessageID("m")
	request := r.Context()
	traced := logctx.With(request, slog.String("trace_id", "t"), slog.String("span_id", "outer"))
	inner := logctx.With(traced, slog.String("span_id", "inner"))
	nameless, _ := facts.Ensure(httptest.NewRequest("GET", "/", nil))

	for _, tt := range []struct {
		name string
		ctx  context.Context
		do   func(context.Context, *slog.Logger)
		want string
	}{
		{"outside of requests", context.Background(), func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "x", "a", 1) }, `{"msg":"x","a":1}`},
		{"a request without an id", nameless.Context(), func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "x") }, `{"msg":"x"}`},
		{"a request", request, func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "x", "a", 1) }, `{"msg":"x","a":1,"messageId":"m"}`},
		{"a trace", traced, func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "x") }, `{"msg":"x","messageId":"m","trace_id":"t","span_id":"outer"}`},
		{"the inner span counts", inner, func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "x") }, `{"msg":"x","messageId":"m","trace_id":"t","span_id":"inner"}`},
		{"there already", traced, func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "x", "messageId", "own") }, `{"msg":"x","messageId":"own","trace_id":"t","span_id":"outer"}`},
		{"the logger has it", traced, func(ctx context.Context, l *slog.Logger) { l.With("trace_id", "own").InfoContext(ctx, "x") }, `{"msg":"x","trace_id":"own","messageId":"m","span_id":"outer"}`},
		{"outside of groups", request, func(ctx context.Context, l *slog.Logger) {
			l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").InfoContext(ctx, "x", "messageId", "inside")
		}, `{"msg":"x","a":1,"messageId":"m","g":{"b":2,"h":{"messageId":"inside"}}}`},
		{"groups without a context", context.Background(), func(ctx context.Context, l *slog.Logger) {
			l.WithGroup("g").InfoContext(ctx, "x", "a", 1)
		}, `{"msg":"x","g":{"a":1}}`},
		{"nothing is added", request, func(ctx context.Context, l *slog.Logger) { l.With().WithGroup("").InfoContext(ctx, "x") }, `{"msg":"x","messageId":"m"}`},
		{"not wanted", request, func(ctx context.Context, l *slog.Logger) { l.DebugContext(ctx, "x") }, ""},
		{"twice", request, func(ctx context.Context, l *slog.Logger) {
			slog.New(logctx.New(l.Handler())).InfoContext(ctx, "x")
		}, `{"msg":"x","messageId":"m"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			tt.do(tt.ctx, slog.New(logctx.New(plain(&b))))
			if got := strings.TrimSpace(b.String()); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestWithKeepsWhatIsThere(t *testing.T) {
	ctx := logctx.With(t.Context(), slog.Int("a", 1))
	for range 2 {
		if got := logctx.Attrs(logctx.With(ctx, slog.Int("b", 2))); len(got) != 2 || got[0].Key != "a" || got[1].Key != "b" {
			t.Errorf("got %v", got)
		}
	}
	if got := logctx.Attrs(ctx); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if got := logctx.Attrs(t.Context()); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestHandlerIsSafeForConcurrentUse(t *testing.T) {
	var mu sync.Mutex
	var b bytes.Buffer
	l := slog.New(logctx.New(slog.NewTextHandler(writer{&mu, &b}, nil))).WithGroup("g")
	ctx := logctx.With(t.Context(), slog.String("trace_id", "t"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				l.With("a", 1).InfoContext(ctx, "x", "b", 2)
			}
		})
	}
	wg.Wait()
	if n := strings.Count(b.String(), "msg=x trace_id=t g.a=1 g.b=2\n"); n != 800 {
		t.Errorf("got %d whole records", n)
	}
}

type writer struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}
