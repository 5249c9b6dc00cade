//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/internal/redistest"
)

// binary is the program, built once.
var binary string

func TestMain(m *testing.M) {
	goredis.SetLogger(silent{})
	dir, err := os.MkdirTemp("", "sidekick-redis-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "sidekick")
	out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	code := 1
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// command makes a command that has nothing in its environment but these variables.
func command(ctx context.Context, environ []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append([]string{"TMPDIR=" + os.TempDir(), "SIDEKICK_FINGERPRINT_KEYS=" + strings.Repeat("k", 32), "SIDEKICK_ENV=production"}, environ...)
	return cmd
}

// output is what a process has written so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// count returns how many records of the log have a message.
func (o *output) count(message string) int {
	return strings.Count(o.String(), `"msg":"`+message+`"`)
}

// process is a server that runs.
type process struct {
	url string
	log *output
}

// serve runs the program until the test ends.
func serve(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := command(ctx, environ, append([]string{"-address", "127.0.0.1:0"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	p, said := &process{log: &output{}}, &output{}
	cmd.Stdout, cmd.Stderr = said, p.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("it has ended with %d", code)
		}
		if t.Failed() {
			t.Logf("it logged:\n%s", p.log)
		}
	})
	redistest.WaitFor(t, "the server", func() bool {
		if m := regexp.MustCompile(`Sidekick is at (\S+?)/? `).FindStringSubmatch(said.String()); m != nil {
			p.url = m[1]
		}
		return p.url != ""
	})
	return p
}

// answer is what a request has got.
type answer struct {
	status int
	header http.Header
	body   string
}

func (p *process) ask(t *testing.T, method, target string, fields ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, p.url+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(content)}
}

// file writes a configuration.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sidekick.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const key = "8e03978e-40d5-43e8-bc93-6894a57f9324"

// tryCache asks for cacheTest and returns how many values were in the cache.
func (p *process) tryCache(t *testing.T, method string, fields ...string) (size int, a answer) {
	t.Helper()
	a = p.ask(t, method, "/api/cacheTest?key=theKey&value=theValue", fields...)
	var got struct {
		Results struct {
			Save   bool `json:"saveResp"`
			Size   int  `json:"sizeResp"`
			Delete bool `json:"deleteResp"`
			Load   struct{ Key, Value string }
		} `json:"cacheTestResults"`
	}
	body := strings.Replace(a.body, "loadResp", "load", 1)
	if err := json.Unmarshal([]byte(body), &got); err != nil || a.status != 200 || !got.Results.Save || !got.Results.Delete || got.Results.Load.Key != "cacheTest_theKey" || got.Results.Load.Value != "theValue" {
		t.Errorf("cacheTest: got %d %s, %v", a.status, a.body, err)
	}
	return got.Results.Size, a
}

// patient are options with which a busy machine is no failure of the store.
const patient = `"idempotency": {"storeTimeout": "10s"}, "rateLimit": {"limits": [{"rate": 1000, "per": "1s"}], "storeTimeout": "10s"}`

// TestProcessesShare holds that two processes have one cache, one limit and one
// answer for a key, however the server of Redis is named to them.
func TestProcessesShare(t *testing.T) {
	redistest.EachProgram(t, func(t *testing.T, program string) {
		redis := redistest.Start(t, program)
		client := goredis.NewClient(&goredis.Options{Addr: redis.Addr})
		t.Cleanup(func() { _ = client.Close() })
		const options = patient + `, "actionRateLimits": {"echo": [{"rate": 5, "per": "1h"}]}`
		processes := []*process{
			serve(t, nil, "-config", file(t, `{"redis": "`+redis.URL()+`", `+options+`}`)),
			serve(t, []string{"SIDEKICK_REDIS=" + redis.URL()}, "-config", file(t, `{"redis": "redis://nowhere.invalid", `+options+`}`)),
			serve(t, []string{"SIDEKICK_REDIS=redis://nowhere.invalid"}, "-redis", redis.URL(), "-config", file(t, `{`+options+`}`)),
		}

		// What a process has answered is what the others answer: the cache was
		// written once, and the answer is read by all.
		_, first := processes[0].tryCache(t, "POST", "Idempotency-Key", key)
		for i, p := range processes {
			_, a := p.tryCache(t, "POST", "Idempotency-Key", key)
			if a.body != first.body || a.header.Get("Idempotent-Replayed") != "true" {
				t.Errorf("process %d: got %s %v, want %s", i, a.body, a.header, first.body)
			}
		}
		if info, err := client.InfoMap(t.Context(), "commandstats").Result(); err != nil || !strings.HasPrefix(info["Commandstats"]["cmdstat_multi"], "calls=1,") {
			t.Errorf("the cache was written otherwise than once: %v, %v", info, err)
		}

		allowed := 0
		for i := range 12 {
			switch a := processes[i%len(processes)].ask(t, "GET", "/api/echo"); a.status {
			case 200:
				allowed++
			case 429:
			default:
				t.Errorf("got %d %s", a.status, a.body)
			}
		}
		if allowed != 5 {
			t.Errorf("%d requests were let through, want 5", allowed)
		}
	})
}

// TestProcessesAreForThemselvesWithoutRedis holds that nothing is shared then.
func TestProcessesAreForThemselvesWithoutRedis(t *testing.T) {
	t.Parallel()
	config := file(t, `{"idempotency": true, "rateLimit": {"limits": [{"rate": 2, "per": "1h"}]}}`)
	var numbers []string
	for range 2 {
		p := serve(t, nil, "-config", config)
		for i, want := range []int{200, 200, 429} {
			a := p.ask(t, "POST", "/api/randomNumber", "Idempotency-Key", key)
			if a.status != want {
				t.Errorf("got %d %s, want %d", a.status, a.body, want)
			}
			if i == 0 {
				numbers = append(numbers, a.body)
			}
		}
	}
	if numbers[0] == numbers[1] {
		t.Errorf("both answer %s", numbers[0])
	}
}

// TestRedisIsKilled holds that requests get clear errors while the server is away,
// each piece logs that once, and all is as before when it is back.
func TestRedisIsKilled(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, redistest.Program(t))
	p := serve(t, nil, "-redis", redis.URL(), "-config", file(t, `{"envelope": {"errors": {"details": true}},
		"idempotency": {"storePause": "10ms", "storeTimeout": "10s"}, "idempotentActions": ["randomNumber"],
		"rateLimit": {"limits": [{"rate": 1000, "per": "1s"}], "fallback": "closed", "exemptPaths": ["/api/cacheTest", "/api/randomNumber"], "storePause": "10ms", "storeTimeout": "10s"}}`))
	works := func() bool {
		return p.ask(t, "GET", "/api/status").status == 200 &&
			p.ask(t, "POST", "/api/randomNumber", "Idempotency-Key", key).status == 200 &&
			p.ask(t, "GET", "/api/cacheTest?key=theKey&value=theValue").status == 200
	}
	redistest.WaitFor(t, "all to work", works)
	redis.Kill()
	for range 3 {
		for _, tt := range []struct{ method, target, want string }{
			{"GET", "/api/status", `"errorCode":"rate_limit_unavailable"`},
			{"POST", "/api/randomNumber", `"errorCode":"idempotency_unavailable"`},
			{"GET", "/api/cacheTest?key=theKey&value=theValue", `"error":"the cache cannot be reached at the moment: please try again"`},
		} {
			if a := p.ask(t, tt.method, tt.target, "Idempotency-Key", key+"2"); a.status != 503 || !strings.Contains(a.body, tt.want) {
				t.Errorf("%s: got %d %s, want %s", tt.target, a.status, a.body, tt.want)
			}
		}
		if a := p.ask(t, "POST", "/api/randomNumber"); a.status != 200 {
			t.Errorf("without a key: got %d %s", a.status, a.body)
		}
	}
	redis.Start()
	redistest.WaitFor(t, "all to work again", works)
	for _, message := range []string{"ratelimit: the store fails", "idempotency: the store fails", "ratelimit: the store answers again", "idempotency: the store answers again"} {
		redistest.WaitFor(t, message, func() bool { return p.log.count(message) > 0 })
		if n := p.log.count(message); n != 1 {
			t.Errorf("%q was logged %d times", message, n)
		}
	}
	if log := p.log.String(); !strings.Contains(log, "connection refused") || strings.Contains(log, "redis: ") {
		t.Error("the log does not say why, or go-redis has written to it")
	}
}

