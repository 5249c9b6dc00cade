package main

import (
	"context"

	"github.com/sidekick-http/sidekick/dispatch"
)

// handbook is the action handbook: sends a page of the handbook.
func handbook() dispatch.Action {
	return dispatch.Action{
		Name:        "handbook",
		Description: "sends a page of the handbook",
		Inputs:      dispatch.Inputs{"odd,name": {}, "page": {Required: true}},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			page, _ := c.Params.String("page")
			c.SetHeader("Content-Type", "text/plain")
			return nil, c.Pipe("The page about "+page+".\n", nil)
		},
	}
}
