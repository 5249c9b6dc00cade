// Command start tells what it takes until a server with many actions can be
// asked: of 1,000 typed actions with a route each, the time and the processor
// time of sidekick.New, the time until the first answer, and the heap that stays.
//
//	go run ./start
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/openapi"
)

type in struct {
	ID    int      `json:"id" required:"true" minimum:"1"`
	Name  string   `json:"name" maxLength:"100"`
	Mood  string   `json:"mood" enum:"fine,bad"`
	Tags  []string `json:"tags" maxItems:"10"`
	Place struct {
		City string `json:"city"`
		Zip  string `json:"zip" pattern:"^[0-9]{5}$"`
	} `json:"place"`
}

type out struct {
	ID   int      `json:"id"`
	Tags []string `json:"tags"`
}

func main() {
	n := flag.Int("n", 1000, "actions, and routes")
	rounds := flag.Int("rounds", 11, "rounds")
	flag.Parse()
	if err := run(*n, *rounds); err != nil {
		log.Fatal(err)
	}
}

// target is what the time to the first answer shall be at most, in ms.
const target = 300

func run(n, rounds int) error {
	var took, used, heap []float64
	for range rounds {
		t, cpu, bytes, err := start(n)
		if err != nil {
			return err
		}
		took, used, heap = append(took, t), append(used, cpu), append(heap, bytes)
	}
	verdict := "reached"
	if median(took) > target {
		verdict = "missed"
	}
	fmt.Printf("%d typed actions with a route each and an OpenAPI document, medians of %d rounds\n", n, rounds)
	fmt.Printf("  to the first answer %.0f ms (target %d: %s), processor %.0f ms, heap %.1f MB\n", median(took), target, verdict, median(used), median(heap))
	return nil
}

// start makes a server, asks it once and checks the answer.
func start(n int) (ms, cpu, heapMB float64, err error) {
	before := heapInUse()
	began, usedBefore := time.Now(), processorTime()
	cfg := sidekick.Production()
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.Fingerprint.DangerouslyUnsigned = true
	cfg.OpenAPI = &openapi.Options{}
	var actions []dispatch.Action
	for i := range n {
		name := fmt.Sprintf("thing%d", i)
		cfg.Actions.Routes = append(cfg.Actions.Routes, dispatch.Route{Method: "get", Path: fmt.Sprintf("/area%d/%s/:id", i%50, name), Action: name})
		actions = append(actions, dispatch.Typed(name, func(_ context.Context, i in) (out, error) { return out{i.ID, i.Tags}, nil }))
	}
	kit, err := sidekick.New(cfg, actions...)
	if err != nil {
		return 0, 0, 0, err
	}
	defer kit.Close()
	w := httptest.NewRecorder()
	kit.ServeHTTP(w, httptest.NewRequest(http.MethodGet, fmt.Sprintf("/api/area%d/thing%d/7?tags=a", (n-1)%50, n-1), nil))
	took, used := time.Since(began), processorTime()-usedBefore
	if w.Code != 200 || w.Body.String() != `{"id":7,"tags":["a"]}` {
		return 0, 0, 0, fmt.Errorf("got %d %s", w.Code, w.Body)
	}
	heapMB = (heapInUse() - before) / 1e6
	runtime.KeepAlive(kit)
	return float64(took.Microseconds()) / 1000, float64(used.Microseconds()) / 1000, heapMB, nil
}

func heapInUse() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func processorTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // of this process it cannot fail
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return s[len(s)/2]
}
