package ratelimit_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
)

func BenchmarkAllow(b *testing.B) {
	for _, limits := range [][]ratelimit.Limit{
		{{Rate: 100_000_000, Per: 10 * time.Hour}},
		{{Rate: 100_000_000, Per: 10 * time.Hour}, {Name: "b", Rate: 100_000_000, Per: 20 * time.Hour}},
	} {
		l, err := ratelimit.New(ratelimit.Options{Limits: limits})
		if err != nil {
			b.Fatal(err)
		}
		keys := make([]string, 1000)
		for i := range keys {
			keys[i] = fmt.Sprintf("203.0.113.%d", i)
		}
		ctx := context.Background()
		b.Run(fmt.Sprintf("limits=%d", len(limits)), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				_, _ = l.Allow(ctx, keys[i%len(keys)], 1)
				i++
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	l, err := ratelimit.New(ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 100_000_000, Per: 10 * time.Hour}}})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = l.Check(r.Context(), r)
		}
	})
	h := l.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w := httptest.NewRecorder()
	b.Run("handler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.ServeHTTP(w, r)
		}
	})
}

func BenchmarkMemory(b *testing.B) {
	m, err := ratelimit.NewMemory(ratelimit.MemoryOptions{})
	if err != nil {
		b.Fatal(err)
	}
	plan, err := ratelimit.NewPlan("", ratelimit.Limit{Rate: 100_000_000, Per: 10 * time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("take", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = m.Take(context.Background(), plan, "203.0.113.7", 1)
		}
	})
}
