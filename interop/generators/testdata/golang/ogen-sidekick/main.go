package main

import (
	"context"
	"os"

	"github.com/sidekick-http/sidekick/interop/generators/check"
	"github.com/sidekick-http/sidekick/interop/generators/ogen-sidekick/api"
)

func main() {
	ctx := context.Background()
	client, err := api.NewClient(os.Args[1])
	check.OK(err)
	number, err := client.GetRandomNumber(ctx)
	check.OK(err)
	_ = number.(*api.Result)
	cached, err := client.PostCacheTest(ctx, &api.PostCacheTestApplicationJSON{Key: "a key", Value: "a value"})
	check.OK(err)
	_ = cached.(*api.Result)
	wrong, err := client.GetCacheTest(ctx, api.GetCacheTestParams{Key: "k", Value: "a value"})
	check.OK(err)
	check.Refused("a short key", wrong.(*api.GetCacheTestUnprocessableEntity).Error.String, "inputs should be")
}
