package main

import (
	"context"

	"github.com/sidekick-http/sidekick/dispatch"
)

type bookRemoveOutput struct {
	Removed bool `json:"removed"`
}

// bookRemove is the action book:remove: removes a book.
func bookRemove() dispatch.Action {
	return dispatch.Typed("book:remove", func(ctx context.Context, in bookShowInput) (bookRemoveOutput, error) {
		err := changeData(func(d *data) error {
			_, err := d.find(in.ID)
			delete(d.Books, key(in.ID))
			return err
		})
		return bookRemoveOutput{Removed: true}, err
	}, func(a *dispatch.Action) { a.Description = "removes a book" })
}
