package redis

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// The script decides like Plan.Take, for random limits, costs, batches and times,
// also if the server's clock jumps.
func TestScriptIsThePlan(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed")
	}
	socket := filepath.Join(t.TempDir(), "redis.sock")
	server := exec.Command(path, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: socket})
	defer client.Close()
	for range 2000 {
		if err = client.Ping(t.Context()).Err(); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}

	// The clock is passed in the last two arguments, and keys do not expire by
	// another one.
	timed := source
	for from, to := range map[string]string{"call('TIME')": "{ARGV[#ARGV - 1], ARGV[#ARGV]}", "ceil(debt / 8000)": "1e8", "ceil(last / 8000)": "1e8"} {
		if strings.Count(timed, from) != 1 {
			t.Fatalf("%q is not in the script", from)
		}
		timed = strings.Replace(timed, from, to, 1)
	}
	script := goredis.NewScript(timed)
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 3))
		limits := make([]ratelimit.Limit, 1+rng.IntN(ratelimit.MaxLimits))
		for i := range limits {
			// Intervals that are whole units, so that plan and script agree exactly.
			rate := 1 + rng.Int64N(20)
			limits[i] = ratelimit.Limit{Name: fmt.Sprint(i), Rate: rate, Per: time.Duration(rate*(1+rng.Int64N(1e6))) * unit, Burst: 1 + rng.Int64N(30)}
		}
		plan, err := ratelimit.NewPlan("", limits...)
		if err != nil {
			t.Fatal(err)
		}
		terms := newTerms(plan)
		model := map[string]ratelimit.Debts{} // the times at which nothing is owed any more
		now := 400 * 24 * time.Hour           // since 2026
		for range 300 {
			now += time.Duration(rng.ExpFloat64() * float64(plan.Interval(0))).Truncate(time.Microsecond)
			switch rng.IntN(60) {
			case 0:
				now += time.Hour
			case 1:
				now -= time.Hour
			}
			keys, costs := make([]string, 1+rng.IntN(4)), []any{}
			for i := range keys {
				keys[i] = fmt.Sprint(seed, " client ", rng.IntN(5)) // also twice in a batch
				costs = append(costs, rng.Int64N(4))
			}
			seconds, micros := 1767225600+now/time.Second, now%time.Second/time.Microsecond
			arguments := append(append(append([]any{}, terms.arguments...), costs...), int64(seconds), int64(micros))
			answer, err := script.Run(t.Context(), client, keys, arguments...).Slice()
			if err != nil {
				t.Fatal(err)
			}
			for i, key := range keys {
				until := model[key]
				debts, mended := until, false
				for j := range plan.Len() {
					debts[j] -= now
					mended = mended || debts[j] > plan.Window(j)
				}
				want := plan.Take(&debts, costs[i].(int64))
				if want && costs[i] != int64(0) || mended {
					for j := range plan.Len() {
						until[j] = now + debts[j]
					}
					model[key] = until
				}
				got, err := terms.read(answer[i*plan.Len() : (i+1)*plan.Len()])
				if err != nil || got.Allowed != want || got.Debts != debts {
					t.Fatalf("%+v: %s asks for %v: got %+v, %v, want %t %v", limits, key, costs[i], got, err, want, debts)
				}
			}
		}
	}
}

// Intervals that are not whole units neither cost a client a unit nor give one
// away.
func TestDebtsInUnits(t *testing.T) {
	for _, limit := range []ratelimit.Limit{
		{Rate: 3, Per: time.Second, Burst: 1000}, {Rate: 10_000_000, Per: time.Second}, {Rate: 1, Per: 399 * 24 * time.Hour},
		{Rate: 7_654_321, Per: time.Second, Burst: 1_000_000_000}, {Rate: 1, Per: 126},
	} {
		plan, err := ratelimit.NewPlan("", limit)
		if err != nil {
			t.Fatal(err)
		}
		terms := newTerms(plan)
		increment := int64(terms.increments[0])
		burst := int64(plan.Window(0) / plan.Interval(0))
		for _, used := range []int64{0, 1, burst / 3, burst - 1, burst} {
			if got, want := terms.debt(0, used*increment), time.Duration(used)*plan.Interval(0); got != want {
				t.Errorf("%+v: %d used units are a debt of %v, want %v", limit, used, got, want)
			}
		}
		if got := terms.debt(0, burst*increment+1); got > plan.Window(0) && plan.Interval(0)%unit != 0 {
			t.Errorf("%+v: a debt of %v is more than the window", limit, got)
		}
	}
}

// An invalid answer is an error.
func TestInvalidAnswers(t *testing.T) {
	plan, err := ratelimit.NewPlan("", ratelimit.Limit{Rate: 1, Per: time.Second}, ratelimit.Limit{Rate: 1, Per: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range [][]any{{"WRONGTYPE nonsense", int64(0)}, {nil, int64(0)}, {int64(1), 1.5}} {
		if taken, err := newTerms(plan).read(answer); err == nil || !strings.HasPrefix(err.Error(), "ratelimit/redis: ") {
			t.Errorf("%v: got %+v, %v", answer, taken, err)
		}
	}
}
