package typed_test

import (
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/dispatch/internal/typed/typedtest"
	"github.com/sidekick-http/sidekick/internal/rounds"
)

// The fast path for queries gives the same result as the general one, or none.
func TestBindPairsAgreesWithBind(t *testing.T) {
	t.Parallel()
	rounds := rounds.Of(t, 250)
	parser := newParser(t)
	r := &typedtest.Random{Rand: rand.New(rand.NewPCG(7, 8))}
	took := 0
	for range rounds {
		typ := reflect.StructOf([]reflect.StructField{
			{Name: "A", Type: typedtest.Scalars()[r.IntN(14)], Tag: `json:"a" required:"true"`}, {Name: "B", Type: typedtest.Scalars()[r.IntN(len(typedtest.Scalars()))], Tag: `json:"b"`},
			{Name: "C", Type: reflect.SliceOf(typedtest.Scalars()[r.IntN(7)]), Tag: `json:"c" maxItems:"3"`}, {Name: "D", Type: reflect.TypeFor[string](), Tag: `json:"d" enum:"x,y" default:"x"`},
			{Name: "E", Type: reflect.TypeFor[*int](), Tag: `json:"e" minimum:"-5"`},
		})
		inputs, err := typed.Of(typ)
		if err != nil {
			t.Fatal(err)
		}
		var pairs []typed.Pair
		var query []string
		for range r.IntN(8) {
			p := typed.Pair{Name: []string{"a", "b", "c", "c", "d", "e", "z", "c[]", "a"}[r.IntN(9)], Value: []string{"1", "", "x", "-3", "true", "on", "300", "y", "[1]", "2.5", "é", "05"}[r.IntN(12)]}
			pairs = append(pairs, p)
			query = append(query, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
		}
		got, ok := inputs.BindPairs(pairs)
		if !ok {
			continue
		}
		took++
		want, report := arrived(t, parser, inputs, ways["query"](t, reflect.Value{}, asPairs(pairs)))
		if diff := cmp.Diff(want, got, same); diff != "" || len(report.Failed)+len(report.Missing) > 0 {
			t.Fatalf("%s\nquery %s\n%v\n%s", typ, strings.Join(query, "&"), report, diff)
		}
	}
	if took < rounds/100 {
		t.Errorf("only %d of %d queries were bound", took, rounds)
	}
}
