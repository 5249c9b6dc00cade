package typename_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/typename"
)

type (
	plain          struct{}
	page[T any]    struct{ Items []T }
	pair[A, B any] struct {
		First  A
		Second B
	}
)

func TestNamesCanBeRead(t *testing.T) {
	type local struct{}
	const pkg = "github.com/sidekick-http/sidekick/internal/typename_test."
	for _, tt := range []struct {
		typ  reflect.Type
		want string
	}{
		{reflect.TypeFor[time.Time](), "time.Time"},
		{reflect.TypeFor[int](), "int"},
		{reflect.TypeFor[plain](), pkg + "plain"},
		{reflect.TypeFor[local](), pkg + "local"},
		{reflect.TypeFor[page[plain]](), pkg + "pageOfPlain"},
		{reflect.TypeFor[page[local]](), pkg + "pageOfLocal"},
		{reflect.TypeFor[page[*time.Time]](), pkg + "pageOfTime"},
		{reflect.TypeFor[page[[]int]](), pkg + "pageOfListOfInt"},
		{reflect.TypeFor[page[[3]plain]](), pkg + "pageOfListOfPlain"},
		{reflect.TypeFor[page[map[string]plain]](), pkg + "pageOfMapOfPlain"},
		{reflect.TypeFor[page[map[pair[string, int]]plain]](), pkg + "pageOfMapOfPlain"},
		{reflect.TypeFor[page[page[plain]]](), pkg + "pageOfPageOfPlain"},
		{reflect.TypeFor[pair[string, int64]](), pkg + "pairOfStringAndInt64"},
		{reflect.TypeFor[pair[page[int], pair[plain, bool]]](), pkg + "pairOfPageOfIntAndPairOfPlainAndBool"},
		{reflect.TypeFor[pair[struct {
			A []int `other:"a]b,\"{"`
		}, plain]](), pkg + "pairOfObjectAndPlain"},
		{reflect.TypeFor[pair[any, plain]](), pkg + "pairOfAnyAndPlain"},
		{reflect.TypeFor[pair[func(int) []int, chan int]](), pkg + "pairOfFuncAndChan"},
	} {
		if got := typename.Of(tt.typ); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.typ, got, tt.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct{ name, pkg, short string }{
		{"gopkg.in/yaml.v3.Node", "gopkg.in/yaml.v3", "Node"},
		{"main.Order", "main", "Order"},
		{"int", "", "int"},
	} {
		if pkg, short := typename.Split(tt.name); pkg != tt.pkg || short != tt.short {
			t.Errorf("%s: got %q, %q", tt.name, pkg, short)
		}
	}
}
