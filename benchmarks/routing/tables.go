package main

import (
	"fmt"
	"math/rand/v2"
)

// table is a set of routes in which one has to be found, and the requests for it.
// The path of route i comes from path(i, a, b), its pattern from pattern(i, v) with
// v the way in which a peer writes a variable.
type table struct {
	name    string
	pattern func(i int, v func(name, expr string) string) string
	path    func(i int, a, b string) string
	values  func(r *rand.Rand, i int) (a, b string)
	exprs   bool // needs a router with regular expressions
}

func words(r *rand.Rand, _ int) (string, string) {
	return fmt.Sprintf("u%d", r.IntN(1e6)), fmt.Sprintf("o-%d", r.IntN(1e6))
}

var tables = []table{
	{
		name: "two variables: /resource12/:a/items/:b",
		pattern: func(i int, v func(name, expr string) string) string {
			return fmt.Sprintf("/resource%d/%s/items/%s", i, v("a", ""), v("b", ""))
		},
		path:   func(i int, a, b string) string { return fmt.Sprintf("/resource%d/%s/items/%s", i, a, b) },
		values: words,
	},
	{
		name: `expressions: /resource12/:a(\d+)/items/:b([a-z]{1,10})`,
		pattern: func(i int, v func(name, expr string) string) string {
			return fmt.Sprintf("/resource%d/%s/items/%s", i, v("a", `\d+`), v("b", `[a-z]{1,10}`))
		},
		path:   func(i int, a, b string) string { return fmt.Sprintf("/resource%d/%s/items/%s", i, a, b) },
		values: func(r *rand.Rand, _ int) (string, string) { return fmt.Sprint(r.IntN(1e6)), "abcdefghij"[r.IntN(9):] },
		exprs:  true,
	},
	{
		name: `expressions in one place: /items/:a(kind12-\d+)/:b`,
		pattern: func(i int, v func(name, expr string) string) string {
			return fmt.Sprintf("/items/%s/%s", v("a", fmt.Sprintf(`kind%d-\d+`, i)), v("b", ""))
		},
		path: func(i int, a, b string) string { return fmt.Sprintf("/items/%s/%s", a, b) },
		values: func(r *rand.Rand, i int) (string, string) {
			return fmt.Sprintf("kind%d-%d", i, r.IntN(1e6)), fmt.Sprintf("o-%d", r.IntN(1e6))
		},
		exprs: true,
	},
	{
		name: "variable first: /:a/resource12/:b",
		pattern: func(i int, v func(name, expr string) string) string {
			return fmt.Sprintf("/%s/resource%d/%s", v("a", ""), i, v("b", ""))
		},
		path:   func(i int, a, b string) string { return fmt.Sprintf("/%s/resource%d/%s", a, i, b) },
		values: words,
	},
}
