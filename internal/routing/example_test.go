package routing_test

import (
	"fmt"

	"github.com/sidekick-http/sidekick/internal/routing"
)

func ExampleCompile() {
	var entries []routing.Entry
	for _, path := range []string{"/users/:userID", "/users/:id", "/login/:userID(^\\d{3}$)"} {
		p, err := routing.Parse(path, false)
		if err != nil {
			fmt.Println(err)
			return
		}
		entries = append(entries, routing.Entry{Method: "GET", Pattern: p})
	}
	table, conflicts := routing.Compile(entries)
	for _, c := range conflicts {
		fmt.Println(c)
	}
	entry, _, vars, err := table.Match("GET", "/Login/123", true, nil)
	fmt.Println(entry, vars, err)
	// Output:
	// GET "/users/:id" (entry 1) can never match: "/users/:userID" (entry 0) comes before it and matches the same paths
	// 2 [{userID 123}] <nil>
}

func ExampleParse() {
	p, err := routing.Parse("/users/:userID/:path(.*)", true)
	fmt.Println(p.Variables(), err)

	_, err = routing.Parse("/users/:userID(a|[b)", false)
	fmt.Println(err)
	// Output:
	// [userID path] <nil>
	// pattern "/users/:userID(a|[b)": at offset 17: the expression is not one of RE2: missing closing ]: "[b"
}