// TestRedisIsNotThereYet holds that a server starts without it, does what the
// fallbacks say, and shares from when it is there.
func TestRedisIsNotThereYet(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, redistest.Program(t))
	redis.Kill()
	var processes []*process
	for range 2 {
		processes = append(processes, serve(t, nil, "-redis", redis.URL(), "-config", file(t, `{"idempotency": {"fallback": "open", "storePause": "10ms", "storeTimeout": "10s"},
			"rateLimit": {"limits": [{"rate": 2, "per": "1h"}], "fallback": "local", "storePause": "10ms", "storeTimeout": "10s", "exemptPaths": ["/api/sleepTest"]}}`)))
	}
	const unreachable = "redis cannot be reached: until it is back, the fallback options of rateLimit and idempotency apply"
	for _, p := range processes {
		redistest.WaitFor(t, "the warning", func() bool { return p.log.count(unreachable) == 1 })
		if log := p.log.String(); !strings.Contains(log, `"redis":"`+redis.URL()+`"`) || !strings.Contains(log, "connection refused") {
			t.Errorf("it logs %s", log)
		}
		for i, want := range []int{200, 200, 429} { // each for itself
			a := p.ask(t, "POST", "/api/randomNumber", "Idempotency-Key", key)
			if a.status != want || want == 200 && a.header.Get("Idempotent-Stored") != "false" {
				t.Errorf("%d: got %d %s %v, want %d", i, a.status, a.body, a.header, want)
			}
		}
	}
	redis.Start()
	send := func(p *process) answer {
		return p.ask(t, "POST", "/api/sleepTest?sleepDuration=0", "Idempotency-Key", key+"3")
	}
	redistest.WaitFor(t, "answers to be kept", func() bool { return send(processes[0]).header.Get("Idempotent-Replayed") == "true" })
	redistest.WaitFor(t, "answers to be shared", func() bool { return send(processes[1]).header.Get("Idempotent-Replayed") == "true" })
	if first, second := send(processes[0]), send(processes[1]); first.body != second.body {
		t.Errorf("got %s and %s", first.body, second.body)
	}
}

