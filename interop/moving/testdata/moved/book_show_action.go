package main

import (
	"context"

	"github.com/sidekick-http/sidekick/dispatch"
)

type bookShowInput struct {
	ID int64 `json:"id" required:"true"`
}

type bookShowOutput struct {
	Book book `json:"book"`
}

// bookShow is the action book:show: shows a book.
func bookShow() dispatch.Action {
	return dispatch.Typed("book:show", func(ctx context.Context, in bookShowInput) (bookShowOutput, error) {
		d, err := readData()
		if err != nil {
			return bookShowOutput{}, err
		}
		b, err := d.find(in.ID)
		return bookShowOutput{Book: b}, err
	}, func(a *dispatch.Action) { a.Description = "shows a book" })
}
