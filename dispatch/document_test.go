package dispatch_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/dispatch/internal/typed/typedtest"
	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/openapi"
)

// described is a dispatcher with the document of its actions.
type described struct {
	*dispatch.Dispatcher
	schemas map[string]*jsonschema.Schema
	paths   map[string]map[string]describedOperation
}

type describedOperation struct {
	Parameters []struct {
		Name, Style string
		Required    bool
		Schema      *jsonschema.Schema
	}
	RequestBody struct{ Content map[string]describedContent }
	Responses   map[string]struct{ Content map[string]describedContent }
}

type describedContent struct {
	Schema   *jsonschema.Schema
	Encoding map[string]struct{ Style, ContentType string }
}

func describe(t *testing.T, actions []dispatch.Action) *described {
	t.Helper()
	d, err := dispatch.New(dispatch.Options{Actions: actions})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi.New(openapi.Options{Dispatcher: d})
	if err != nil {
		t.Fatal(err)
	}
	text, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Paths      map[string]map[string]describedOperation
		Components struct {
			Schemas map[string]*jsonschema.Schema
		}
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "#/components/schemas/", "#/$defs/")), &read); err != nil {
		t.Fatal(err)
	}
	return &described{d, read.Components.Schemas, read.Paths}
}

// resolved makes a validator from a schema and those that it refers to.
func (d *described) resolved(t *testing.T, s *jsonschema.Schema) *jsonschema.Resolved {
	t.Helper()
	root := s.CloneSchemas()
	root.Defs = map[string]*jsonschema.Schema{}
	for next := refs(s, nil); len(next) > 0; {
		name := next[0]
		next = next[1:]
		if root.Defs[name] == nil {
			root.Defs[name] = d.schemas[name].CloneSchemas()
			next = refs(d.schemas[name], next)
		}
	}
	r, err := root.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// refs returns the components that a schema refers to.
func refs(s *jsonschema.Schema, all []string) []string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	for _, m := range regexp.MustCompile(`"#/\$defs/([^"]+)"`).FindAllSubmatch(text, -1) {
		all = append(all, string(m[1]))
	}
	return all
}

// target returns the schema that a reference leads to.
func (d *described) target(s *jsonschema.Schema) *jsonschema.Schema {
	for s.Ref != "" {
		s = d.schemas[strings.TrimPrefix(s.Ref, "#/$defs/")]
	}
	return s
}

// formats returns where a value does not have the format of its schema, which the validator
// ignores.
func (d *described) formats(s *jsonschema.Schema, v any, at string) error {
	s = d.target(s)
	for _, one := range append(s.OneOf, s.AnyOf...) {
		if (v == nil) == (one.Type == "null") {
			if text, isText := v.(string); !isText || d.target(one).Type == "string" || text == "" {
				return d.formats(one, v, at)
			}
		}
	}
	if s.Type == "" && s.Types == nil {
		return nil // anything
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			below := s.Properties[name]
			if below == nil {
				below = s.AdditionalProperties
			}
			if below == nil {
				return fmt.Errorf("%s.%s: the document does not know it", at, name)
			}
			if err := d.formats(below, member, at+"."+name); err != nil {
				return err
			}
		}
	case []any:
		for i, one := range v {
			if s.Items != nil {
				if err := d.formats(s.Items, one, fmt.Sprintf("%s[%d]", at, i)); err != nil {
					return err
				}
			}
		}
	case string:
		if !formatOfText[s.Format](v) {
			return fmt.Errorf("%s: %q is no %s", at, v, s.Format)
		}
	case float64:
		if !formatOfNumber[s.Format](v) {
			return fmt.Errorf("%s: %v is no %s", at, v, s.Format)
		}
	}
	return nil
}

var (
	formatOfText = map[string]func(string) bool{
		"": func(string) bool { return true },
		"date-time": func(s string) bool {
			_, err := time.Parse(time.RFC3339, s)
			return err == nil
		},
		"byte": func(s string) bool {
			_, err := base64.StdEncoding.DecodeString(s)
			return err == nil
		},
		"uuid": regexp.MustCompile(`^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`).MatchString,
	}
	formatOfNumber = map[string]func(float64) bool{
		"":       func(float64) bool { return true },
		"int32":  func(f float64) bool { return f == math.Trunc(f) && math.Abs(f) <= math.MaxInt32+1 },
		"int64":  func(f float64) bool { return f == math.Trunc(f) },
		"float":  func(f float64) bool { return math.Abs(f) <= math.MaxFloat32 },
		"double": func(float64) bool { return true },
	}
)

// Every result of a typed action matches the document.
func TestResultsAreAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	r := random(t, 11)
	const perDocument, perType = 25, 5
	for round := 0; round < rounds.Of(t, 250); {
		types := make([]reflect.Type, perDocument)
		results := make([]reflect.Value, perDocument)
		var actions []dispatch.Action
		for i := range types {
			types[i] = r.ResultType(3)
			actions = append(actions, dispatch.TypedOf(fmt.Sprint("a", i), reflect.TypeFor[struct{}](), types[i], func(any) any {
				return results[i].Interface()
			}))
		}
		d := describe(t, actions)
		for i, typ := range types {
			path := fmt.Sprint("/a", i)
			s := d.paths[path]["get"].Responses["200"].Content["application/json"].Schema
			validator := d.resolved(t, s)
			for range perType {
				round++
				results[i] = reflect.New(typ).Elem()
				r.FillResult(results[i], 6)
				w := httptest.NewRecorder()
				d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
				var sent any
				if err := json.Unmarshal(w.Body.Bytes(), &sent); err != nil || w.Code != 200 {
					t.Fatalf("%s: got %d %s, %v", typ, w.Code, w.Body, err)
				}
				err := validator.Validate(sent)
				if err == nil {
					err = d.formats(s, sent, "")
				}
				if err != nil {
					text, _ := json.Marshal(validator.Schema())
					t.Fatalf("round %d, %s\nsent %s\n%v\nthe document has %s", round, typ, w.Body, err, text)
				}
			}
		}
	}
}

// random makes types and values, the same in every run unless TEST_SEED is set.
func random(t *testing.T, seed uint64) *typedtest.Random {
	t.Helper()
	if text := os.Getenv("TEST_SEED"); text != "" {
		if _, err := fmt.Sscan(text, &seed); err != nil {
			t.Fatal(err)
		}
	}
	return typedtest.New(seed)
}
