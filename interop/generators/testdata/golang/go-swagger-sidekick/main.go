package main

import (
	"errors"
	"net/url"
	"os"

	"github.com/go-openapi/strfmt"

	"github.com/sidekick-http/sidekick/interop/generators/check"
	"github.com/sidekick-http/sidekick/interop/generators/go-swagger-sidekick/api/client"
	"github.com/sidekick-http/sidekick/interop/generators/go-swagger-sidekick/api/client/operations"
)

func main() {
	at, err := url.Parse(os.Args[1])
	check.OK(err)
	actions := client.NewHTTPClientWithConfig(strfmt.Default, client.DefaultTransportConfig().WithHost(at.Host)).Operations

	_, err = actions.GetRandomNumber(operations.NewGetRandomNumberParams())
	check.OK(err)
	_, err = actions.GetCacheTest(operations.NewGetCacheTestParams().WithKey("a key").WithValue("a value"))
	check.OK(err)
	_, err = actions.GetCacheTest(operations.NewGetCacheTestParams().WithKey("k").WithValue("a value"))
	var refused *operations.GetCacheTestUnprocessableEntity
	check.Same("a short key is refused", errors.As(err, &refused), true)
}
