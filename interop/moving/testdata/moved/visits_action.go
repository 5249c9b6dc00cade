package main

import (
	"context"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/fingerprint"
)

type visitsOutput struct {
	Client string `json:"client"`
	Visits int64  `json:"visits"`
}

// visits is the action visits: counts a client's visits.
func visits() dispatch.Action {
	return dispatch.Typed("visits", func(ctx context.Context, _ struct{}) (out visitsOutput, err error) {
		out.Client, _ = fingerprint.FromContext(ctx)
		err = changeData(func(d *data) error {
			d.Visits[out.Client]++
			out.Visits = d.Visits[out.Client]
			return nil
		})
		return out, err
	}, func(a *dispatch.Action) { a.Description = "counts a client's visits" })
}
