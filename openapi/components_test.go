package openapi_test

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/everykind"
	"github.com/sidekick-http/sidekick/internal/everykind/billing"
	"github.com/sidekick-http/sidekick/openapi"
)

// typedAction is an action that is only described by its types.
func typedAction[In, Out any](name string, change ...func(*dispatch.Action)) dispatch.Action {
	return dispatch.Typed(name, func(context.Context, In) (Out, error) { panic("not called") }, change...)
}

type none = struct{}

// schemasOf returns the components of a document without metadata, except those that every
// document has.
func schemasOf(t *testing.T, more openapi.Options, actions ...dispatch.Action) map[string]any {
	t.Helper()
	schemas := of(t, dispatch.Options{Actions: actions}, more).Components.Schemas
	delete(schemas, "Error")
	return schemas
}

type (
	page[T any] struct {
		Items []T `json:"items"`
	}
	line struct {
		SKU string `json:"sku"`
	}
	withAddress struct {
		To everykind.Address `json:"to"`
	}
	withBilling struct {
		To billing.Address `json:"to"`
	}
	withBoth struct {
		Ship everykind.Address `json:"ship"`
		Bill billing.Address   `json:"bill"`
	}
	outputName struct { // has the name for the result of an action "taken"
		Of TakenOutput `json:"of"`
	}
	TakenOutput struct {
		N int `json:"n"`
	}
)

// TestNamesOfTypes checks which components there are, and that neither the order of the actions
// nor further actions change a name.
func TestNamesOfTypes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		actions []dispatch.Action
		want    []string
	}{
		{"a type of inputs and of results", []dispatch.Action{typedAction[withAddress, withAddress]("a")}, []string{"AInput", "AOutput", "Address", "AddressInput"}},
		{"two types of one name", []dispatch.Action{typedAction[none, withBoth]("a")}, []string{"AOutput", "BillingAddress", "EverykindAddress"}},
		{"two types of one name in two actions", []dispatch.Action{typedAction[none, withAddress]("a"), typedAction[none, withBilling]("b")}, []string{"AOutput", "BOutput", "BillingAddress", "EverykindAddress"}},
		{"two types of one name in two actions, turned round", []dispatch.Action{typedAction[none, withBilling]("b"), typedAction[none, withAddress]("a")}, []string{"AOutput", "BOutput", "BillingAddress", "EverykindAddress"}},
		{"generic types", []dispatch.Action{typedAction[none, struct {
			A page[line]
			B page[*page[int]]
			C map[string]page[[]line]
		}]("a")}, []string{"AOutput", "Line", "PageOfInt", "PageOfLine", "PageOfListOfLine", "PageOfPageOfInt"}},
		{"types without names", []dispatch.Action{typedAction[struct {
			A struct{ B struct{ C int } }
			L []struct{ D int }
			M map[string]struct{ E int }
		}, none]("a")}, []string{"AInput", "AInputA", "AInputAB", "AInputLItem", "AInputMValue", "AOutput"}},
		{"a type that contains itself", []dispatch.Action{typedAction[everykind.Node, []everykind.Node]("a")}, []string{"AInput", "AOutput", "Node", "NodeInput"}},
		{"a type that has the name of an action's result", []dispatch.Action{typedAction[none, outputName]("x"), typedAction[none, withBilling]("taken")}, []string{"Address", "OpenapiTestTakenOutput", "TakenOutput", "XOutput"}},
		{"the same way in and out", []dispatch.Action{typedAction[struct{ L everykind.Level }, struct{ L everykind.Level }]("a")}, []string{"AInput", "AOutput", "Level"}},
		{"types of strings and numbers", []dispatch.Action{typedAction[struct{ M everykind.UUID }, struct{ M everykind.UUID }]("a")}, []string{"AInput", "AOutput"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			schemas := schemasOf(t, openapi.Options{}, tt.actions...)
			// Forms are the JSON schemas with limits, and tested elsewhere.
			maps.DeleteFunc(schemas, func(name string, _ any) bool {
				return strings.HasSuffix(name, "Form") || strings.HasSuffix(name, "Multipart")
			})
			if got := slices.Sorted(maps.Keys(schemas)); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestTypesDeclaredInFunctions checks that two types with the same name in one package are two
// components.
func TestTypesDeclaredInFunctions(t *testing.T) {
	type part struct {
		A int `json:"a"`
	}
	type result struct {
		Part part `json:"part"`
	}
	other := func() dispatch.Action {
		type part struct {
			B string `json:"b"`
		}
		type result struct {
			Part part `json:"part"`
		}
		return typedAction[none, result]("two")
	}
	schemas := schemasOf(t, openapi.Options{}, typedAction[none, result]("one"), other())
	member := func(output string) string {
		ref := schemas[output].(map[string]any)["properties"].(map[string]any)["part"].(map[string]any)["$ref"].(string)
		part := schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
		return strings.Join(slices.Sorted(maps.Keys(part["properties"].(map[string]any))), ",")
	}
	if one, two := member("OneOutput"), member("TwoOutput"); one != "a" || two != "b" {
		t.Errorf("the parts have the members %s and %s, want a and b", one, two)
	}
}

type decimal struct{ _ int }

func (decimal) MarshalJSON() ([]byte, error)     { return []byte(`"1.5"`), nil }
func (*decimal) UnmarshalJSON(text []byte) error { return nil }

// TestGivenSchemas checks that a program can describe types of other packages.
func TestGivenSchemas(t *testing.T) {
	type in struct {
		D decimal  `json:"d" description:"how much"`
		P *decimal `json:"p"`
	}
	plain := schemasOf(t, openapi.Options{}, typedAction[in, in]("a"))
	if got := plain["AOutput"].(map[string]any)["properties"].(map[string]any)["d"]; !cmp.Equal(got, any(map[string]any{"description": "how much"})) {
		t.Errorf("a type that only its methods know: got %v, want anything", got)
	}
	given := schemasOf(t, openapi.Options{Schemas: map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[decimal](): {Type: "string", Format: "decimal"}}}, typedAction[in, in]("a"))
	for component, want := range map[string]string{
		"AInput":  `{"d":{"type":"string","format":"decimal","description":"how much"},"p":{"type":"string","format":"decimal"}}`,
		"AOutput": `{"d":{"type":"string","format":"decimal","description":"how much"},"p":{"type":["string","null"],"format":"decimal"}}`,
	} {
		var wanted any
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, given[component].(map[string]any)["properties"]); diff != "" {
			t.Errorf("%s: -want +got\n%s", component, diff)
		}
	}
}
