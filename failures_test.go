package sidekick_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/middleware/recovery"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

// records keeps what a logger was given.
type records struct {
	mu   sync.Mutex
	list []map[string]any
}

// Write takes one record of slog's JSON handler.
func (r *records) Write(p []byte) (int, error) {
	var one map[string]any
	if err := json.Unmarshal(p, &one); err != nil {
		return 0, err
	}
	delete(one, "time")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, one)
	return len(p), nil
}

// take returns the records so far, with those of the access log separate.
func (r *records) take() (failures, requests []map[string]any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.list {
		if one["msg"] == "request" {
			requests = append(requests, one)
		} else {
			failures = append(failures, one)
		}
	}
	r.list = nil
	return failures, requests
}

func newLogger() (*slog.Logger, *records) {
	r := &records{}
	return slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug})), r
}

// must returns what a constructor made.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var errDisk = errors.New("pq: disk full")

// fails returns the failure of the given kind, or causes it. began is closed when a
// request for "gone" is being processed.
func fails(kind string, ctx context.Context, began chan<- struct{}) error {
	switch kind {
	case "error":
		return errDisk
	case "cause":
		return &envelope.Error{Status: 503, Message: "cannot save", Err: errDisk}
	case "wrapped":
		return fmt.Errorf("order 7: %w", &envelope.Error{Status: 404, Message: "not found", Err: errDisk})
	case "joined":
		return errors.Join(errors.New("first"), &envelope.Error{Status: 500, Message: "second", Err: errDisk})
	case "refused":
		return envelope.Errorf(422, "name is missing")
	case "panic":
		panic(errDisk)
	case "abort":
		panic(http.ErrAbortHandler)
	case "gone":
		close(began)
		<-ctx.Done()
		return fmt.Errorf("query: %w", ctx.Err())
	}
	return nil
}

// failingActions are actions named by how they fail.
func failingActions(began chan<- struct{}) []dispatch.Action {
	var actions []dispatch.Action
	for _, kind := range []string{"error", "cause", "wrapped", "joined", "refused", "panic", "abort", "gone"} {
		actions = append(actions, dispatch.Action{Name: kind, Run: func(ctx context.Context, _ *dispatch.Connection) (any, error) {
			return nil, fails(kind, ctx, began)
		}})
	}
	return append(actions,
		dispatch.Action{Name: "late", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			_, _ = io.WriteString(c.ResponseWriter(), strings.Repeat("x", 10_000))
			panic(errDisk)
		}},
		dispatch.Action{Name: "broken", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			_, _ = io.WriteString(c.ResponseWriter(), strings.Repeat("x", 10_000))
			return nil, errDisk
		}},
		dispatch.Action{Name: "unsendable", Run: func(context.Context, *dispatch.Connection) (any, error) {
			return map[string]any{"f": func() {}}, nil
		}},
		dispatch.Action{Name: "store", Inputs: dispatch.Inputs{"f": {File: true}}, Run: func(context.Context, *dispatch.Connection) (any, error) {
			return nil, nil
		}},
	)
}

// failingStore is a store that always fails.
type failingStore struct{}

func (failingStore) Create(context.Context, *upload.File) (upload.Object, error) { return nil, errDisk }

func failingParams(t testing.TB, o params.Options) *params.Parser {
	o.Upload = must[*upload.Parser](t)(upload.New(upload.Options{Store: failingStore{}}))
	return must[*params.Parser](t)(params.New(o))
}

// plainRenderer is a foreign renderer that knows nothing of envelopes.
type plainRenderer struct{}

func (plainRenderer) Respond(w http.ResponseWriter, _ *http.Request, a envelope.Answer) {
	status := a.Status
	var coded interface{ StatusCode() int }
	if status == 0 && errors.As(a.Err, &coded) {
		status = coded.StatusCode()
	}
	if status == 0 && a.Err != nil {
		status = 500
	}
	w.WriteHeader(max(status, 200))
	fmt.Fprintln(w, "sorry")
}

