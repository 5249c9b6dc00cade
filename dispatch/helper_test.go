package dispatch_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
)

// recorder renders answers in an envelope and keeps the last one.
type recorder struct {
	mu   sync.Mutex
	last envelope.Answer
	env  *envelope.Envelope
}

func (rc *recorder) Respond(w http.ResponseWriter, r *http.Request, a envelope.Answer) {
	rc.mu.Lock()
	rc.last = a
	rc.mu.Unlock()
	rc.env.Respond(w, r, a)
}

// logBuffer is a buffer for the server's goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}

// newDispatcher makes a dispatcher and a recorder of its answers.
func newDispatcher(t testing.TB, opts dispatch.Options) (*dispatch.Dispatcher, *recorder) {
	t.Helper()
	env, err := envelope.New(envelope.Options{ExposeErrors: true, RequesterInformation: true})
	if err != nil {
		t.Fatal(err)
	}
	rc := &recorder{env: env}
	opts.Renderer = rc
	d, err := dispatch.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return d, rc
}

// answer is what the server answered.
type answer struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// ask sends a request; the body is sent as JSON unless it looks like a form.
func ask(t testing.TB, h http.Handler, method, target, body string) answer {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		if strings.Contains(body, "=") && !strings.HasPrefix(body, "{") {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w, t}
}

// object returns the answer's JSON.
func (a answer) object() map[string]any {
	a.t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &v); err != nil {
		a.t.Fatalf("not JSON: %v\n%s", err, a.Body)
	}
	return v
}

func (a answer) err() any { return a.object()["error"] }

// received returns receivedParams.
func (a answer) received() map[string]any {
	info, _ := a.object()["requesterInformation"].(map[string]any)
	params, _ := info["receivedParams"].(map[string]any)
	return params
}

// action makes an action that answers with its parameters.
func action(name string, in dispatch.Inputs) dispatch.Action {
	return dispatch.Action{Name: name, Inputs: in, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		return map[string]any{"ran": name, "params": c.Params}, nil
	}}
}
