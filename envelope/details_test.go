package envelope_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/errcode"
)

// limited is an error of the product with values in its message.
type limited struct{}

func (limited) Error() string                { return "internal words" }
func (limited) StatusCode() int              { return 413 }
func (limited) ErrorCode() string            { return "body_too_large" }
func (limited) ErrorArgs() map[string]string { return map[string]string{"limit": "1024"} }
func (limited) ClientMessage() string {
	return "The body is too large: at most 1024 bytes are accepted."
}

// invalid lists what is wrong with parameters.
type invalid struct{}

func (invalid) Error() string     { return "internal words" }
func (invalid) StatusCode() int   { return 422 }
func (invalid) ErrorCode() string { return "params_invalid" }
func (invalid) ClientMessage() string {
	return "age must be from 1 to 9, got 12; name is a required parameter for this action"
}
func (invalid) ParamErrors() []envelope.ParamError {
	return []envelope.ParamError{
		{Param: "age", Code: "out_of_range", Message: "age must be from 1 to 9, got 12", Expected: "from 1 to 9", Min: "1", Max: "9"},
		{Param: "name", Code: "required", Message: "name is a required parameter for this action"},
	}
}

// smithy is an SDK's error: its code is not meant for clients.
type smithy struct{}

func (smithy) Error() string     { return "AccessDenied: bucket internal-secrets" }
func (smithy) ErrorCode() string { return "AccessDenied" }

// numbered is another SDK's error: it has a code and a message for clients.
type numbered struct{}

func (numbered) Error() string         { return "stock: row 7" }
func (numbered) StatusCode() int       { return 409 }
func (numbered) ErrorCode() string     { return "out_of_stock" }
func (numbered) ClientMessage() string { return "sold out" }

func details(o *envelope.Options) { bare(o); o.Errors.Details = true }