// changingRenderer answers through an envelope, with its own errors, like
// Actionhero's config/errors.
type changingRenderer struct{ env *envelope.Envelope }

func (c changingRenderer) Respond(w http.ResponseWriter, r *http.Request, a envelope.Answer) {
	status := a.Status
	var coded interface{ StatusCode() int }
	if status == 0 && errors.As(a.Err, &coded) {
		status = coded.StatusCode()
	}
	if a.Err != nil {
		a.Err = &envelope.Error{Status: status, Value: map[string]any{"reason": "sorry"}}
	}
	c.env.Respond(w, r, envelope.Answer{Status: a.Status, Err: a.Err})
}

// forgetful ignores what it is to render and uses only the request.
type forgetful struct{ env *envelope.Envelope }

func (f forgetful) Respond(w http.ResponseWriter, r *http.Request, a envelope.Answer) {
	f.env.Render(w, r, a.Value, a.Err)
}

type panickingRenderer struct{}

func (panickingRenderer) Respond(http.ResponseWriter, *http.Request, envelope.Answer) {
	panic("renderer")
}

// wanted is the one record that a failure must produce.
type wanted struct {
	level, msg, text string
	status           int // 0 means none
	stack            bool
	broken           bool // the client does not get a complete response
}

// failures has the wanted record for each kind; "abort" has none.
var failures = map[string]*wanted{
	"error":      {level: "ERROR", msg: "request failed", text: "pq: disk full", status: 500},
	"cause":      {level: "ERROR", msg: "request failed", text: "cannot save: pq: disk full", status: 503},
	"wrapped":    {level: "DEBUG", msg: "request refused", text: "order 7: not found: pq: disk full", status: 404},
	"joined":     {level: "ERROR", msg: "request failed", text: "first; second: pq: disk full", status: 500},
	"refused":    {level: "DEBUG", msg: "request refused", text: "name is missing", status: 422},
	"panic":      {level: "ERROR", msg: "handler panicked", text: "panic: pq: disk full", status: 500, stack: true},
	"late":       {level: "ERROR", msg: "handler panicked after its response began", text: "panic: pq: disk full", status: 200, stack: true, broken: true},
	"broken":     {level: "ERROR", msg: "request failed after its response began", text: "pq: disk full", status: 200, broken: true},
	"unsendable": {level: "ERROR", msg: "request failed", text: "the result cannot be sent: json: unsupported type: func()", status: 500},
	"store":      {level: "ERROR", msg: "request failed", text: `upload: store failed, field "f": pq: disk full`, status: 500},
	"gone":       {level: "DEBUG", msg: "client gone", text: "query: context canceled", status: 499, broken: true},
	"abort":      nil,
}

// without returns all kinds of failures but these.
func without(kinds ...string) []string {
	var rest []string
	for kind := range failures {
		if !slices.Contains(kinds, kind) {
			rest = append(rest, kind)
		}
	}
	slices.Sort(rest)
	return rest
}

func failingDispatcher(t *testing.T, o dispatch.Options, began chan struct{}) *dispatch.Dispatcher {
	o.Actions, o.Params = failingActions(began), failingParams(t, params.Options{})
	return must[*dispatch.Dispatcher](t)(dispatch.New(o))
}

// failingHandler fails as its path says, and calls answer with the error.
func failingHandler(began chan struct{}, answer func(w http.ResponseWriter, r *http.Request, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			_, _ = io.WriteString(w, strings.Repeat("x", 10_000))
			panic(errDisk)
		}
		answer(w, r, fails(strings.TrimPrefix(r.URL.Path, "/"), r.Context(), began))
	})
}

func newEnvelope(t *testing.T, l *slog.Logger) *envelope.Envelope {
	return must[*envelope.Envelope](t)(envelope.New(envelope.Options{Logger: l}))
}

