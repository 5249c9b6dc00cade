package main

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"os"

	"github.com/sidekick-http/sidekick/interop/generators/check"
	"github.com/sidekick-http/sidekick/interop/generators/oapi-codegen-every/api"
)

func main() {
	ctx := context.Background()
	client, err := api.NewClientWithResponses(os.Args[1])
	check.OK(err)

	posted, err := client.PostOrderWithResponse(ctx, check.Of[api.OrderInput](check.Order))
	check.OK(err)
	check.Within("order", posted.JSON200, check.Receipt)

	// It takes JSON in a string for a file: in queries and forms there are no
	// lists of objects.
	query := check.Of[api.GetOrdersByIdParams](check.OrderWithoutLines)
	got, err := client.GetOrdersByIdWithResponse(ctx, 7, &query)
	check.OK(err)
	check.Within("order by GET", got.JSON200, check.ReceiptWithoutLines)

	form := check.Of[api.OrderForm](check.OrderWithoutLines)
	form.Due = nil // it sends no times in forms
	sent, err := client.PostOrderWithFormdataBodyWithResponse(ctx, form)
	check.OK(err)
	check.Within("order in a form", sent.JSON200, `{"id":7,"total":7.5,"kind":"gift","tags":["red","blue"],"to":{"street":"Main Street","zip":"12345"}}`)

	kinds, err := client.PostKindsWithResponse(ctx, check.Of[api.KindsInput](check.Kinds))
	check.OK(err)
	check.Within("kinds", kinds.JSON200, check.Kinds)

	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	check.OK(parts.WriteField("title", "a day"))
	for _, file := range [][3]string{{"cover", "cover.png", "12345"}, {"others", "a.png", "123"}, {"others", "b.png", "12"}} {
		part, err := parts.CreateFormFile(file[0], file[1])
		check.OK(err)
		_, err = io.WriteString(part, file[2])
		check.OK(err)
	}
	check.OK(parts.Close())
	photos, err := client.PostPhotosWithBodyWithResponse(ctx, parts.FormDataContentType(), &body)
	check.OK(err)
	check.Within("photos", photos.JSON200, `{"title":"a day","bytes":10,"files":3}`)

	oldest, err := client.PostLoginWithResponse(ctx, check.Of[api.LoginInput](`{"apiVersion":"1","account":"me"}`))
	check.OK(err)
	check.Within("version 1", oldest.JSON200, `{"version":1}`)
	newest, err := client.GetLoginWithResponse(ctx, &api.GetLoginParams{UserID: new("me")})
	check.OK(err)
	check.Within("the newest version", newest.JSON200, `{"version":2.5}`)

	session, err := client.CreateSessionWithResponse(ctx, api.CreateSessionJSONRequestBody{Name: "me"})
	check.OK(err)
	check.Within("session", session.JSON201, `{"token":"of me"}`)
	stranger, err := client.DeleteSessionsWithResponse(ctx)
	check.OK(err)
	check.Same("without a token", stranger.StatusCode(), http.StatusUnauthorized)
	gone, err := client.DeleteSessionsWithResponse(ctx, func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer open sesame")
		return nil
	})
	check.OK(err)
	check.Same("destroyed", gone.StatusCode(), http.StatusNoContent)

	wrong, err := client.PostOrderWithResponse(ctx, api.OrderInput{})
	check.OK(err)
	check.Same("an order without an id", wrong.StatusCode(), http.StatusUnprocessableEntity)
	message, err := wrong.JSON422.Error.AsErrorError0()
	check.OK(err)
	check.Refused("an order without an id", message, "id must be")
}