func TestDetails(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a code", &envelope.Error{Status: 409, Code: "out_of_stock", Message: "sold out"}, `{"error":"sold out","errorCode":"out_of_stock"}`},
		{"none: that of the status", envelope.Errorf(404, "no such user"), `{"error":"no such user","errorCode":"not_found"}`},
		{"wrapped", fmt.Errorf("more: %w", &envelope.Error{Status: 400, Code: "bad_day", Message: "m"}), `{"error":"m","errorCode":"bad_day"}`},
		{"of the product's", limited{}, `{"error":"The body is too large: at most 1024 bytes are accepted.","errorCode":"body_too_large"}`},
		{"an object", &envelope.Error{Status: 400, Value: map[string]any{"a": 1}}, `{"error":{"a":1},"errorCode":"bad_request"}`},
		{"hidden", io.EOF, `{"error":"The server experienced an internal error (id-1)","errorCode":"internal_error"}`},
		{"a hidden error's code is hidden", smithy{}, `{"error":"The server experienced an internal error (id-1)","errorCode":"internal_error"}`},
		{"a cause's code is hidden", &envelope.Error{Status: 502, Message: "storage failed", Err: smithy{}}, `{"error":"storage failed","errorCode":"bad_gateway"}`},
		{"a cause's params are hidden", &envelope.Error{Status: 500, Message: "m", Err: invalid{}}, `{"error":"m","errorCode":"internal_error"}`},
		{"params", invalid{}, `{"error":"age must be from 1 to 9, got 12; name is a required parameter for this action","errorCode":"params_invalid","errorParams":[` +
			`{"param":"age","code":"out_of_range","message":"age must be from 1 to 9, got 12","expected":"from 1 to 9"},` +
			`{"param":"name","code":"required","message":"name is a required parameter for this action","expected":""}]}`},
		{"a nil pointer", (*envelope.Error)(nil), `{"error":"The server experienced an internal error (id-1)","errorCode":"internal_error"}`},
		{"text that is not UTF-8", envelope.Errorf(400, "caf\xe9"), "{\"error\":\"caf\ufffd\",\"errorCode\":\"bad_request\"}"},
		{"a status without words", envelope.Errorf(599, "m"), `{"error":"m","errorCode":"status_599"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := render(newEnvelope(t, details), "GET", envelope.Answer{Err: tt.err}).Body.String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			plain := render(newEnvelope(t, bare), "GET", envelope.Answer{Err: tt.err}).Body.String()
			if strings.Contains(plain, "errorCode") || strings.Contains(plain, "errorParams") {
				t.Errorf("without the option: got %s", plain)
			}
		})
	}
	t.Run("names are reserved where it is on, and only there", func(t *testing.T) {
		value := map[string]any{"a": 1, "errorCode": "mine", "errorParams": 2, "errors": 3}
		if got := render(newEnvelope(t, details), "GET", envelope.Answer{Value: value}).Body.String(); got != `{"a":1,"errors":3}` {
			t.Errorf("on: got %s", got)
		}
		if got := render(newEnvelope(t, bare), "GET", envelope.Answer{Value: value}).Body.String(); got != `{"a":1,"errorCode":"mine","errorParams":2,"errors":3}` {
			t.Errorf("off: got %s", got)
		}
		type typed struct {
			Code string `json:"errorCode"`
			A    int    `json:"a"`
		}
		if got := render(newEnvelope(t, details), "GET", envelope.Answer{Value: typed{"mine", 1}}).Body.String(); got != `{"a":1}` {
			t.Errorf("a struct: got %s", got)
		}
	})
	t.Run("a result has none", func(t *testing.T) {
		if got := render(newEnvelope(t, details), "GET", envelope.Answer{Value: map[string]any{"a": 1}}).Body.String(); got != `{"a":1}` {
			t.Errorf("got %s", got)
		}
	})
}

// If a handler's answer already has this form, it keeps its details.
func TestHandlerKeepsDetails(t *testing.T) {
	inner := newEnvelope(t, details)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.Render(w, r, map[string]any{"a": 1}, invalid{}) })
	want := render(inner, "GET", envelope.Answer{Value: map[string]any{"a": 1}, Err: invalid{}}).Body.String()
	for name, outer := range map[string]*envelope.Envelope{"with details": newEnvelope(t, details), "without": newEnvelope(t, bare)} {
		w := httptest.NewRecorder()
		outer.Handler(h).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		var got, wanted any
		if json.Unmarshal(w.Body.Bytes(), &got) != nil || json.Unmarshal([]byte(want), &wanted) != nil || fmt.Sprint(got) != fmt.Sprint(wanted) {
			t.Errorf("%s: got %s, want %s", name, w.Body, want)
		}
	}
	plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "gone fishing", http.StatusServiceUnavailable)
	})
	w := httptest.NewRecorder()
	newEnvelope(t, details).Handler(plain).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Body.String(); got != `{"error":"gone fishing","errorCode":"service_unavailable"}` {
		t.Errorf("http.Error: got %s", got)
	}
}

func TestTexts(t *testing.T) {
	texts := func(o *envelope.Options) {
		details(o)
		o.Errors.Texts = map[string]string{
			"body_too_large": "höchstens {limit} Bytes",
			"internal_error": "Da ging etwas schief, Nummer {id}.",
			"out_of_range":   "{param} nur von {min} bis {max}",
		}
	}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"with a placeholder", limited{}, "höchstens 1024 Bytes"},
		{"the generic error", io.EOF, "Da ging etwas schief, Nummer id-1."},
		{"of a param, in the text of all", invalid{}, "age nur von 1 bis 9; name is a required parameter for this action"},
		{"others' words stay", numbered{}, "sold out"},
		{"also under the code's own status", envelope.Errorf(413, "mine"), "mine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := decode(t, render(newEnvelope(t, texts), "GET", envelope.Answer{Err: tt.err}))["error"]; got != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
	whole := func(o *envelope.Options) { bare(o); o.Errors.Texts = map[string]string{"params_invalid": "so nicht"} }
	if got := decode(t, render(newEnvelope(t, whole), "GET", envelope.Answer{Err: invalid{}}))["error"]; got != "so nicht" {
		t.Errorf("all params at once: got %v", got)
	}
}

func TestTextsAreChecked(t *testing.T) {
	_, err := envelope.New(envelope.Options{Errors: envelope.ErrorOptions{
		Texts:     map[string]string{"out_of_stock": "x", "body_too_large": "{limits} {limit}", "timeout": " ", "required": "{max}", "unknown_action": "{param}"},
		Reporters: []func(context.Context, envelope.Failure){nil},
	}})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		`Errors.Texts["out_of_stock"]: unknown code: want one of internal_error, unknown_action, `,
		`Errors.Texts["body_too_large"]: invalid value "{limits} {limit}": unknown placeholder {limits}; the message may have {limit}`,
		`Errors.Texts["timeout"]: invalid value " ": want a message that is not empty`,
		`Errors.Texts["required"]: invalid value "{max}": unknown placeholder {max}; the message may have {param}, {expected}`,
		`Errors.Texts["unknown_action"]: invalid value "{param}": unknown placeholder {param}; this message has none`,
		`Errors.Reporters[0]: want a function`,
	} {
		if !strings.Contains(err.Error(), "envelope: "+want) {
			t.Errorf("got no %s in\n%v", want, err)
		}
	}
}

// The envelope copies the texts that New gets.
func TestTextsAreCopied(t *testing.T) {
	texts := map[string]string{"body_too_large": "before"}
	e := newEnvelope(t, func(o *envelope.Options) { bare(o); o.Errors.Texts = texts })
	texts["body_too_large"] = "after"
	if got := decode(t, render(e, "GET", envelope.Answer{Err: limited{}}))["error"]; got != "before" {
		t.Errorf("got %v", got)
	}
}

func TestTranslate(t *testing.T) {
	type key struct{}
	var asked []string
	e := newEnvelope(t, func(o *envelope.Options) {
		details(o)
		o.Errors.Texts = map[string]string{"required": "{param} fehlt"}
		o.Errors.Translate = func(r *http.Request, m envelope.Message) string {
			asked = append(asked, fmt.Sprintf("%s|%s|%s|%s|%v|%v", m.Code, m.Text, m.Param, m.Expected, m.Args, r.Context().Value(key{})))
			if r.Header.Get("Accept-Language") != "de" || m.Code == "required" {
				return ""
			}
			return "[" + m.Code + "]"
		}
	})
	ask := func(language string, err error) string {
		asked = nil
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", language)
		w := httptest.NewRecorder()
		e.Respond(w, r, envelope.Answer{Err: err, Context: context.WithValue(r.Context(), key{}, "facts")})
		return w.Body.String()
	}
	for _, tt := range []struct {
		name, language string
		err            error
		want           string
		asked          []string
	}{
		{"an error", "de", limited{}, `{"error":"[body_too_large]","errorCode":"body_too_large"}`,
			[]string{"body_too_large|The body is too large: at most 1024 bytes are accepted.|||map[limit:1024]|facts"}},
		{"another language", "fr", limited{}, `{"error":"The body is too large: at most 1024 bytes are accepted.","errorCode":"body_too_large"}`,
			[]string{"body_too_large|The body is too large: at most 1024 bytes are accepted.|||map[limit:1024]|facts"}},
		{"another one's error with a code", "de", numbered{}, `{"error":"[out_of_stock]","errorCode":"out_of_stock"}`, []string{"out_of_stock|sold out|||map[]|facts"}},
		{"one without a code", "de", envelope.Errorf(404, "no such user"), `{"error":"no such user","errorCode":"not_found"}`, nil},
		{"a hidden error", "de", io.EOF, `{"error":"[internal_error]","errorCode":"internal_error"}`,
			[]string{"internal_error|The server experienced an internal error (id-1)|||map[id:id-1]|facts"}},
		{"params, and then all of them", "fr", invalid{}, `{"error":"age must be from 1 to 9, got 12; name fehlt","errorCode":"params_invalid","errorParams":[` +
			`{"param":"age","code":"out_of_range","message":"age must be from 1 to 9, got 12","expected":"from 1 to 9"},` +
			`{"param":"name","code":"required","message":"name fehlt","expected":""}]}`,
			[]string{"out_of_range|age must be from 1 to 9, got 12|age|from 1 to 9|map[expected:from 1 to 9 max:9 min:1 param:age]|facts",
				"required|name fehlt|name||map[expected: max: min: param:name]|facts",
				"params_invalid|age must be from 1 to 9, got 12; name fehlt|||map[]|facts"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ask(tt.language, tt.err); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if fmt.Sprint(asked) != fmt.Sprint(tt.asked) {
				t.Errorf("asked\n%s\nwant\n%s", strings.Join(asked, "\n"), strings.Join(tt.asked, "\n"))
			}
		})
	}
}

func TestSerialize(t *testing.T) {
	e := newEnvelope(t, func(o *envelope.Options) {
		details(o)
		o.Errors.Serialize = func(_ context.Context, err *envelope.ClientError) any {
			switch {
			case errors.Is(err, io.EOF) && err.Status == 500:
				return []any{err.Code, err.Text, errors.Is(err.Err, io.EOF)}
			case err.Code == "params_invalid":
				fields := map[string]any{}
				for _, p := range err.Params {
					fields[p.Param] = p.Code
				}
				return map[string]any{"message": err.Text, "code": err.Code, "fields": fields}
			case err.Code == "not_found":
				return math.NaN()
			case err.Code == "conflict":
				panic("serializer")
			}
			return nil
		}
	})
	for _, tt := range []struct {
		name   string
		answer envelope.Answer
		status int
		want   string
	}{
		{"an object", envelope.Answer{Err: invalid{}}, 422, `{"error":{"code":"params_invalid","fields":{"age":"out_of_range","name":"required"},"message":"` + invalid{}.ClientMessage() + `"},"errorCode":"params_invalid","errorParams":[` +
			`{"param":"age","code":"out_of_range","message":"age must be from 1 to 9, got 12","expected":"from 1 to 9"},{"param":"name","code":"required","message":"name is a required parameter for this action","expected":""}]}`},
		{"a list, of a hidden error", envelope.Answer{Err: io.EOF}, 500, `{"error":["internal_error","The server experienced an internal error (id-1)",true],"errorCode":"internal_error"}`},
		{"nothing of its own", envelope.Answer{Err: limited{}}, 413, `{"error":"The body is too large: at most 1024 bytes are accepted.","errorCode":"body_too_large"}`},
		{"nothing of its own, and a value", envelope.Answer{Err: &envelope.Error{Status: 400, Value: []int{1}}}, 400, `{"error":[1],"errorCode":"bad_request"}`},
		{"what cannot be encoded", envelope.Answer{Err: envelope.Errorf(404, "m")}, 500, `{"error":"The server experienced an internal error (id-1)","errorCode":"internal_error"}`},
		{"a panic", envelope.Answer{Err: envelope.Errorf(409, "m")}, 409, `{"error":"m","errorCode":"conflict"}`},
		{"a result that cannot be sent", envelope.Answer{Value: map[string]any{"c": make(chan int)}}, 500, `{"error":"The server experienced an internal error (id-1)","errorCode":"internal_error"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if w := render(e, "GET", tt.answer); w.Code != tt.status || w.Body.String() != tt.want {
				t.Errorf("got  %d %s\nwant %d %s", w.Code, w.Body, tt.status, tt.want)
			}
		})
	}
}

