package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/params"
)

const andMore = "; more inputs are missing or invalid: only the first 100 are listed"

type item struct {
	SKU string `json:"sku" required:"true"`
}

// refused refuses every value.
type refused struct{}

func (*refused) UnmarshalText([]byte) error { return errors.New("never") }

// manyProblems returns actions whose inputs may each have any number of problems.
func manyProblems(validated *int) []dispatch.Action {
	none := func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }
	never := func(context.Context, any) error {
		*validated++
		return errors.New("never")
	}
	items := dispatch.Inputs{"sku": {Required: true}}
	return []dispatch.Action{
		dispatch.Typed("numbers", func(context.Context, struct {
			L []int `json:"l"`
		}) (any, error) {
			return nil, nil
		}),
		dispatch.Typed("ranges", func(context.Context, struct {
			L []int `json:"l" minimum:"1"`
		}) (any, error) {
			return nil, nil
		}),
		dispatch.Typed("array", func(context.Context, struct {
			L [2000]*refused `json:"l"`
		}) (any, error) {
			return nil, nil
		}),
		dispatch.Typed("members", func(context.Context, struct {
			L []item `json:"l"`
		}) (any, error) {
			return nil, nil
		}),
		dispatch.Typed("map", func(context.Context, struct {
			L map[string]item `json:"l"`
		}) (any, error) {
			return nil, nil
		}),
		dispatch.Typed("keys", func(context.Context, struct {
			L map[int]int `json:"l"`
		}) (any, error) {
			return nil, nil
		}),
		{Name: "plainMembers", Run: none, Inputs: dispatch.Inputs{"l": {List: true, Schema: items}}},
		{Name: "plainMap", Run: none, Inputs: dispatch.Inputs{"l": {Map: true, Schema: items}}},
		{Name: "plainValidated", Run: none, Inputs: dispatch.Inputs{"l": {List: true, Schema: dispatch.Inputs{"n": {Validators: []dispatch.Validator{never}}}}}},
		{Name: "plainNested", Run: none, Inputs: dispatch.Inputs{"l": {Map: true, Schema: dispatch.Inputs{"m": {List: true, Schema: items}}}}},
	}
}

// repeated returns a JSON list, or object, of n elements.
func repeated(n int, open, element, end string) string {
	var b strings.Builder
	b.WriteString(`{"l":` + open)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(element, "#", fmt.Sprintf("k%06d", i)))
	}
	return b.String() + end + "}"
}

func TestAtMost100ProblemsOfARequestAreReported(t *testing.T) {
	t.Parallel()
	var validated int
	env, err := envelope.New(envelope.Options{Errors: envelope.ErrorOptions{Details: true}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := dispatch.New(dispatch.Options{Actions: manyProblems(&validated), Renderer: env})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ action, open, element, end string }{
		{"numbers", "[", `"a"`, "]"},
		{"ranges", "[", "0", "]"},
		{"array", "[", `"a"`, "]"},
		{"members", "[", "{}", "]"},
		{"members", "[", `"a"`, "]"},
		{"map", "{", `"#":{}`, "}"},
		{"keys", "{", `"#":1`, "}"},
		{"plainMembers", "[", "{}", "]"},
		{"plainMembers", "[", "1", "]"},
		{"plainMap", "{", `"#":{}`, "}"},
		{"plainMap", "{", `"#":1`, "}"},
		{"plainValidated", "[", `{"n":1}`, "]"},
		{"plainNested", `{"` + strings.Repeat("k", 10_000) + `":{"m":[`, "{}", "]}}"},
	} {
		for _, n := range []int{1, 99, 100, 101, 2000} {
			validated = 0
			r := httptest.NewRequest("POST", "/"+tt.action, strings.NewReader(repeated(n, tt.open, tt.element, tt.end)))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			var got struct {
				Error       string                `json:"error"`
				ErrorParams []envelope.ParamError `json:"errorParams"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 422 {
				t.Fatalf("%s with %d of %s: got %d %s", tt.action, n, tt.element, w.Code, w.Body)
			}
			want := n
			if n > 100 {
				want = 101
				if last := got.ErrorParams[len(got.ErrorParams)-1]; last.Code != "more_params" || last.Param != "" || last.Message != andMore[2:] {
					t.Errorf("%s with %d of %s: the last problem is %+v", tt.action, n, tt.element, last)
				}
			}
			if len(got.ErrorParams) != want || strings.HasSuffix(got.Error, andMore) != (n > 100) || strings.Count(got.Error, "only the first") > 1 {
				t.Errorf("%s with %d of %s: got %d problems, want %d: …%s", tt.action, n, tt.element, len(got.ErrorParams), want, got.Error[max(0, len(got.Error)-100):])
			}
			if w.Body.Len() > 50_000 {
				t.Errorf("%s with %d of %s: the response has %d bytes", tt.action, n, tt.element, w.Body.Len())
			}
			if validated > 101 {
				t.Errorf("%s with %d of %s: %d values were validated", tt.action, n, tt.element, validated)
			}
		}
	}
}

func TestMissingAndInvalidParametersAreCountedTogether(t *testing.T) {
	t.Parallel()
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{
		{Name: "plain", Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }, Inputs: dispatch.Inputs{
			"a": {List: true, Schema: dispatch.Inputs{"sku": {Required: true}}}, "b": {List: true, Schema: dispatch.Inputs{"sku": {}}},
		}},
		dispatch.Typed("typed", func(context.Context, struct {
			A []item `json:"a"`
			B []int  `json:"b"`
		}) (any, error) {
			return nil, nil
		}),
	}})
	for _, name := range []string{"plain", "typed"} {
		for _, n := range []int{40, 41, 1000} {
			lists := params.Values{"a": []any{}, "b": []any{}}
			for range 60 {
				lists["a"] = append(lists["a"].([]any), map[string]any{})
			}
			for range n {
				lists["b"] = append(lists["b"].([]any), "x")
			}
			_, err := d.Run(t.Context(), name, "", lists)
			missing, invalid := &dispatch.MissingParamsError{}, &dispatch.InvalidParamsError{}
			if !errors.As(err, &missing) || !errors.As(err, &invalid) {
				t.Fatal(err)
			}
			if len(missing.Names) != 60 || missing.More || len(invalid.Failures) != 40 || invalid.More != (n > 40) || strings.HasSuffix(err.Error(), andMore) != (n > 40) {
				t.Errorf("%s with 60 missing and %d invalid: got %d missing, %t, and %d invalid, %t", name, n, len(missing.Names), missing.More, len(invalid.Failures), invalid.More)
			}
		}
	}
}
