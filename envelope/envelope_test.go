package envelope_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/facts"
)

// at is the time at which every test takes place.
var at = time.UnixMilli(1700000000000)

func newEnvelope(t *testing.T, change func(*envelope.Options)) *envelope.Envelope {
	t.Helper()
	o := envelope.Options{
		ServerName: "Test API", APIVersion: "1.2.3",
		ServerInformation: true, RequesterInformation: true,
		NewID: func() string { return "id-1" },
		Now:   func() time.Time { return at },

		Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	e, err := envelope.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func bare(o *envelope.Options) { o.ServerInformation, o.RequesterInformation = false, false }

func render(e *envelope.Envelope, method string, a envelope.Answer) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "/", nil)
	r.RemoteAddr = "192.0.2.7:1000"
	e.Respond(w, r, a)
	return w
}

func decode(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, w.Body)
	}
	return v
}

func TestWholeAnswer(t *testing.T) {
	e := newEnvelope(t, nil)
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "192.0.2.7:1000"
	r, rec := facts.Ensure(r)
	rec.SetFingerprint("f0")
	rec.SetReceived(facts.Params{{Name: "action", Value: "hello"}, {Name: "n", Value: json.Number("12345678901234567890")}})
	w := httptest.NewRecorder()
	e.Render(w, r, map[string]any{"hello": "world <&>", "a": nil}, nil)
	got := w.Body.String()
	// The duration depends on the record's own clock.
	got = got[:strings.Index(got, `"requestDuration":`)] + got[strings.Index(got, `,"currentTime"`):]
	want := `{"a":null,"hello":"world <&>","serverInformation":{"serverName":"Test API","apiVersion":"1.2.3",` +
		`,"currentTime":1700000000000},"requesterInformation":{"id":"f0-id-1","fingerprint":"f0","messageId":"id-1",` +
		`"remoteIP":"192.0.2.7","receivedParams":{"action":"hello","n":12345678901234567890}}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json; charset=utf-8" || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}

func TestMissingFactsAreLeftOut(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "@"
	newEnvelope(t, nil).Render(w, r, nil, nil)
	info := decode(t, w)["requesterInformation"].(map[string]any)
	want := map[string]any{"id": "id-1", "messageId": "id-1", "remoteIP": "", "receivedParams": map[string]any{}}
	if !reflect.DeepEqual(info, want) {
		t.Errorf("got %v, want %v", info, want)
	}
}

type point struct {
	X int `json:"x"`
}

func TestResults(t *testing.T) {
	e := newEnvelope(t, bare)
	for _, tt := range []struct {
		name  string
		value any
		want  string
	}{
		{"nil", nil, `{}`},
		{"map", map[string]any{"b": 1, "a": []any{true, 1.5, "x"}}, `{"a":[true,1.5,"x"],"b":1}`},
		{"struct", point{3}, `{"x":3}`},
		{"pointer", &point{3}, `{"x":3}`},
		{"typed map", map[string]int{"n": 1}, `{"n":1}`},
		{"raw", json.RawMessage(` {"a" : "\ufffd"} `), `{"a":"\ufffd"}`},
		{"list", []any{1, "two"}, `[1,"two"]`},
		{"typed list", []point{{1}, {2}}, `[{"x":1},{"x":2}]`},
		{"nil list", []point(nil), `null`},
		{"bytes", []byte("abc"), `"YWJj"`},
		{"text", "plain", `"plain"`},
		{"number", 7, `7`},
		{"line separators", "\u2028\u2029", `"\u2028\u2029"`},
		{"no HTML escaping", "</script>&", `"</script>&"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := render(e, "GET", envelope.Answer{Value: tt.value}).Body.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestPadding(t *testing.T) {
	w := render(newEnvelope(t, func(o *envelope.Options) { bare(o); o.Padding = 2 }), "GET", envelope.Answer{Value: map[string]any{"a": []any{}, "b": []any{1}}})
	if want := "{\n  \"a\": [],\n  \"b\": [\n    1\n  ]\n}"; w.Body.String() != want {
		t.Errorf("got %q, want %q", w.Body.String(), want)
	}
	if w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
		t.Errorf("got length %s of %d bytes", w.Header().Get("Content-Length"), w.Body.Len())
	}
}

