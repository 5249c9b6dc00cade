package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

const orderKey = "8e03978e-40d5-43e8-bc93-6894a57f9324"

// shop has actions of every kind that place an order and count the orders.
type shop struct {
	placed, checked int
	around          []string
}

type orderIn struct {
	What string `json:"what"`
}

type orderOut struct {
	Number int    `json:"number"`
	What   string `json:"what"`
}

func (s *shop) actions(t *testing.T) []dispatch.Action {
	once, err := idempotency.New(idempotency.Options{})
	if err != nil {
		t.Fatal(err)
	}
	required, err := idempotency.New(idempotency.Options{Required: true})
	if err != nil {
		t.Fatal(err)
	}
	inputs := dispatch.Inputs{"what": {Required: true}}
	place := func(_ context.Context, c *dispatch.Connection) (any, error) {
		s.placed++
		c.SetHeader("X-Order", fmt.Sprint(s.placed))
		c.SetStatus(http.StatusCreated)
		return map[string]any{"number": s.placed, "what": c.Params["what"]}, nil
	}
	watch := dispatch.Middleware{
		Name:   "watch",
		Before: func(context.Context, *dispatch.Connection) error { s.checked++; return nil },
		Around: func(next dispatch.Runner) dispatch.Runner {
			return func(ctx context.Context, c *dispatch.Connection) (any, error) {
				result, err := next(ctx, c)
				s.around = append(s.around, fmt.Sprint(result != nil, err != nil))
				return result, err
			}
		},
	}
	typed := dispatch.Typed("typed", func(_ context.Context, in orderIn) (orderOut, error) {
		s.placed++
		return orderOut{s.placed, in.What}, nil
	})
	typed.Idempotency = once
	fails := func(err error) func(context.Context, *dispatch.Connection) (any, error) {
		return func(context.Context, *dispatch.Connection) (any, error) { s.placed++; return nil, err }
	}
	return []dispatch.Action{
		{Name: "plain", Description: "x", Inputs: inputs, Idempotency: once, Run: place},
		typed,
		{Name: "watched", Description: "x", Inputs: inputs, Idempotency: once, Middleware: []dispatch.Middleware{watch}, Timeout: time.Minute, Run: place},
		{Name: "piped", Description: "x", Inputs: inputs, Idempotency: once, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			s.placed++
			return nil, c.Pipe(fmt.Sprint("order ", s.placed), map[string]string{"X-Order": fmt.Sprint(s.placed)})
		}},
		{Name: "handler", Description: "x", Idempotency: once, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.placed++
			_ = r.ParseForm()
			fmt.Fprint(w, "order ", s.placed, r.PostForm.Get("what"))
		})},
		{Name: "silent", Description: "x", Idempotency: once, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			s.placed++
			w.Header().Set("X-Order", fmt.Sprint(s.placed))
		})},
		{Name: "required", Description: "x", Inputs: inputs, Idempotency: required, Run: place},
		{Name: "refused", Description: "x", Inputs: inputs, Idempotency: once, Run: fails(&envelope.Error{Status: 402, Message: "no money"})},
		{Name: "broken", Description: "x", Inputs: inputs, Idempotency: once, Run: fails(errors.New("the database is gone"))},
		{Name: "panics", Description: "x", Inputs: inputs, Idempotency: once, Run: func(context.Context, *dispatch.Connection) (any, error) { s.placed++; panic("boom") }},
		{Name: "outer", Description: "x", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			return c.Run(ctx, "plain", "", map[string]any{"what": "tea"})
		}},
	}
}