// TestBadURLs holds that one is reported once, by where it is, without its password,
// and that a good one is shown without it.
func TestBadURLs(t *testing.T) {
	t.Parallel()
	run := func(environ []string, args ...string) (code int, said string) {
		out, err := command(t.Context(), environ, args...).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "secret") {
			t.Errorf("the password is shown: %s", out)
		}
		if exit != nil {
			code = exit.ExitCode()
		}
		return code, string(out)
	}
	for _, tt := range []struct{ url, want string }{
		{"http://u:secret@h", "invalid URL scheme: http: want one such as redis://localhost:6379/0"},
		{"redis://u:secret@h:x", `the URL cannot be used (in a password, write %2F for "/", %3F for "?", %23 for "#", %40 for "@" and %25 for "%"): want one such as redis://localhost:6379/0`},
		{"redis://u:secret@h/0?nope=1&addr=h2:1", "unexpected option: nope: want one such as redis://localhost:6379/0"},
		{"localhost:6379", "invalid URL scheme: localhost: want one such as redis://localhost:6379/0"},
	} {
		code, said := run(nil, "check", "-redis", tt.url)
		if want := "flag -redis: sidekick: redis (SIDEKICK_REDIS): " + tt.want + "\n"; code != 1 || said != want {
			t.Errorf("%s: got %d %s\nwant %s", tt.url, code, said, want)
		}
	}
	config := file(t, `{"redis": "redis://u:secret@h:x"}`)
	if code, said := run(nil, "check", "-config", config); code != 1 || !strings.HasPrefix(said, "file "+config+":1:11: sidekick: redis (SIDEKICK_REDIS): the URL cannot be used") {
		t.Errorf("got %d %s", code, said)
	}
	if code, said := run([]string{"SIDEKICK_REDIS=redis://u:secret@h"}, "config"); code != 0 || !regexp.MustCompile(`(?m)^redis +"redis://u:xxxxx@h" +environment SIDEKICK_REDIS$`).MatchString(said) {
		t.Errorf("got %d %s", code, said)
	}
	if code, said := run([]string{"SIDEKICK_REDIS=redis://u:secret@h"}, "config", "-json"); code != 0 || !strings.Contains(said, `"redis": null`) {
		t.Errorf("got %d %s", code, said)
	}
}

// TestCacheOnACluster holds that the cache works on a server that is part of one:
// all its keys are in one slot.
func TestCacheOnACluster(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, redistest.Program(t), "--cluster-enabled", "yes", "--cluster-port", redistest.FreePort(t), "--cluster-config-file", "nodes.conf")
	client := goredis.NewClient(&goredis.Options{Addr: redis.Addr})
	t.Cleanup(func() { _ = client.Close() })
	if err := client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	redistest.WaitFor(t, "the cluster", func() bool {
		return strings.Contains(client.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	for _, url := range []string{redis.URL(), redis.URL() + "?addr=" + redis.Addr} {
		if size, _ := serve(t, nil, "-redis", url).tryCache(t, "GET"); size != 1 {
			t.Errorf("%s: there are %d values", url, size)
		}
	}
}
