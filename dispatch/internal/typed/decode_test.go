package typed_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/dispatch/internal/typed/typedtest"
	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/params"
)

var limits = typed.JSONLimits{MaxDepth: 64, MaxKeys: 100_000, MaxItems: 100_000}

// The fast path for JSON bodies gives the same result as the general one, or none.
func TestDecodeJSONAgreesWithBind(t *testing.T) {
	t.Parallel()
	rounds := rounds.Of(t, 250)
	parser := newParser(t)
	r := &typedtest.Random{Rand: rand.New(rand.NewPCG(5, 6))}
	took := 0
	for round := range rounds {
		typ := r.StructType(4, 3)
		v := reflect.New(typ).Elem()
		r.Fill(v)
		body := asJSON(v)
		if round%2 == 1 {
			var doc any
			d := json.NewDecoder(strings.NewReader(body))
			d.UseNumber()
			if err := d.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			for range 1 + r.IntN(3) {
				doc = mutate(r, doc)
			}
			b, err := json.MarshalIndent(doc, " ", "\t")
			if err != nil {
				t.Fatal(err)
			}
			body = string(b)
		}
		inputs, err := typed.Of(typ)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := inputs.DecodeJSON([]byte(body), limits, "apiVersion")
		if !ok {
			if round%2 == 0 && !strings.Contains(fmt.Sprint(typ), "map[") && !strings.Contains(body, `\u`) && !strings.Contains(fmt.Sprint(typ), "]") && !strings.Contains(fmt.Sprint(typ), "color") {
				t.Errorf("round %d: it gave up on %s for %s", round, body, typ)
			}
			continue
		}
		took++
		want, report := bindJSON(t, parser, typ, body)
		if diff := cmp.Diff(want, got, same); diff != "" || len(report.Failed)+len(report.Missing) > 0 {
			t.Fatalf("round %d, %s\nbody %s\n%v\n%s", round, typ, body, report, diff)
		}
	}
	if took < rounds/5 {
		t.Errorf("only %d of %d bodies were decoded", took, rounds)
	}
}

type ruled struct {
	Name  string   `json:"name" required:"true" minLength:"2" pattern:"^[a-z]+$"`
	Age   int8     `json:"age" minimum:"1" default:"7"`
	Color string   `json:"color" enum:"red,green"`
	Tags  []string `json:"tags" maxItems:"2" minLength:"1"`
	Sub   struct {
		N uint `json:"n" required:"true"`
	} `json:"sub"`
	Note *string `json:"note"`
	S    string  `json:"s,string"`
	Any  any     `json:"any"`
}

func TestDecodeJSONGivesUpOnTheExtraordinary(t *testing.T) {
	inputs, err := typed.Of(reflect.TypeFor[ruled]())
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]bool{
		`{"name":"ab","sub":{"n":1}}`:                                true,
		` {"name" : "ab" , "sub" : { "n" : 1 } , "x":[{"y":null}]} `: true,
		`{"name":"ab","age":null,"note":null}`:                       true,
		`{"name":"ab","age":3,"color":"red","tags":["a","b"]}`:       true,
		`{"name":"ab","tags":[]}`:                                    true,
		`{"name":"a\n\u00e9b"}`:                                      false, // breaks the pattern
		`{"name":"ab","sub":{}}`:                                     false,
		`{}`:                                                         false,
		`{"name":""}`:                                                false,
		`{"name":"a"}`:                                               false,
		`{"name":"ab","age":0}`:                                      false,
		`{"name":"ab","age":300}`:                                    false,
		`{"name":"ab","age":"3"}`:                                    false,
		`{"name":"ab","age":3.0}`:                                    false,
		`{"name":"ab","age":03}`:                                     false,
		`{"name":"ab","color":"blue"}`:                               false,
		`{"name":"ab","tags":["a","b","c"]}`:                         false,
		`{"name":"ab","tags":[""]}`:                                  false,
		`{"name":"ab","tags":"a"}`:                                   false,
		`{"name":"ab","name":"cd"}`:                                  false,
		`{"name":"ab","s":"\"x\""}`:                                  false,
		`{"name":"ab","any":1}`:                                      false,
		`{"name":"ab","apiVersion":2}`:                               false,
		`{"name":"ab","x":{"apiVersion":2}}`:                         true,
		`{"name":"ab","x":"\ud800"}`:                                 false,
		`{"name":"ab","x":"\u0000"}`:                                 false,
		`{"name":"ab","x":1e400}`:                                    false,
		`{"name":"ab","x":tru}`:                                      false,
		`{"name":"ab"} x`:                                            false,
		`{"name":"ab",}`:                                             false,
		`{"name":"ab" "x":1}`:                                        false,
		`{"name":"ab","x":[1,]}`:                                     false,
		`[1]`:                                                        false,
		"{\"name\":\"ab\",\"x\":\"\xff\"}":                           false,
		`{"name":"ab","x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`: false,
	} {
		if _, ok := inputs.DecodeJSON([]byte(body), limits, "apiVersion"); ok != want {
			t.Errorf("%s: got %t, want %t", body, ok, want)
		}
	}
	got, _ := inputs.DecodeJSON([]byte(`{"name":"ab","tags":["x"],"note":"é\"\\"}`), limits, "")
	if in := got.(*ruled); in.Age != 7 || *in.Note != `é"\` || len(in.Tags) != 1 {
		t.Errorf("got %+v", in)
	}
	if _, ok := inputs.DecodeJSON([]byte(`{"name":"ab","x":[1,2,3]}`), typed.JSONLimits{MaxDepth: 64, MaxKeys: 2, MaxItems: 2}, ""); ok {
		t.Error("a limit was passed")
	}
}

func asPairs(in []typed.Pair) []pair {
	var out []pair
	for _, p := range in {
		out = append(out, pair{name: p.Name, text: p.Value})
	}
	return out
}

func FuzzDecodeJSON(f *testing.F) {
	inputs, err := typed.Of(reflect.TypeFor[ruled]())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{`{"name":"ab","sub":{"n":1},"tags":["a"]}`, `{"name":"a\u00e9","note":"x"}`, `{"name":"ab","age":-0}`, `{"x":[1e5,{"y":"z"}],"name":"zz"}`} {
		f.Add([]byte(seed))
	}
	parser, err := params.New(params.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, ok := inputs.DecodeJSON(body, limits, "")
		if !ok {
			return
		}
		want, report := bindJSON(t, parser, reflect.TypeFor[ruled](), string(body))
		if diff := cmp.Diff(want, got); diff != "" || len(report.Failed)+len(report.Missing) > 0 {
			t.Fatalf("%v %s", report, diff)
		}
	})
}
