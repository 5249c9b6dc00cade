package main

import (
	"errors"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"

	"github.com/sidekick-http/sidekick/interop/generators/check"
	"github.com/sidekick-http/sidekick/interop/generators/go-swagger-every/api/client"
	"github.com/sidekick-http/sidekick/interop/generators/go-swagger-every/api/client/operations"
)

func main() {
	at, err := url.Parse(os.Args[1])
	check.OK(err)
	actions := client.NewHTTPClientWithConfig(strfmt.Default, client.DefaultTransportConfig().WithHost(at.Host)).Operations

	_, err = actions.GetOrder(operations.NewGetOrderParams().WithDefaults().WithID("7"))
	check.OK(err)
	_, err = actions.PostOrder(operations.NewPostOrderParams().WithDefaults().WithID("7"))
	check.OK(err)
	_, err = actions.PostPhotos(operations.NewPostPhotosParams().WithCover(runtime.NamedReader("cover.png", io.NopCloser(strings.NewReader("12345")))))
	check.OK(err)
	_, err = actions.GetOrder(operations.NewGetOrderParams().WithDefaults().WithID("0"))
	var refused *operations.GetOrderUnprocessableEntity
	check.Same("an order without an id is refused", errors.As(err, &refused), true)
}