type coded struct{ code int }

func (c coded) Error() string         { return fmt.Sprintf("failed with %d", c.code) }
func (c coded) StatusCode() int       { return c.code }
func (c coded) ClientMessage() string { return c.Error() }

func TestErrors(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	const secret = "open /etc/secret: password=hunter2"
	for _, tt := range []struct {
		name       string
		opts       func(*envelope.Options)
		answer     envelope.Answer
		wantStatus int
		want       any
		wantLog    bool
	}{
		{"E1 an unknown error in production", nil, envelope.Answer{Err: errors.New(secret)}, 500, "The server experienced an internal error (id-1)", true},
		{"E1 an unknown error in development", func(o *envelope.Options) { o.ExposeErrors = true }, envelope.Answer{Err: errors.New(secret)}, 500, secret, true},
		{"E1 an error made to be shown", nil, envelope.Answer{Err: fmt.Errorf("wrapped: %w", envelope.Errorf(404, "no such user"))}, 404, "no such user", false},
		{"E1 a status alone shows no text", nil, envelope.Answer{Err: statusOnly{}}, 403, "The server experienced an internal error (id-1)", true},
		{"object", nil, envelope.Answer{Err: &envelope.Error{Status: 409, Value: map[string]any{"reason": "stuff"}}}, 409, map[string]any{"reason": "stuff"}, false},
		{"empty error", nil, envelope.Answer{Err: &envelope.Error{Status: 404}}, 404, "Not Found", false},
		{"default status", func(o *envelope.Options) { o.DefaultErrorStatus = 400 }, envelope.Answer{Err: &envelope.Error{Message: "m"}}, 400, "m", false},
		{"E2 700", nil, envelope.Answer{Err: coded{700}}, 500, "failed with 700", true},
		{"E2 99", nil, envelope.Answer{Err: coded{99}}, 500, "failed with 99", true},
		{"E2 101", nil, envelope.Answer{Err: coded{101}}, 500, "failed with 101", true},
		{"E2 204", nil, envelope.Answer{Err: coded{204}}, 500, "failed with 204", true},
		{"E2 304", nil, envelope.Answer{Err: coded{304}}, 500, "failed with 304", true},
		{"E2 599", nil, envelope.Answer{Err: coded{599}}, 599, "failed with 599", true},
		{"E2 an impossible status that was set", nil, envelope.Answer{Status: 100, Err: coded{404}}, 500, "failed with 404", true},
		{"a status that was set stands", nil, envelope.Answer{Status: 409, Err: coded{404}}, 409, "failed with 404", false},
		{"AlwaysOK", func(o *envelope.Options) { o.AlwaysOK = true }, envelope.Answer{Err: coded{404}}, 200, "failed with 404", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log.Reset()
			w := render(newEnvelope(t, func(o *envelope.Options) {
				bare(o)
				o.Logger = logger
				if tt.opts != nil {
					tt.opts(o)
				}
			}), "GET", tt.answer)
			if got := decode(t, w)["error"]; w.Code != tt.wantStatus || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %d %v, want %d %v", w.Code, got, tt.wantStatus, tt.want)
			}
			if (log.Len() > 0) != tt.wantLog {
				t.Errorf("logged %q, want a record: %v", log.String(), tt.wantLog)
			}
			if strings.Contains(tt.name, "E1 an unknown") && !strings.Contains(log.String(), secret) {
				t.Errorf("the log does not have the error in full: %s", log.String())
			}
		})
	}
}

type statusOnly struct{}

func (statusOnly) Error() string   { return "row 17 of table users" }
func (statusOnly) StatusCode() int { return 403 }

type failing struct{}

func (failing) MarshalJSON() ([]byte, error) { return nil, coded{404} }

type panicking struct{ with any }

func (p panicking) MarshalJSON() ([]byte, error) { panic(p.with) }

