package dispatch_test

import (
	"context"
	"errors"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// TestCodesOfErrors checks that every error of this package has a code in the table, with its
// message and placeholders.
func TestCodesOfErrors(t *testing.T) {
	for _, err := range []error{
		dispatch.ErrUnknownAction, dispatch.ErrBlockedConnectionType, dispatch.ErrTooManyPending, dispatch.ErrShuttingDown, dispatch.ErrTimeout,
		dispatch.ErrMethodNotAllowed, dispatch.ErrFileNotTaken, dispatch.ErrHandlerAction, dispatch.ErrTooDeep,
		&dispatch.MissingParamsError{Names: []string{"a"}}, &dispatch.InvalidParamsError{Failures: []dispatch.ParamFailure{{Name: "a", Err: errors.New("x")}}},
	} {
		coded, ok := err.(interface {
			ErrorCode() string
			ClientMessage() string
		})
		if !ok {
			t.Errorf("%v has no code", err)
			continue
		}
		code, known := errcode.Find(coded.ErrorCode())
		if !known || code.Text != "" && code.Text != coded.ClientMessage() {
			t.Errorf("%v: got the code %q and the text %q, want those of the table: %+v", err, coded.ErrorCode(), coded.ClientMessage(), code)
		}
	}
}

type order struct {
	Name  string   `json:"name" required:"true"`
	Age   int      `json:"age" minimum:"1" maximum:"9"`
	Code  string   `json:"code" minLength:"2" maxLength:"4"`
	Color string   `json:"color" enum:"red,green"`
	Tags  []string `json:"tags" maxItems:"2"`
	ZIP   string   `json:"zip" pattern:"^[0-9]+$"`
	Pair  [2]int   `json:"pair"`
	PIN   int      `json:"pin" minimum:"1000"`
	Lines []struct {
		N int `json:"n"`
	} `json:"lines"`
}

// TestParamErrors checks what clients and translators learn about each parameter.
func TestParamErrors(t *testing.T) {
	env, err := envelope.New(envelope.Options{Errors: envelope.ErrorOptions{Details: true}})
	if err != nil {
		t.Fatal(err)
	}
	seen := &recorder{env: env}
	even := func(_ context.Context, v any) error {
		if v == "odd" {
			return &envelope.Error{Status: 409, Code: "not_even", Message: "want an even one"}
		}
		return errors.New("want none at all")
	}
	d, err := dispatch.New(dispatch.Options{Renderer: seen, FilteredParams: []string{"pin"}, Actions: []dispatch.Action{
		dispatch.Typed("order", func(context.Context, order) (any, error) { return nil, nil }),
		action("plain", dispatch.Inputs{"a": {Required: true}, "b": {Formatters: []dispatch.Formatter{dispatch.ToInt}}, "c": {Validators: []dispatch.Validator{even}}, "d": {Validators: []dispatch.Validator{even}}}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	type list = []envelope.ParamError
	for _, tt := range []struct {
		name, target, body string
		status             int
		code, text         string
		want               list
	}{
		{"missing", "/plain", `{}`, 422, "params_missing", "a is a required parameter for this action",
			list{{Param: "a", Code: "required", Message: "a is a required parameter for this action"}}},
		{"invalid", "/plain", `{"a":1,"b":"x","c":"even"}`, 422, "params_invalid", `b must be a whole number, got "x"; want none at all`,
			list{{Param: "b", Code: "invalid_type", Message: `b must be a whole number, got "x"`, Expected: "a whole number"}, {Param: "c", Code: "invalid_param", Message: "want none at all"}}},
		{"a code and a status of a validator's", "/plain", `{"a":1,"c":"odd","d":"odd"}`, 409, "params_invalid", "want an even one",
			list{{Param: "c", Code: "not_even", Message: "want an even one"}, {Param: "d", Code: "not_even", Message: "want an even one"}}},
		{"both", "/plain", `{"b":"x"}`, 422, "params_invalid", `a is a required parameter for this action; b must be a whole number, got "x"`,
			list{{Param: "a", Code: "required", Message: "a is a required parameter for this action"}, {Param: "b", Code: "invalid_type", Message: `b must be a whole number, got "x"`, Expected: "a whole number"}}},
		{"the rules of a typed action", "/order", `{"name":"n","age":12,"code":"x","color":"blue","tags":["a","b","c"],"zip":"q","pair":[1,2,3],"pin":7,"lines":[{"n":"x"}]}`, 422, "params_invalid", "", list{
			{Param: "age", Code: "out_of_range", Message: "age must be from 1 to 9, got 12", Expected: "from 1 to 9", Min: "1", Max: "9"},
			{Param: "code", Code: "invalid_length", Message: "code must be 2 to 4 characters long, got 1", Expected: "2 to 4 characters long", Min: "2", Max: "4"},
			{Param: "color", Code: "not_in_enum", Message: `color must be one of red, green, got "blue"`, Expected: "one of red, green"},
			{Param: "tags", Code: "invalid_count", Message: "tags must be a list of at most 2 elements, got 3", Expected: "a list of at most 2 elements", Max: "2"},
			{Param: "zip", Code: "pattern_mismatch", Message: `zip must be a string that matches ^[0-9]+$, got "q"`, Expected: "a string that matches ^[0-9]+$"},
			{Param: "pair", Code: "invalid_count", Message: "pair must be a list of at most 2 elements, got 3", Expected: "a list of at most 2 elements", Max: "2"},
			{Param: "pin", Code: "out_of_range", Message: "pin must be at least 1000, got a hidden value", Expected: "at least 1000", Min: "1000"},
			{Param: "lines[0].n", Code: "invalid_type", Message: `lines[0].n must be a whole number, got "x"`, Expected: "a whole number"},
		}},
		{"a list that is too long for a query", "/order?name=n" + strings.Repeat("&tags=x", 900) + strings.Repeat("&lines[]=1", 90), "", 422, "params_invalid", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := ask(t, d, "POST", tt.target, tt.body)
			got := a.object()
			if a.Code != tt.status || got["errorCode"] != tt.code || tt.text != "" && got["error"] != tt.text {
				t.Errorf("got %d %s", a.Code, a.Body)
			}
			listed, ok := seen.last.Err.(interface{ ParamErrors() []envelope.ParamError })
			if !ok {
				t.Fatalf("%T lists no params", seen.last.Err)
			}
			if tt.want != nil {
				if diff := cmp.Diff(tt.want, listed.ParamErrors()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			sent, _ := got["errorParams"].([]any)
			if len(sent) != len(listed.ParamErrors()) {
				t.Errorf("sent %v, want all of %v", sent, listed.ParamErrors())
			}
			for _, p := range listed.ParamErrors() {
				if code, known := errcode.Find(p.Code); !known && p.Code != "not_even" {
					t.Errorf("%s is in no table (%v)", p.Code, code)
				}
			}
		})
	}
}

// A parameter whose shape package params refuses has its own code.
func TestParamErrorsOfShapes(t *testing.T) {
	uploads, err := upload.New(upload.Options{})
	if err != nil {
		t.Fatal(err)
	}
	parser, err := params.New(params.Options{Query: params.QueryOptions{ListLimit: 3}, Upload: uploads})
	if err != nil {
		t.Fatal(err)
	}
	d, rc := newDispatcher(t, dispatch.Options{Params: parser, Actions: []dispatch.Action{
		dispatch.Typed("list", func(context.Context, struct {
			Tags []string `json:"tags"`
		}) (any, error) {
			return nil, nil
		}),
	}})
	d.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/list?tags=1&tags=2&tags=3&tags=4", nil))
	listed, ok := rc.last.Err.(interface{ ParamErrors() []envelope.ParamError })
	if !ok {
		t.Fatalf("got %v", rc.last.Err)
	}
	want := []envelope.ParamError{{Param: "tags", Code: "too_many_items", Message: "tags must be a list of at most 3 elements", Expected: "a list of at most 3 elements", Max: "3"}}
	if diff := cmp.Diff(want, listed.ParamErrors()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFilesThatNoInputTakesHaveACode(t *testing.T) {
	env, err := envelope.New(envelope.Options{Errors: envelope.ErrorOptions{
		Details: true, Texts: map[string]string{"files_not_accepted": "keine Datei in {fields}, nur in {accepted}"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := dispatch.New(dispatch.Options{Renderer: env, Actions: []dispatch.Action{action("a", dispatch.Inputs{"doc": {File: true}})}})
	if err != nil {
		t.Fatal(err)
	}
	var body strings.Builder
	form := multipart.NewWriter(&body)
	_, _ = form.CreateFormFile("other", "x.txt")
	_ = form.Close()
	r := httptest.NewRequest("POST", "/a", strings.NewReader(body.String()))
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if want := `{"error":"keine Datei in \"other\", nur in doc","errorCode":"files_not_accepted"}`; w.Code != 415 || w.Body.String() != want {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
	}
}