func placing(path, body string, fields ...string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Idempotency-Key", orderKey)
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	return r
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// An idempotent action answers repeated requests with its first answer, whatever its kind and
// however it was reached.
func TestIdempotentActions(t *testing.T) {
	for _, tt := range []struct {
		name, path, body string
		runs             int // for two requests
		status           int
	}{
		{"plain", "/plain", "what=tea", 1, 201},
		{"plain, with JSON", "/plain", `{"what":"tea"}`, 1, 201},
		{"plain, by the query", "/plain?what=tea", "", 1, 201},
		{"plain, by the parameter action in the body", "/", `{"action":"plain","what":"tea"}`, 1, 201},
		{"typed", "/typed", `{"what":"tea"}`, 1, 200},
		{"with middleware and a timeout", "/watched", "what=tea", 1, 201},
		{"that answers by itself", "/piped", "what=tea", 1, 200},
		{"handler", "/handler", "what=tea", 1, 200},
		{"handler that sends nothing", "/silent", "", 1, 200},
		{"required", "/required", "what=tea", 1, 201},
		{"an error that stays", "/refused", "what=tea", 1, 402},
		{"a missing input", "/plain", "", 0, 422},
		{"an error of the server", "/broken", "what=tea", 2, 500},
		{"a panic", "/panics", "what=tea", 2, 500},
		{"run by another", "/outer", "", 2, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &shop{}
			d, _ := newDispatcher(t, dispatch.Options{Actions: s.actions(t), Logger: slog.New(slog.DiscardHandler)})
			first, second := serve(d, placing(tt.path, tt.body)), serve(d, placing(tt.path, tt.body))
			a, b := readAll(t, first), readAll(t, second)
			if first.StatusCode != tt.status || second.StatusCode != tt.status || s.placed != tt.runs {
				t.Fatalf("got %d %s\nand %d %s, run %d times", first.StatusCode, a, second.StatusCode, b, s.placed)
			}
			replayed := second.Header.Get("Idempotent-Replayed") == "true"
			if want := tt.runs < 2; replayed != want || want && a != b || first.Header.Get("X-Order") != second.Header.Get("X-Order") {
				t.Errorf("got %v %s\nand %v %s", first.Header, a, second.Header, b)
			}
			if stored := first.Header.Get("Idempotent-Stored") != "false"; stored != (tt.status != 500) {
				t.Errorf("got %v", first.Header)
			}
		})
	}
}