// If functions of the options panic, that is logged and changes nothing else.
func TestPanicsOfTheOptionsAreContained(t *testing.T) {
	var log bytes.Buffer
	e := newEnvelope(t, func(o *envelope.Options) {
		bare(o)
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.Errors.Translate = func(*http.Request, envelope.Message) string { panic("translator") }
		o.Errors.Serialize = func(context.Context, *envelope.ClientError) any { panic(http.ErrAbortHandler) }
		o.Errors.Reporters = []func(context.Context, envelope.Failure){func(context.Context, envelope.Failure) { panic("reporter") }}
	})
	w := render(e, "GET", envelope.Answer{Err: io.EOF})
	if w.Code != 500 || w.Body.String() != `{"error":"The server experienced an internal error (id-1)"}` {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	for _, want := range []string{"Translate panicked", "Serialize panicked", "Reporters panicked", `msg="request failed"`} {
		if strings.Count(log.String(), want) != 1 {
			t.Errorf("got no %q once in %s", want, log.String())
		}
	}
	if n := strings.Count(log.String(), "messageId=id-1"); n != 4 {
		t.Errorf("%d records have the id, want 4", n)
	}
}

func TestErrorfWrapsSeveral(t *testing.T) {
	err := envelope.Errorf(400, "%w: %w", io.EOF, os.ErrNotExist)
	if !errors.Is(err, io.EOF) || !errors.Is(err, os.ErrNotExist) || err.Message != "EOF: file does not exist" || err.Status != 400 {
		t.Errorf("got %+v", err)
	}
	if err := envelope.Errorf(400, "one: %w", io.EOF); err.Err != io.EOF {
		t.Errorf("one: got the cause %v", err.Err)
	}
	if err := envelope.Errorf(400, "none"); err.Err != nil {
		t.Errorf("none: got the cause %v", err.Err)
	}
}

// Statuses that were set, and problems with them, are logged, too.
func TestStatusesThatSpeakOfFailures(t *testing.T) {
	for _, tt := range []struct {
		name       string
		answer     envelope.Answer
		wantStatus int
		wantLog    string // "" for none
	}{
		{"a 5xx without an error", envelope.Answer{Status: 503}, 503, `level=ERROR msg="request failed" method=GET path=/ status=503 messageId=id-1 error="envelope: the status 503 was set, without an error"`},
		{"as text", envelope.Answer{Status: 503, Value: "down"}, 503, `level=ERROR msg="request failed" method=GET path=/ status=503 messageId=id-1 error="envelope: the status 503 was set, without an error"`},
		{"one that is none", envelope.Answer{Status: 700, Err: envelope.Errorf(404, "m")}, 500, `level=ERROR msg="request failed" method=GET path=/ status=500 messageId=id-1 error="m; envelope: the status 700 was set, which is not 200 to 599"`},
		{"one over the error's own", envelope.Answer{Status: 418, Err: &envelope.Error{Status: 500, Message: "m", Err: io.EOF}}, 418, `level=DEBUG msg="request refused" method=GET path=/ status=418 messageId=id-1 error="m: EOF"`},
		{"a result", envelope.Answer{Status: 201}, 201, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			e := newEnvelope(t, func(o *envelope.Options) {
				bare(o)
				o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == slog.TimeKey {
						return slog.Attr{}
					}
					return a
				}}))
			})
			w := httptest.NewRecorder()
			if tt.answer.Value != nil {
				w.Header().Set("Content-Type", "text/plain")
			}
			e.Respond(w, httptest.NewRequest("GET", "/", nil), tt.answer)
			if got := strings.TrimSpace(log.String()); w.Code != tt.wantStatus || got != tt.wantLog {
				t.Errorf("got %d, %s\nwant %d, %s", w.Code, got, tt.wantStatus, tt.wantLog)
			}
		})
	}
}