func newRecoverer(t *testing.T, o recovery.Options) *recovery.Recoverer {
	return must[*recovery.Recoverer](t)(recovery.New(o))
}

// arrangement is one way to combine the pieces.
type arrangement struct {
	name  string
	kinds []string
	make  func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler
	// changed means that the arrangement has its own messages, with the same end.
	changed bool
	// nameless means that no action is known.
	nameless bool
}

// arrangements are the pieces that meet failures, alone and together.
var arrangements = []arrangement{
	{name: "dispatch alone", kinds: without(), make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return failingDispatcher(t, dispatch.Options{Logger: l}, began)
	}},
	{name: "dispatch and an envelope", kinds: without(), make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return failingDispatcher(t, dispatch.Options{Logger: l, Renderer: newEnvelope(t, l)}, began)
	}},
	{name: "dispatch and a renderer without an envelope", kinds: without("unsendable"), make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return failingDispatcher(t, dispatch.Options{Logger: l, Renderer: plainRenderer{}}, began)
	}},
	{name: "dispatch and a renderer around an envelope", kinds: without("unsendable"), changed: true, make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return failingDispatcher(t, dispatch.Options{Logger: l, Renderer: changingRenderer{newEnvelope(t, l)}}, began)
	}},
	{name: "dispatch and a renderer that forgets the context", kinds: without(), make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return failingDispatcher(t, dispatch.Options{Logger: l, Renderer: forgetful{newEnvelope(t, l)}}, began)
	}},
	{name: "dispatch behind recovery", kinds: without(), make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return newRecoverer(t, recovery.Options{Logger: l}).Handler(failingDispatcher(t, dispatch.Options{Logger: l}, began))
	}},
	{name: "dispatch behind an envelope's handler", kinds: without("late", "broken"), make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return newEnvelope(t, l).Handler(failingDispatcher(t, dispatch.Options{Logger: l}, began))
	}},
	{name: "dispatch behind params", kinds: without("store"), make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return failingParams(t, params.Options{Logger: l}).Handler(failingDispatcher(t, dispatch.Options{Logger: l}, began))
	}},
	{name: "the assembled server", kinds: without("store"), make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		cfg := sidekick.Production()
		cfg.Logger, cfg.Paths.Root = l, "actions"
		cfg.Fingerprint.DangerouslyUnsigned = true
		return must[*sidekick.Kit](t)(sidekick.New(cfg, failingActions(began)...))
	}},
	{name: "an envelope alone", kinds: without("panic", "late", "broken", "unsendable", "store"), nameless: true, make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		e := newEnvelope(t, l)
		return failingHandler(began, func(w http.ResponseWriter, r *http.Request, err error) { e.Render(w, r, nil, err) })
	}},
	{name: "an envelope behind recovery that uses it", kinds: without("broken", "unsendable", "store"), nameless: true, make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		e := newEnvelope(t, l)
		return newRecoverer(t, recovery.Options{Logger: l, Respond: func(w http.ResponseWriter, r *http.Request, err error) { e.Render(w, r, nil, err) }}).
			Handler(failingHandler(began, func(w http.ResponseWriter, r *http.Request, err error) { e.Render(w, r, nil, err) }))
	}},
	{name: "recovery that answers by another error", kinds: []string{"panic", "late", "abort"}, nameless: true, changed: true, make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		e := newEnvelope(t, l)
		return newRecoverer(t, recovery.Options{Logger: l, Respond: func(w http.ResponseWriter, r *http.Request, _ error) {
			e.Render(w, r, nil, envelope.Errorf(500, "sorry"))
		}}).Handler(failingHandler(began, nil))
	}},
	{name: "recovery alone", kinds: []string{"panic", "late", "abort"}, nameless: true, make: func(t *testing.T, l *slog.Logger, began chan struct{}) http.Handler {
		return newRecoverer(t, recovery.Options{Logger: l}).Handler(failingHandler(began, nil))
	}},
	{name: "params alone", kinds: []string{"store"}, nameless: true, make: func(t *testing.T, l *slog.Logger, _ chan struct{}) http.Handler {
		return failingParams(t, params.Options{Logger: l}).Handler(http.NotFoundHandler())
	}},
	{name: "params with an error handler", kinds: []string{"store"}, nameless: true, make: func(t *testing.T, l *slog.Logger, _ chan struct{}) http.Handler {
		return failingParams(t, params.Options{Logger: l, ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, "sorry", 500)
		}}).Handler(http.NotFoundHandler())
	}},
	{name: "params with an envelope", kinds: []string{"store"}, nameless: true, make: func(t *testing.T, l *slog.Logger, _ chan struct{}) http.Handler {
		e := newEnvelope(t, l)
		return failingParams(t, params.Options{Logger: l, ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			e.Render(w, r, nil, err)
		}}).Handler(http.NotFoundHandler())
	}},
}