func cycle() any {
	m := map[string]any{}
	m["self"] = m
	return m
}

func pointerCycle() any {
	type node struct{ Next *node }
	n := &node{}
	n.Next = n
	return n
}

func TestWhatCannotBeEncoded(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value any
	}{
		{"NaN", map[string]any{"n": math.NaN()}},
		{"Inf in a struct", struct{ F float64 }{math.Inf(1)}},
		{"channel", map[string]any{"c": make(chan int)}},
		{"function", map[string]any{"f": func() {}}},
		{"cycle of maps", cycle()},
		{"cycle of pointers", pointerCycle()},
		{"MarshalJSON fails", map[string]any{"v": failing{}}},
		{"MarshalJSON panics", map[string]any{"v": panicking{"boom"}}},
		{"invalid UTF-8", map[string]any{"s": "a\xffb"}},
		{"invalid UTF-8 in a key", map[string]any{"a\xff": 1}},
		{"invalid UTF-8 in a struct", struct{ S string }{"a\xffb"}},
		{"invalid UTF-8 in raw JSON", json.RawMessage("{\"a\":\"\xff\"}")},
		{"raw JSON that is none", json.RawMessage(`{"a"`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := render(newEnvelope(t, nil), "GET", envelope.Answer{Value: tt.value, Status: 201})
			v := decode(t, w)
			if w.Code != 500 || v["error"] != "The server experienced an internal error (id-1)" {
				t.Errorf("got %d %v, want a clean 500", w.Code, v["error"])
			}
			if v["serverInformation"] == nil {
				t.Errorf("the envelope is not whole: %v", v)
			}
		})
	}
	t.Run("an aborted handler is passed on", func(t *testing.T) {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("got panic %v, want http.ErrAbortHandler", p)
			}
		}()
		render(newEnvelope(t, nil), "GET", envelope.Answer{Value: panicking{http.ErrAbortHandler}})
	})
	t.Run("the next answer is whole again", func(t *testing.T) {
		e := newEnvelope(t, bare)
		for range 100 {
			render(e, "GET", envelope.Answer{Value: map[string]any{"a": map[string]any{"b": struct{ C chan int }{}}}})
			if got := render(e, "GET", envelope.Answer{Value: map[string]any{"p": point{1}}}).Body.String(); got != `{"p":{"x":1}}` {
				t.Fatalf("got %s", got)
			}
		}
	})
}

func TestHugeResults(t *testing.T) {
	e := newEnvelope(t, func(o *envelope.Options) { bare(o); o.MaxBytes = 1 << 10 })
	element := point{1}
	for _, tt := range []struct {
		name  string
		value any
		want  int
	}{
		{"small enough", map[string]any{"s": strings.Repeat("x", 1000)}, 200},
		{"one string", map[string]any{"s": strings.Repeat("x", 2000)}, 500},
		{"a list of structs", make([]point, 10_000_000), 500},
		{"a list of any", slicesOf(any(element), 5000), 500},
		{"a struct", struct{ S string }{strings.Repeat("x", 2000)}, 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if w := render(e, "GET", envelope.Answer{Value: tt.value}); w.Code != tt.want {
				t.Errorf("got %d, want %d", w.Code, tt.want)
			}
		})
	}
	unbounded := newEnvelope(t, func(o *envelope.Options) { bare(o); o.MaxBytes = -1 })
	if w := render(unbounded, "GET", envelope.Answer{Value: slicesOf(any(element), 5000)}); w.Code != 200 {
		t.Errorf("without a bound: got %d, want 200", w.Code)
	}
}