func readAll(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// Refusals are answered like every error.
func TestIdempotentActionsRefuse(t *testing.T) {
	s := &shop{}
	d, _ := newDispatcher(t, dispatch.Options{Actions: s.actions(t)})
	serve(d, placing("/plain", "what=tea"))
	for _, tt := range []struct {
		name   string
		r      *http.Request
		status int
		says   string
	}{
		{"another body", placing("/plain", "what=coffee"), 422, "was sent with another request before"},
		{"a key that is none", placing("/plain", "what=tea", "Idempotency-Key", "a,b"), 400, "put such a key in quotes"},
		{"a short key of somebody unknown", placing("/plain", "what=tea", "Idempotency-Key", "1"), 400, "needs 16 characters or more"},
	} {
		res := serve(d, tt.r)
		if body := readAll(t, res); res.StatusCode != tt.status || !strings.Contains(body, tt.says) || !strings.Contains(body, `"error"`) {
			t.Errorf("%s: got %d %s", tt.name, res.StatusCode, body)
		}
	}
	missing := placing("/required", "what=tea")
	missing.Header.Del("Idempotency-Key")
	if res := serve(d, missing); res.StatusCode != 400 {
		t.Errorf("without a key: got %d", res.StatusCode)
	}
	if s.placed != 1 {
		t.Errorf("run %d times", s.placed)
	}
}

// Before functions see each request, also repeated ones, and may refuse it. To Around functions,
// a repeated answer looks like one that the action wrote itself.
func TestMiddlewareOfIdempotentActions(t *testing.T) {
	s := &shop{}
	d, _ := newDispatcher(t, dispatch.Options{Actions: s.actions(t)})
	for range 3 {
		serve(d, placing("/watched", "what=tea"))
	}
	if s.placed != 1 || s.checked != 3 || fmt.Sprint(s.around) != "[true false false false false false]" {
		t.Errorf("run %d times, checked %d times, around saw %v", s.placed, s.checked, s.around)
	}
}

// A form with files counts as the same although each attempt has another boundary, and its files
// are removed in any case.
func TestIdempotentUploads(t *testing.T) {
	once, err := idempotency.New(idempotency.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	p, err := params.New(params.Options{Upload: uploads})
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	d, _ := newDispatcher(t, dispatch.Options{Params: p, Actions: []dispatch.Action{{
		Name: "keep", Description: "x", Inputs: dispatch.Inputs{"image": {File: true}}, Idempotency: once,
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			runs++
			file := c.Params["image"].(*upload.File)
			return map[string]any{"size": file.Size}, nil
		},
	}}})
	var types []string
	for i, content := range []string{"content", "content", "other!!"} {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		part, _ := w.CreateFormFile("image", "a.png")
		_, _ = io.WriteString(part, strings.Repeat(content, 20_000)) // more than is buffered before
		_ = w.Close()
		r := placing("/keep", body.String(), "Content-Type", w.FormDataContentType())
		types = append(types, w.FormDataContentType())
		res := serve(d, r)
		if want := []int{200, 200, 422}[i]; res.StatusCode != want || (res.Header.Get("Idempotent-Replayed") == "true") != (i == 1) {
			t.Errorf("try %d: got %d %v %s", i, res.StatusCode, res.Header, readAll(t, res))
		}
	}
	if left, err := os.ReadDir(dir); runs != 1 || types[0] == types[1] || err != nil || len(left) > 0 {
		t.Errorf("run %d times, left are %v, %v", runs, left, err)
	}
}

// Of simultaneous requests one runs; the others wait for its answer.
func TestIdempotentActionsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		once, err := idempotency.New(idempotency.Options{})
		if err != nil {
			t.Fatal(err)
		}
		runs := 0
		d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{{
			Name: "slow", Description: "x", Idempotency: once, Timeout: time.Minute,
			Run: func(ctx context.Context, _ *dispatch.Connection) (any, error) {
				runs++
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
				}
				return map[string]any{"runs": runs}, ctx.Err()
			},
		}}})
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				if i == 0 {
					go func() { time.Sleep(time.Second / 2); leave() }() // one of the clients leaves
				}
				time.Sleep(time.Duration(i) * time.Millisecond)
				res := serve(d, placing("/slow", "").WithContext(ctx))
				if i > 0 && (res.StatusCode != 200 || res.Header.Get("Idempotent-Replayed") != "true") {
					t.Errorf("%d: got %d %v", i, res.StatusCode, res.Header)
				}
			})
		}
		wg.Wait()
		if runs != 1 {
			t.Errorf("run %d times", runs)
		}
	})
}

// If a handler has already read the body, requests with a key are refused.
func TestIdempotencyBehindAParserOfParams(t *testing.T) {
	once, err := idempotency.New(idempotency.Options{})
	if err != nil {
		t.Fatal(err)
	}
	placed := 0
	parser := newMemoryParams(t, upload.Options{})
	d, rc := newDispatcher(t, dispatch.Options{Params: parser, Actions: []dispatch.Action{
		{Name: "plain", Inputs: dispatch.Inputs{"what": {}}, Idempotency: once, Run: func(context.Context, *dispatch.Connection) (any, error) { placed++; return placed, nil }},
	}})
	w := httptest.NewRecorder()
	parser.Handler(d).ServeHTTP(w, placing("/plain", "what=tea"))
	if w.Code != 500 || placed != 0 || rc.last.Err == nil || !strings.Contains(rc.last.Err.Error(), "has read the body before the dispatcher") {
		t.Errorf("got %d %s, %v, placed %d", w.Code, w.Body, rc.last.Err, placed)
	}
	w = httptest.NewRecorder()
	if d.ServeHTTP(w, placing("/plain", "what=tea")); w.Code != 200 || placed != 1 {
		t.Errorf("alone: got %d %s", w.Code, w.Body)
	}
}