func TestEveryFailureIsLoggedOnce(t *testing.T) {
	for _, way := range arrangements {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			for _, kind := range way.kinds {
				t.Run(kind, func(t *testing.T) {
					logger, log := newLogger()
					began := make(chan struct{})
					status := fail(t, way.make(t, logger, began), kind, began)
					got, requests := log.take()
					want := failures[kind]
					if want == nil {
						if len(got) > 0 {
							t.Fatalf("got %v, want nothing", got)
						}
						return
					}
					checkRecord(t, got, *want, kind, way.changed, way.nameless)
					if status != want.status {
						t.Errorf("metrics see %d, want %d", status, want.status)
					}
					if len(requests) == 1 && (requests[0]["status"] != float64(want.status) || (requests[0]["aborted"] == true) != want.broken || requests[0]["messageId"] != got[0]["messageId"]) {
						t.Errorf("the access log has %v", requests[0])
					}
				})
			}
		})
	}
}

// checkRecord checks that a log has exactly the wanted record.
func checkRecord(t *testing.T, got []map[string]any, want wanted, kind string, changed, nameless bool) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("got %d records, want one: %v", len(got), got)
	}
	rec := got[0]
	text, _ := rec["error"].(string)
	happened, instead, _ := strings.Cut(text, "; map[reason:sorry]")
	if !changed {
		happened = text
	} else if before, found := strings.CutSuffix(text, "; sorry"); found {
		happened = before
	}
	if happened != want.text || instead != "" {
		t.Errorf("error: got %q, want %q", text, want.text)
	}
	method := http.MethodGet
	if kind == "store" {
		method = http.MethodPost
	}
	expected := map[string]any{"level": want.level, "msg": want.msg, "method": method, "path": "/" + kind, "status": float64(want.status)}
	if !nameless {
		expected["action"], expected["version"] = kind, "1"
	}
	if want.status == 0 {
		delete(expected, "status")
	}
	for name, value := range expected {
		if rec[name] != value {
			t.Errorf("%s: got %v, want %v", name, rec[name], value)
		}
	}
	if id, _ := rec["messageId"].(string); id == "" {
		t.Error("no messageId")
	}
	stack, _ := rec["stack"].(string)
	if (stack != "") != want.stack || want.stack && !strings.Contains(stack, "failures_test.go") {
		t.Errorf("stack: got %q, want one: %v", stack, want.stack)
	}
	for name := range rec {
		if _, known := expected[name]; !known && !strings.Contains("messageId error stack level msg", name) {
			t.Errorf("unexpected attribute %s=%v", name, rec[name])
		}
	}
}

