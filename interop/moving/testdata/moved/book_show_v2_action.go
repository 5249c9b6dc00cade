package main

import (
	"context"
	"fmt"

	"github.com/sidekick-http/sidekick/dispatch"
)

type lendable struct {
	book
	Lent bool `json:"lent"`
}

type bookShowV2Output struct {
	Book  lendable          `json:"book"`
	Links map[string]string `json:"links"`
}

// bookShowV2 is the action book:show, version 2: shows a book and what can be done
// with it.
func bookShowV2() dispatch.Action {
	return dispatch.Typed("book:show", func(ctx context.Context, in bookShowInput) (bookShowV2Output, error) {
		d, err := readData()
		if err != nil {
			return bookShowV2Output{}, err
		}
		b, err := d.find(in.ID)
		return bookShowV2Output{Book: lendable{book: b}, Links: map[string]string{"self": fmt.Sprintf("/api/books/%d", in.ID)}}, err
	}, func(a *dispatch.Action) { a.Description, a.Version = "shows a book and what can be done with it", "2" })
}
