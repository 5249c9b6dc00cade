package actions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"

	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/buildinfo"
)

// All returns the actions, with a cache in memory. id names this server in the
// result of status.
func All(id string) []dispatch.Action { return With(id, nil) }

// With returns the actions with another cache; nil is one in memory.
func With(id string, cache Cache) []dispatch.Action {
	if cache == nil {
		cache = newMemory()
	}
	return []dispatch.Action{
		status(id),
		randomNumber(),
		cacheTest(cache),
		sleepTest(),
		validationTest(),
	}
}

func status(id string) dispatch.Action {
	started := time.Now()
	version := buildinfo.Version()
	return dispatch.Action{
		Name:          "status",
		Description:   "Reports the state of the server: its versions, how long it has run, and its memory.",
		OutputExample: map[string]any{"id": "sidekick", "nodeStatus": "Node Healthy", "uptime": 10469, "consumedMemoryMB": 12.5},
		Run: func(context.Context, *dispatch.Connection) (any, error) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return map[string]any{
				"id":               id,
				"sidekickVersion":  version,
				"goVersion":        runtime.Version(),
				"name":             "sidekick",
				"uptime":           time.Since(started).Milliseconds(),
				"consumedMemoryMB": float64(m.HeapAlloc*100/(1<<20)) / 100,
				"goroutines":       runtime.NumGoroutine(),
				"nodeStatus":       "Node Healthy",
				"problems":         []any{},
			}, nil
		},
	}
}

func randomNumber() dispatch.Action {
	return dispatch.Action{
		Name:          "randomNumber",
		Description:   "Makes a random number from 0 to 1.",
		OutputExample: map[string]any{"randomNumber": 0.123, "stringRandomNumber": "Your random number is 0.123"},
		Run: func(context.Context, *dispatch.Connection) (any, error) {
			n := rand.Float64()
			return map[string]any{"randomNumber": n, "stringRandomNumber": fmt.Sprintf("Your random number is %v", n)}, nil
		},
	}
}

func cacheTest(c Cache) dispatch.Action {
	long := func(_ context.Context, v any) error {
		if len(v.(string)) < 3 {
			return envelope.Errorf(http.StatusUnprocessableEntity, "inputs should be at least 3 letters long")
		}
		return nil
	}
	input := func(what string) dispatch.Input {
		return dispatch.Input{
			Description: what, Required: true,
			Formatters: []dispatch.Formatter{dispatch.ToString},
			Validators: []dispatch.Validator{long},
		}
	}
	return dispatch.Action{
		Name:        "cacheTest",
		Description: "Saves a value in the cache for 5 seconds, loads it and deletes it again.",
		Inputs:      dispatch.Inputs{"key": input("the name to save it under"), "value": input("what to save")},
		OutputExample: map[string]any{"cacheTestResults": map[string]any{
			"saveResp": true, "sizeResp": 1, "deleteResp": true,
			"loadResp": map[string]any{"key": "cacheTest_key", "value": "value", "createdAt": int64(1700000000000)},
		}},
		Run: func(ctx context.Context, conn *dispatch.Connection) (any, error) {
			key, _ := conn.Params.String("key")
			value, _ := conn.Params.String("value")
			key = "cacheTest_" + key
			tried, err := c.Try(ctx, key, value, 5*time.Second)
			if err != nil {
				return nil, &envelope.Error{Status: http.StatusServiceUnavailable, Message: "the cache cannot be reached at the moment: please try again", Err: err}
			}
			return map[string]any{"cacheTestResults": map[string]any{
				"saveResp":   true,
				"sizeResp":   tried.Size,
				"loadResp":   map[string]any{"key": key, "value": tried.Value, "createdAt": tried.Created.UnixMilli()},
				"deleteResp": tried.Deleted,
			}}, nil
		},
	}
}

// longestSleep limits how long a request may hold its goroutine.
const longestSleep = 30 * time.Second

func sleepTest() dispatch.Action {
	return dispatch.Action{
		Name:        "sleepTest",
		Description: "Waits for a while before it responds.",
		Inputs: dispatch.Inputs{"sleepDuration": {
			Description: "how long, in milliseconds, up to 30000", Required: true, Default: 1000,
			Formatters: []dispatch.Formatter{dispatch.ToInt},
			Validators: []dispatch.Validator{func(_ context.Context, v any) error {
				if ms := v.(int64); ms < 0 || ms > longestSleep.Milliseconds() {
					return fmt.Errorf("sleepDuration must be from 0 to %d", longestSleep.Milliseconds())
				}
				return nil
			}},
		}},
		OutputExample: map[string]any{"sleepStarted": int64(1420953571322), "sleepEnded": int64(1420953572327), "sleepDelta": 1005, "sleepDuration": 1000},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			ms, _ := c.Params["sleepDuration"].(int64)
			started := time.Now()
			timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			ended := time.Now()
			return map[string]any{
				"sleepStarted":  started.UnixMilli(),
				"sleepEnded":    ended.UnixMilli(),
				"sleepDelta":    ended.Sub(started).Milliseconds(),
				"sleepDuration": ms,
			}, nil
		},
	}
}

func validationTest() dispatch.Action {
	return dispatch.Action{
		Name:        "validationTest",
		Description: "Takes a string and, optionally, a number.",
		Inputs: dispatch.Inputs{
			"string": {
				Description: "a text", Required: true,
				Validators: []dispatch.Validator{func(_ context.Context, v any) error {
					if _, ok := v.(string); !ok {
						// Actionhero's wording.
						return envelope.Errorf(http.StatusUnprocessableEntity, `Input for parameter "string" failed validation!`)
					}
					return nil
				}},
			},
			"number": {Description: "a number", Formatters: []dispatch.Formatter{dispatch.ToFloat}},
		},
		OutputExample: map[string]any{"string": "imAString!", "number": 7},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			out := map[string]any{"string": c.Params["string"]}
			if n, sent := c.Params["number"]; sent {
				out["number"] = n
			}
			return out, nil
		},
	}
}
