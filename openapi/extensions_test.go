package openapi_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/openapi"
)

// having returns a function that gives an action properties.
func having(meta map[string]any) func(*dispatch.Action) {
	return func(a *dispatch.Action) { a.Meta = meta }
}

// Only the chosen properties are shown, as JSON, in each operation of the action.
func TestShownMetaIsAnExtensionOfOperations(t *testing.T) {
	old := nothing("order", having(map[string]any{"permission": "old", "cost": 1}))
	newest := nothing("order", having(map[string]any{"permission": []string{"orders:write", "<b>"}, "secret": "s"}), openapi.Describe(openapi.Operation{ID: "placeOrder"}))
	newest.Version = "2"
	show := map[string]string{"permission": "x-permission", "cost": "x-cost", "limits": "x-limits", "none": "x-none"}
	d, err := dispatch.New(dispatch.Options{
		Actions: []dispatch.Action{old, newest, nothing("plain"), nothing("more", having(map[string]any{"limits": map[string]any{"b": 1, "a": nil}, "cost": 2.5, "none": nil}))},
		Routes:  dispatch.Routes{{Method: "put", Path: "/old", Action: "order", APIVersion: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi.New(openapi.Options{Dispatcher: d, ShowMeta: show})
	if err != nil {
		t.Fatal(err)
	}
	show["secret"] = "x-secret" // too late
	text, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Paths map[string]map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for where, want := range map[string]string{
		"put /order": `x-permission ["orders:write","\u003cb\u003e"]`,
		"put /old":   `x-cost 1 x-permission "old"`,
		"get /plain": ``, "post /plain": ``,
		"get /more": `x-cost 2.5 x-limits {"a":null,"b":1} x-none null`, "post /more": `x-cost 2.5 x-limits {"a":null,"b":1} x-none null`,
	} {
		method, path, _ := strings.Cut(where, " ")
		op, ok := got.Paths[path][method]
		if !ok {
			t.Fatalf("%s is not in the document: %s", where, text)
		}
		var shown []string
		for _, name := range []string{"x-cost", "x-limits", "x-none", "x-permission", "x-secret"} {
			if value, ok := op[name]; ok {
				shown = append(shown, name, string(value))
			}
		}
		if got := strings.Join(shown, " "); got != want {
			t.Errorf("%s: got %s, want %s", where, got, want)
		}
	}
}

func TestShowMetaIsChecked(t *testing.T) {
	for _, tt := range []struct {
		show map[string]string
		meta map[string]any
		want []string // problems; none if empty
	}{
		{map[string]string{"p": "x-p", "q": "x-q"}, map[string]any{"p": "v", "q": nil}, nil},
		{map[string]string{"p": "permission"}, map[string]any{"p": "v"}, []string{`ShowMeta["p"]: invalid value "permission": want a name that begins with "x-"`}},
		{map[string]string{"p": "x-"}, map[string]any{"p": "v"}, []string{`ShowMeta["p"]: invalid value "x-": want a name that begins with "x-"`}},
		{map[string]string{"p": "X-P"}, map[string]any{"p": "v"}, []string{`invalid value "X-P"`}},
		{map[string]string{"p": ""}, map[string]any{"p": "v"}, []string{`want a name that begins with "x-"`}},
		{map[string]string{"p": "x-oai-p", "q": "x-oas-q"}, map[string]any{"p": "v", "q": "v"}, []string{`ShowMeta["p"]: invalid value "x-oai-p": OpenAPI reserves`, `ShowMeta["q"]`}},
		{map[string]string{"p": "x-p", "q": "x-p"}, map[string]any{"p": "v", "q": "v"}, []string{`ShowMeta["q"]: invalid value "x-p": the property "p" has this name already`}},
		{map[string]string{"permision": "x-p"}, map[string]any{"permission": "v"}, []string{`ShowMeta["permision"]: no action has this property in its Meta`}},
		{map[string]string{"p": "x-p"}, map[string]any{"p": math.Inf(1)}, []string{`ShowMeta["p"]: the value of action "a", version 1: json: unsupported value: +Inf`}},
		{map[string]string{"p": "x-p"}, map[string]any{"p": func() {}}, []string{`ShowMeta["p"]: the value of action "a", version 1: json: unsupported type: func()`}},
		{map[string]string{"p": "y", "q": "x-q"}, map[string]any{"p": "v", "q": make(chan int)}, []string{`ShowMeta["p"]`, `ShowMeta["q"]: the value of action "a"`}},
		{map[string]string{"p": "x-p", "q": "x-q"}, map[string]any{"p": func() {}, "q": make(chan int)}, []string{`ShowMeta["p"]: the value`, `ShowMeta["q"]: the value`}},
		{nil, map[string]any{"p": func() {}}, nil},
	} {
		d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{nothing("a", having(tt.meta))}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = openapi.New(openapi.Options{Dispatcher: d, ShowMeta: tt.show})
		if (err == nil) != (len(tt.want) == 0) {
			t.Errorf("%v: got %v, want %q", tt.show, err, tt.want)
			continue
		}
		lines := strings.Count(fmt.Sprint(err), "\n") + 1
		if err != nil && lines != len(tt.want) {
			t.Errorf("%v: got %d problems, want %d: %v", tt.show, lines, len(tt.want), err)
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v: got %v, want %s", tt.show, err, want)
			}
		}
	}
}