// fail sends a request of a kind to a real server, waits for its end, and returns
// the status that outer metrics see. If the client gets a message id, fail checks
// that it is the one in the log.
func fail(t *testing.T, h http.Handler, kind string, began chan struct{}) (status int) {
	t.Helper()
	ended := make(chan struct{})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		h.ServeHTTP(&seen{w, &status}, r)
	}))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.Start()
	defer srv.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/"+kind+"?secret=1", nil)
	if kind == "store" {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, _ := form.CreateFormFile("f", "f.txt")
		_, _ = io.WriteString(part, "content")
		_ = form.Close()
		r, err = http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/"+kind, &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
	}
	if err != nil {
		t.Fatal(err)
	}
	if kind == "gone" {
		go func() { <-began; leave() }()
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	<-ended
	broken := kind == "abort" || failures[kind] != nil && failures[kind].broken
	if (err != nil) != broken {
		t.Errorf("the client got %v, want a broken answer: %v", err, broken)
	}
	return status
}

// seen is the writer of metrics around everything.
type seen struct {
	http.ResponseWriter
	status *int
}

func (s *seen) WriteHeader(status int) {
	if *s.status == 0 {
		*s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *seen) Write(p []byte) (int, error) {
	if *s.status == 0 {
		*s.status = 200
	}
	return s.ResponseWriter.Write(p)
}

func (s *seen) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// TestTheIDThatTheClientReadsIsInTheLog checks it with default options.
func TestTheIDThatTheClientReadsIsInTheLog(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	logger, log := newLogger()
	action := failingActions(nil)[0]
	cfg := sidekick.Production()
	cfg.Paths.Root = "actions"
	cfg.Fingerprint.DangerouslyUnsigned = true
	for name, h := range map[string]http.Handler{
		"dispatch": must[*dispatch.Dispatcher](t)(dispatch.New(dispatch.Options{Actions: []dispatch.Action{action}})),
		"the kit":  must[*sidekick.Kit](t)(sidekick.New(cfg, action)),
		"params": must[*params.Parser](t)(params.New(params.Options{Upload: must[*upload.Parser](t)(upload.New(upload.Options{Store: nil}))})).
			Handler(must[*dispatch.Dispatcher](t)(dispatch.New(dispatch.Options{Actions: []dispatch.Action{action}}))),
		"an envelope": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			must[*envelope.Envelope](t)(envelope.New(envelope.Options{})).Render(w, r, nil, errDisk)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			slog.SetDefault(logger) // after the pieces were made
			defer slog.SetDefault(before)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/error", nil))
			got, _ := log.take()
			if len(got) != 1 || got[0]["error"] != "pq: disk full" {
				t.Fatalf("logged %v, want the error once", got)
			}
			if id := got[0]["messageId"].(string); !strings.Contains(w.Body.String(), "("+id+")") {
				t.Errorf("the client reads %s, the log has the id %s", w.Body, id)
			}
		})
	}
}

// unreachable is a store of limits that fails.
type unreachable struct{}

func (unreachable) Take(context.Context, *ratelimit.Plan, string, int64) (ratelimit.Taken, error) {
	return ratelimit.Taken{}, errDisk
}

// TestPiecesWithoutALogger checks that they are not silent.
func TestPiecesWithoutALogger(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	next := http.NotFoundHandler()
	public := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(public, "x")); err != nil {
		t.Skip(err)
	}
	files := must[*static.Handler](t)(static.New(static.Options{Roots: []static.Root{static.Dir(public)}}))
	defer files.Close()
	for name, tt := range map[string]struct {
		h    http.Handler
		want string
	}{
		"hosts":     {must[*hosts.Redirector](t)(hosts.New(hosts.Options{Allowed: []string{"https://example.com"}})).Handler(next), "redirect"},
		"ratelimit": {must[*ratelimit.Limiter](t)(ratelimit.New(ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 1, Per: time.Hour}}, Store: unreachable{}})).Handler(next), "the store fails"},
		"static":    {files, "cannot be served"},
	} {
		t.Run(name, func(t *testing.T) {
			logger, log := newLogger()
			slog.SetDefault(logger) // after the piece was made
			defer slog.SetDefault(before)
			tt.h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://example.com:443/x", nil))
			got, _ := log.take()
			if !slices.ContainsFunc(got, func(one map[string]any) bool { return strings.Contains(fmt.Sprint(one["msg"]), tt.want) }) {
				t.Errorf("logged %v, want %q", got, tt.want)
			}
		})
	}
}