func slicesOf(v any, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestReservedMembers(t *testing.T) {
	var log bytes.Buffer
	e := newEnvelope(t, func(o *envelope.Options) { bare(o); o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	for _, tt := range []struct {
		name  string
		value any
		want  string
	}{
		{"map", map[string]any{"a": 1, "error": "x", "serverInformation": map[string]any{"serverName": "}{,"}, "z": 2}, `{"a":1,"z":2}`},
		{"all of them", map[string]any{"error": []any{1, "]"}, "requesterInformation": 1}, `{}`},
		{"struct", struct {
			Err string `json:"error"`
			A   int
		}{"x", 1}, `{"A":1}`},
		{"an escape hides the name", json.RawMessage(`{"\u0065rror":1,"b":"\"error\":"}`), `{"b":"\"error\":"}`},
		{"deeper ones are data", map[string]any{"a": map[string]any{"error": 1}}, `{"a":{"error":1}}`},
		{"other case is data", map[string]any{"Error": 1}, `{"Error":1}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log.Reset()
			got := render(e, "GET", envelope.Answer{Value: tt.value}).Body.String()
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if kept := strings.Contains(tt.name, "data"); kept == (log.Len() > 0) {
				t.Errorf("logged %q", log.String())
			}
		})
	}
	w := render(newEnvelope(t, nil), "GET", envelope.Answer{Value: map[string]any{"error": "mine", "serverInformation": "mine"}, Err: envelope.Errorf(400, "theirs")})
	if v := decode(t, w); v["error"] != "theirs" || v["serverInformation"].(map[string]any)["serverName"] != "Test API" {
		t.Errorf("data poses as metadata: %v", v)
	}
}

func TestMetadataOff(t *testing.T) {
	w := render(newEnvelope(t, bare), "GET", envelope.Answer{Value: map[string]any{"a": 1}, Err: envelope.Errorf(400, "no")})
	if got := w.Body.String(); got != `{"a":1,"error":"no"}` {
		t.Errorf("got %s", got)
	}
}

func TestBodylessAnswers(t *testing.T) {
	e := newEnvelope(t, nil)
	get := render(e, "GET", envelope.Answer{Value: map[string]any{"a": 1}})
	head := render(e, "HEAD", envelope.Answer{Value: map[string]any{"a": 1}})
	if head.Body.Len() != 0 || head.Header().Get("Content-Type") != get.Header().Get("Content-Type") || head.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: got %d bytes, %v", head.Body.Len(), head.Header())
	}
	for _, status := range []int{204, 205, 304} {
		w := render(e, "GET", envelope.Answer{Status: status, Value: map[string]any{"a": 1}})
		if w.Code != status || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "" {
			t.Errorf("%d: got %d, %d bytes, %v", status, w.Code, w.Body.Len(), w.Header())
		}
	}
	// If a client has left, nothing is logged and nothing panics.
	var log bytes.Buffer
	quiet := newEnvelope(t, func(o *envelope.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	quiet.Render(goneWriter{http.Header{}}, httptest.NewRequest("GET", "/", nil), nil, nil)
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}

type goneWriter struct{ h http.Header }

func (w goneWriter) Header() http.Header     { return w.h }
func (goneWriter) WriteHeader(int)           {}
func (goneWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestErrorsAreNotStored(t *testing.T) {
	e := newEnvelope(t, nil)
	if got := render(e, "GET", envelope.Answer{Err: envelope.Errorf(404, "x")}).Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("an error: got %q, want no-store", got)
	}
	if got := render(e, "GET", envelope.Answer{}).Header().Get("Cache-Control"); got != "" {
		t.Errorf("a result: got %q, want none", got)
	}
	w := httptest.NewRecorder()
	w.Header().Set("Cache-Control", "max-age=5")
	e.Render(w, httptest.NewRequest("GET", "/", nil), nil, envelope.Errorf(404, "x"))
	if got := w.Header().Get("Cache-Control"); got != "max-age=5" {
		t.Errorf("set by the handler: got %q", got)
	}
}

func TestOtherTypes(t *testing.T) {
	e := newEnvelope(t, bare)
	respond := func(kind string, a envelope.Answer) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", kind)
		e.Respond(w, httptest.NewRequest("GET", "/", nil), a)
		return w
	}
	if w := respond("text/plain", envelope.Answer{Value: "plain words"}); w.Body.String() != "plain words" || w.Header().Get("Content-Length") != "11" {
		t.Errorf("text: got %q %v", w.Body, w.Header())
	}
	if w := respond("image/gif", envelope.Answer{Value: []byte{0, 1}}); !bytes.Equal(w.Body.Bytes(), []byte{0, 1}) {
		t.Errorf("bytes: got %v", w.Body.Bytes())
	}
	if w := respond("application/problem+json", envelope.Answer{Value: "text"}); w.Body.String() != `"text"` {
		t.Errorf("JSON by suffix: got %q", w.Body)
	}
	if w := respond("text/html", envelope.Answer{Value: map[string]any{"a": "<script>"}}); w.Body.String() != `{"a":"\u003cscript\u003e"}` {
		t.Errorf("JSON as HTML: got %q", w.Body)
	}
}

func TestOptionsReportEveryProblem(t *testing.T) {
	_, err := envelope.New(envelope.Options{Padding: 99, DefaultErrorStatus: 200})
	for _, want := range []string{"envelope: Padding: invalid value 99", "envelope: DefaultErrorStatus: invalid value 200"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	var ce *envelope.ConfigError
	if !errors.As(err, &ce) || ce.Field != "Padding" {
		t.Errorf("errors.As: got %+v", ce)
	}
	if _, err := envelope.New(envelope.Options{ServerName: "\xff"}); err == nil {
		t.Error("a server name that is no UTF-8: got no error")
	}
}

func TestConcurrentUse(t *testing.T) {
	e := newEnvelope(t, bare)
	done := make(chan string)
	for i := range 8 {
		go func() {
			for range 200 {
				want := fmt.Sprintf(`{"i":%d,"m":{"a":[%d],"p":{"x":%d}}}`, i, i, i)
				if got := render(e, "GET", envelope.Answer{Value: map[string]any{"i": i, "m": map[string]any{"p": point{i}, "a": []any{i}}}}).Body.String(); got != want {
					done <- got
					return
				}
			}
			done <- ""
		}()
	}
	for range 8 {
		if got := <-done; got != "" {
			t.Errorf("got %s", got)
		}
	}
}

type byPointer struct{ A int }

func (*byPointer) MarshalJSON() ([]byte, error) { return []byte(`"by pointer"`), nil }

func TestMarshalersInLists(t *testing.T) {
	e := newEnvelope(t, bare)
	for _, v := range []any{[]byPointer{{1}}, []*byPointer{{1}}, []big.Int{*big.NewInt(7)}, []time.Time{at.UTC()}, [][]byPointer{{{1}}}, []any{byPointer{1}}} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got := render(e, "GET", envelope.Answer{Value: v}).Body.String(); got != string(want) {
			t.Errorf("%T: got %s, want %s", v, got, want)
		}
	}
}

func TestReplacementCharacters(t *testing.T) {
	e := newEnvelope(t, bare)
	type doc struct {
		S   string
		Raw json.RawMessage
	}
	for _, tt := range []struct {
		name   string
		value  any
		status int
	}{
		{"meant in raw JSON below", map[string]json.RawMessage{"note": json.RawMessage(`"\ufffd"`)}, 200},
		{"meant in a field of raw JSON", doc{S: "x", Raw: json.RawMessage(`"\ufffd"`)}, 200},
		{"meant in text", doc{S: "\ufffd", Raw: json.RawMessage("1")}, 200},
		{"made of a bad byte", doc{S: "\xff", Raw: json.RawMessage(`"\ufffd"`)}, 500},
		{"a bad byte in a map", map[string]string{"k": "\xff"}, 500},
		{"a bad byte in a list of a struct", struct{ L []string }{[]string{"a", "\xff"}}, 500},
		{"a bad byte behind a pointer", struct{ P *string }{new("\xff")}, 500},
		{"a bad byte in raw JSON", doc{Raw: json.RawMessage("\"\xff\"")}, 500},
		{"a bad byte of MarshalText", map[string]any{"k": spelled{"\xff"}}, 500},
		{"a bad byte of a pointer's MarshalText", texts{[]spelledByPointer{{"\xff"}}}, 500},
		{"meant by MarshalText", map[string]any{"k": spelled{"\ufffd"}}, 200},
		{"a bad byte in a key of MarshalText", map[spelled]int{{"\xff"}: 1}, 500},
		{"a bad byte in a key that is a string", map[shouted]int{"\xff": 1}, 500},
		{"a bad byte in a field of an embedded struct", struct{ embedded }{embedded{"\xff"}}, 500},
		{"a bad byte behind an embedded pointer", struct{ *embedded }{&embedded{"\xff"}}, 500},
		{"a bad byte behind a nil pointer that marshals", struct {
			P *spelledByPointer
			R json.RawMessage
		}{nil, json.RawMessage(`"\ufffd"`)}, 200},
		{"a bad byte in a field that is not exported", struct {
			s string
			R json.RawMessage
		}{"\xff", json.RawMessage(`"\ufffd"`)}, 200},
		{"a bad byte that is not sent", struct {
			S string `json:"-"`
			T string
		}{"\xff", `\ufffd`}, 200},
	} {
		if w := render(e, "GET", envelope.Answer{Value: tt.value}); w.Code != tt.status {
			t.Errorf("%s: got %d %s, want %d", tt.name, w.Code, w.Body, tt.status)
		}
	}
}

type (
	spelled          struct{ text string }
	spelledByPointer struct{ text string }
	shouted          string
	embedded         struct{ S string }
	texts            struct{ List []spelledByPointer }
)

func (s spelled) MarshalText() ([]byte, error)           { return []byte(s.text), nil }
func (s *spelledByPointer) MarshalText() ([]byte, error) { return []byte(s.text), nil }
func (s shouted) MarshalText() ([]byte, error)           { return []byte("never asked as a key"), nil }

func TestAnErrorThatCannotBeEncoded(t *testing.T) {
	e := newEnvelope(t, nil)
	for _, v := range []any{panicking{"boom"}, make(chan int), "\xff"} {
		w := render(e, "GET", envelope.Answer{Value: map[string]any{"a": 1}, Err: &envelope.Error{Status: 400, Value: v}})
		if got := decode(t, w); w.Code != 500 || got["error"] != "The server experienced an internal error (id-1)" || got["serverInformation"] == nil {
			t.Errorf("%T: got %d %v", v, w.Code, got)
		}
	}
}

func TestOneLargeAnswerLeavesNothingBehind(t *testing.T) {
	e := newEnvelope(t, bare)
	large := map[string]any{}
	for i := range 70_000 {
		large[fmt.Sprint("key", i)] = i
	}
	if w := render(e, "GET", envelope.Answer{Value: large}); w.Code != 200 {
		t.Fatalf("got %d", w.Code)
	}
	if n := testing.AllocsPerRun(10, func() { render(e, "GET", envelope.Answer{Value: map[string]any{"a": 1}}) }); n > 40 {
		t.Errorf("got %v allocations afterwards", n)
	}
}

func TestErrorsTakeBackWhatWasSaidOfTheResult(t *testing.T) {
	w := httptest.NewRecorder()
	for name, value := range map[string]string{"Content-Encoding": "gzip", "ETag": `"x"`, "Last-Modified": "now", "Content-Range": "bytes 0-1/2", "Content-Type": "image/png", "X-Kept": "1"} {
		w.Header().Set(name, value)
	}
	newEnvelope(t, func(o *envelope.Options) { bare(o); o.AlwaysOK = true }).Render(w, httptest.NewRequest("GET", "/", nil), nil, envelope.Errorf(404, "x"))
	want := http.Header{"X-Kept": {"1"}, "Content-Type": {"application/json; charset=utf-8"}, "Content-Length": {"13"}, "Cache-Control": {"no-store"}}
	if !reflect.DeepEqual(w.Header(), want) || w.Code != 200 {
		t.Errorf("got %d %v, want %v", w.Code, w.Header(), want)
	}
}

func TestClientsThatHaveGoneAreNoFailures(t *testing.T) {
	var log bytes.Buffer
	e := newEnvelope(t, func(o *envelope.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e.Render(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx), nil, fmt.Errorf("query: %w", ctx.Err()))
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}
