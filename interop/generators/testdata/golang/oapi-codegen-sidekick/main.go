package main

import (
	"context"
	"os"

	"github.com/sidekick-http/sidekick/interop/generators/check"
	"github.com/sidekick-http/sidekick/interop/generators/oapi-codegen-sidekick/api"
)

func main() {
	ctx := context.Background()
	client, err := api.NewClientWithResponses(os.Args[1])
	check.OK(err)
	number, err := client.GetRandomNumberWithResponse(ctx)
	check.OK(err)
	check.Same("a number", number.StatusCode(), 200)
	cached, err := client.PostCacheTestWithResponse(ctx, api.CacheTestInput{Key: "a key", Value: "a value"})
	check.OK(err)
	check.Same("the cache", cached.StatusCode(), 200)
	wrong, err := client.GetCacheTestWithResponse(ctx, &api.GetCacheTestParams{Key: "k", Value: "a value"})
	check.OK(err)
	message, err := wrong.JSON422.Error.AsErrorError0()
	check.OK(err)
	check.Refused("a short key", message, "inputs should be")
}