// A renderer that panics is a bug in the program. Neither the error that it was to
// render nor its own panic is lost, and the client gets a response.
func TestARendererThatPanics(t *testing.T) {
	logger, log := newLogger()
	d := must[*dispatch.Dispatcher](t)(dispatch.New(dispatch.Options{Logger: logger, Renderer: panickingRenderer{}, Actions: failingActions(nil)}))
	for kind, want := range map[string]string{"error": "pq: disk full|panic: renderer|panic: renderer", "panic": "panic: pq: disk full|panic: renderer"} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest("GET", "/"+kind, nil))
		var texts []string
		got, _ := log.take()
		for _, one := range got {
			texts = append(texts, one["error"].(string))
		}
		if strings.Join(texts, "|") != want || w.Code != 500 {
			t.Errorf("%s: got %d, logged %q, want %q", kind, w.Code, texts, want)
		}
	}
}

// TestReporters checks that reporters get everything that is logged as an error,
// once, and nothing else.
func TestReporters(t *testing.T) {
	for _, kind := range []string{"error", "cause", "wrapped", "joined", "refused", "panic", "late", "broken", "unsendable", "gone", "abort"} {
		for _, renderer := range []string{"an envelope", "a renderer around one", "one that embeds one", "the kit"} {
			t.Run(kind+", "+renderer, func(t *testing.T) {
				t.Parallel()
				var mu sync.Mutex
				var heard []envelope.Failure
				logger, log := newLogger()
				reporters := envelope.ErrorOptions{Reporters: []func(context.Context, envelope.Failure){
					func(context.Context, envelope.Failure) { panic("reporter") },
					func(ctx context.Context, f envelope.Failure) {
						mu.Lock()
						defer mu.Unlock()
						if ctx.Err() != nil {
							t.Error("the context has ended")
						}
						heard = append(heard, f)
					},
				}}
				env := must[*envelope.Envelope](t)(envelope.New(envelope.Options{Logger: logger, Errors: reporters}))
				began := make(chan struct{})
				o := dispatch.Options{Logger: logger, Actions: failingActions(began), Renderer: env}
				var h http.Handler
				switch renderer {
				case "a renderer around one":
					o.Renderer = forgetful{env}
				case "one that embeds one":
					o.Renderer = struct{ *envelope.Envelope }{env}
				case "the kit":
					cfg := sidekick.Production()
					cfg.Logger, cfg.Paths.Root, cfg.Envelope.Errors = logger, "actions", reporters
					cfg.Fingerprint.DangerouslyUnsigned = true
					h = must[*sidekick.Kit](t)(sidekick.New(cfg, o.Actions...))
				}
				if h == nil {
					h = must[*dispatch.Dispatcher](t)(dispatch.New(o))
				}
				fail(t, h, kind, began)
				got, _ := log.take()
				want := failures[kind]
				wants := want != nil && want.level == "ERROR"
				if wants && renderer == "a renderer around one" && want.broken {
					wants = false // it has no Report, and nothing was left to render
				}
				mu.Lock()
				defer mu.Unlock()
				if (len(heard) == 1) != wants || len(heard) > 1 {
					t.Fatalf("heard %v, want one: %v; logged %v", heard, wants, got)
				}
				if !wants {
					return
				}
				f := heard[0]
				if !strings.HasPrefix(f.Err.Error(), strings.TrimSuffix(want.text, ": pq: disk full")) && kind != "joined" || f.Status != want.status || f.Action != kind || f.Version != "1" ||
					f.Method != "GET" || f.Path != "/"+kind || f.MessageID != got[0]["messageId"] || (f.Stack != nil) != want.stack {
					t.Errorf("heard %+v, want %+v", f, want)
				}
				if len(got) != 2 || got[1]["error"] != "panic: reporter" || got[1]["messageId"] != f.MessageID {
					t.Errorf("logged %v, want the failure and the reporter's panic", got)
				}
			})
		}
	}
}

