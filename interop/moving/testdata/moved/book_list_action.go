package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
)

type bookListInput struct {
	Author string `json:"author"`
	Limit  int64  `json:"limit" default:"10"`
}

type bookListOutput struct {
	Books    []book    `json:"books"`
	Total    int       `json:"total"`
	ServedAt time.Time `json:"servedAt"`
}

// bookList is the action book:list: lists the books.
func bookList() dispatch.Action {
	return dispatch.Typed("book:list", func(ctx context.Context, in bookListInput) (bookListOutput, error) {
		d, err := readData()
		if err != nil {
			return bookListOutput{}, err
		}
		out := bookListOutput{Books: []book{}, ServedAt: time.Now().UTC()}
		for _, b := range d.Books {
			if in.Author == "" || b.Author == in.Author {
				out.Books = append(out.Books, b)
			}
		}
		slices.SortFunc(out.Books, func(a, b book) int { return int(a.ID - b.ID) })
		out.Total = len(out.Books)
		out.Books = out.Books[:min(len(out.Books), int(in.Limit))]
		return out, nil
	}, func(a *dispatch.Action) { a.Description = "lists the books" })
}

// key is how the file knows a book.
func key(id int64) string { return strconv.FormatInt(id, 10) }