// TestTheCodesAreDocumented compares the package comment with the list of codes and placeholders.
func TestTheCodesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(strings.ReplaceAll(string(doc), "\n//", " ")), " ")
	words = strings.ReplaceAll(words, ", and invalid_param", ", invalid_param")
	for _, c := range errcode.Known() {
		want := c.Name
		if len(c.Args) > 0 {
			want += " {" + strings.Join(c.Args, "} {") + "}"
		}
		if !strings.Contains(words, " "+want+",") && !strings.Contains(words, " "+want+".") && !strings.Contains(words, " "+want+" for") {
			t.Errorf("there is no %s in the package comment", want)
		}
	}
}

func TestAClockThatPanicsLeavesAWholeAnswer(t *testing.T) {
	for _, v := range []any{nil, map[string]any{"a": 1}, []int{1}} {
		var log bytes.Buffer
		e := newEnvelope(t, func(o *envelope.Options) {
			o.ServerInformation, o.RequesterInformation = true, true
			o.Now = func() time.Time { panic("the clock is broken") }
			o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		})
		w := httptest.NewRecorder()
		e.Render(w, httptest.NewRequest("GET", "/", nil), v, errors.New("secret"))
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 500 || got["error"] == nil {
			t.Errorf("%v: got %d %s, want a 500 that is whole", v, w.Code, w.Body)
		}
		if w.Header().Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
			t.Errorf("%v: got the length %s of %d bytes", v, w.Header().Get("Content-Length"), w.Body.Len())
		}
		if !strings.Contains(log.String(), "the clock is broken") {
			t.Errorf("%v: got %q, want the panic", v, log.String())
		}
	}
}