// Over HTTP/2 a client leaves by ending its stream.
func TestAClientThatLeavesOverHTTP2(t *testing.T) {
	logger, log := newLogger()
	began, ended := make(chan struct{}), make(chan struct{})
	d := must[*dispatch.Dispatcher](t)(dispatch.New(dispatch.Options{Logger: logger, Actions: failingActions(began)}))
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		if r.ProtoMajor != 2 {
			t.Errorf("got %s", r.Proto)
		}
		d.ServeHTTP(w, r)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-began; leave() }()
	r := must[*http.Request](t)(http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/gone", nil))
	if res, err := srv.Client().Do(r); err == nil {
		res.Body.Close()
		t.Errorf("got %d", res.StatusCode)
	}
	<-ended
	got, _ := log.take()
	checkRecord(t, got, *failures["gone"], "gone", false, false)
}

// A request that is cut off by a stop was not abandoned by its client.
func TestARequestThatAStopCutsIsAFailure(t *testing.T) {
	logger, log := newLogger()
	began := make(chan struct{})
	cfg := sidekick.Production()
	cfg.Logger, cfg.Paths.Root, cfg.Server.ShutdownTimeout = logger, "actions", 50*time.Millisecond
	cfg.Fingerprint.DangerouslyUnsigned = true
	ended := make(chan struct{})
	cfg.Chain.Outermost = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			next.ServeHTTP(w, r)
		})
	}}
	kit := must[*sidekick.Kit](t)(sidekick.New(cfg, failingActions(began)...))
	l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- kit.Serve(ctx, l) }()
	go func() { <-began; stop() }()
	if res, err := http.Get("http://" + l.Addr().String() + "/gone"); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusInternalServerError { // there was time for it before the connection was closed
			t.Errorf("got %d, want a cut request", res.StatusCode)
		}
	}
	if err := <-served; err == nil {
		t.Error("Serve returned nil, want it to say that a request was cut")
	}
	<-ended
	failures, requests := log.take()
	var got []map[string]any
	for _, one := range failures {
		if one["action"] == "gone" {
			got = append(got, one)
		}
	}
	if len(got) != 1 || got[0]["level"] != "ERROR" || got[0]["status"] != 500.0 || len(requests) != 1 || requests[0]["status"] != 500.0 {
		t.Errorf("logged %v and %v, want a 500", got, requests)
	}
}

// A folder for uploads that disappears while the server runs shows in the log.
func TestAnUploadFolderThatIsGone(t *testing.T) {
	logger, log := newLogger()
	cfg := sidekick.Production()
	cfg.Logger, cfg.Paths.Root = logger, "actions"
	cfg.Fingerprint.DangerouslyUnsigned = true
	cfg.UploadDir.Dir = filepath.Join(t.TempDir(), "uploads")
	if err := os.Mkdir(cfg.UploadDir.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	kit := must[*sidekick.Kit](t)(sidekick.New(cfg, failingActions(nil)...))
	if err := os.RemoveAll(cfg.UploadDir.Dir); err != nil {
		t.Fatal(err)
	}
	if status := fail(t, kit, "store", nil); status != 500 {
		t.Errorf("got %d", status)
	}
	got, _ := log.take()
	if len(got) != 1 || got[0]["level"] != "ERROR" || !strings.Contains(got[0]["error"].(string), cfg.UploadDir.Dir) || got[0]["action"] != "store" {
		t.Errorf("logged %v, want why once", got)
	}
}
