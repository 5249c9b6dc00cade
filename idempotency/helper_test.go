package idempotency_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sidekick-http/sidekick/idempotency"
)

const uuid = `"8e03978e-40d5-43e8-bc93-6894a57f9324"`

func mustNew(t testing.TB, o idempotency.Options) *idempotency.Replayer {
	t.Helper()
	p, err := idempotency.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fieldsOf returns the options named in an error.
func fieldsOf(err error) (fields []string) {
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil {
		return nil
	}
	for _, err := range joined.Unwrap() {
		var problem *idempotency.ConfigError
		if errors.As(err, &problem) && problem.Package == "idempotency" && problem.Reason != "" {
			fields = append(fields, problem.Field)
		}
	}
	return fields
}

// request returns a POST with a key and further fields.
func request(body string, fields ...string) *http.Request {
	r := httptest.NewRequest("POST", "/orders?a=1", strings.NewReader(body))
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Idempotency-Key", uuid)
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	return r
}

func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// order is a handler that counts its calls and returns the number.
type order struct{ worked atomic.Int64 }

func (o *order) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := o.worked.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Order", string('0'+byte(n)))
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte("order of " + string(body)))
}

func isReplay(w *httptest.ResponseRecorder) bool {
	return w.Result().Header.Get("Idempotent-Replayed") == "true"
}

func isUnstored(w *httptest.ResponseRecorder) bool {
	return w.Result().Header.Get("Idempotent-Stored") == "false"
}

// journal is what was logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) lines() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.FieldsFunc(j.text.String(), func(r rune) bool { return r == '\n' })
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// faulty is a store that fails on demand: fail, if set, is called with the name of
// the method.
type faulty struct {
	*idempotency.Memory
	fail  atomic.Pointer[func(ctx context.Context, method string) error]
	calls atomic.Int64
}

func newFaulty(t testing.TB) *faulty {
	return &faulty{Memory: newMemory(t, idempotency.MemoryOptions{})}
}

func (f *faulty) fails(fail func(ctx context.Context, method string) error) {
	if fail == nil {
		f.fail.Store(nil)
		return
	}
	f.fail.Store(&fail)
}

func (f *faulty) check(ctx context.Context, method string) error {
	f.calls.Add(1)
	if fail := f.fail.Load(); fail != nil {
		return (*fail)(ctx, method)
	}
	return nil
}

func (f *faulty) Begin(ctx context.Context, c idempotency.Claim) (idempotency.Begun, error) {
	if err := f.check(ctx, "Begin"); err != nil {
		return idempotency.Begun{}, err
	}
	return f.Memory.Begin(ctx, c)
}

func (f *faulty) Renew(ctx context.Context, c idempotency.Claim) error {
	if err := f.check(ctx, "Renew"); err != nil {
		return err
	}
	return f.Memory.Renew(ctx, c)
}

func (f *faulty) Finish(ctx context.Context, c idempotency.Claim, answer []byte) error {
	if err := f.check(ctx, "Finish"); err != nil {
		return err
	}
	return f.Memory.Finish(ctx, c, answer)
}

func (f *faulty) Abort(ctx context.Context, c idempotency.Claim) error {
	if err := f.check(ctx, "Abort"); err != nil {
		return err
	}
	return f.Memory.Abort(ctx, c)
}

// unpunctual hides that a store never waits.
type unpunctual struct{ idempotency.Store }

var errDown = errors.New("connection refused")

// spy is a store that records its arguments.
type spy struct {
	*idempotency.Memory
	claims []idempotency.Claim
}

func (s *spy) Begin(ctx context.Context, c idempotency.Claim) (idempotency.Begun, error) {
	s.claims = append(s.claims, c)
	return s.Memory.Begin(ctx, c)
}
