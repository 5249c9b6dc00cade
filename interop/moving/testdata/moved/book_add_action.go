package main

import (
	"context"
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
)

type bookAddInput struct {
	Author string `json:"author" required:"true"`
	Pages  int64  `json:"pages"`
	Title  string `json:"title" required:"true"`
}

// bookAdd is the action book:add: adds a book.
func bookAdd() dispatch.Action {
	return dispatch.Typed("book:add", func(ctx context.Context, in bookAddInput) (out bookShowOutput, err error) {
		err = changeData(func(d *data) error {
			d.Last++
			out.Book = book{ID: d.Last, Title: in.Title, Author: in.Author, Pages: in.Pages}
			d.Books[key(d.Last)] = out.Book
			return nil
		})
		if c, ok := dispatch.FromContext(ctx); ok && err == nil {
			c.SetStatus(http.StatusCreated)
		}
		return out, err
	}, func(a *dispatch.Action) { a.Description = "adds a book" })
}
