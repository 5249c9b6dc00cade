package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	ht "github.com/ogen-go/ogen/http"
	"github.com/ogen-go/ogen/ogenerrors"

	"github.com/sidekick-http/sidekick/interop/generators/check"
	"github.com/sidekick-http/sidekick/interop/generators/ogen-every/api"
)

// token is what the client says who it is with; "" for nothing.
type token string

func (t token) Bearer(context.Context, api.OperationName) (api.Bearer, error) {
	if t == "" {
		return api.Bearer{}, ogenerrors.ErrSkipClientSecurity
	}
	return api.Bearer{Token: string(t)}, nil
}

func (t token) Key(context.Context, api.OperationName) (api.Key, error) {
	return api.Key{APIKey: string(t)}, nil
}

func main() {
	ctx := context.Background()
	client, err := api.NewClient(os.Args[1], token("open sesame"))
	check.OK(err)

	order := check.Of[api.OrderInput](check.Order)
	posted, err := client.PostOrder(ctx, &order)
	check.OK(err)
	check.Within("order", posted.(*api.OrderOutput), check.Receipt)

	query := api.GetOrdersByIdParams{
		ID: 7, Kind: api.NewOptGetOrdersByIdKind(api.GetOrdersByIdKindGift), Count: api.NewOptInt64(3), Price: api.NewOptFloat64(2.5),
		Due: api.NewOptDateTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), Tags: []string{"red", "blue"},
		Address: api.NewOptEverykindAddressInput(order.Address.Value),
	}
	for _, line := range order.Lines {
		text, err := json.Marshal(&line)
		check.OK(err)
		query.Lines = append(query.Lines, string(text))
	}
	got, err := client.GetOrdersById(ctx, query)
	check.OK(err)
	check.Within("order by GET", got.(*api.OrderOutput), check.Receipt)
	sent, err := client.PostOrder(ctx, &api.OrderForm{
		ID: 7, Kind: api.NewOptOrderFormKind(api.OrderFormKindGift), Count: query.Count, Price: query.Price,
		Due: query.Due, Tags: query.Tags, Lines: query.Lines, Address: query.Address,
	})
	check.OK(err)
	check.Within("order in a form", sent.(*api.OrderOutput), check.Receipt)

	in := check.Of[api.KindsInput](check.Kinds)
	kinds, err := client.PostKinds(ctx, &in)
	check.OK(err)
	check.Within("kinds", kinds.(*api.KindsOutput), check.Kinds)

	file := func(name, content string) ht.MultipartFile {
		return ht.MultipartFile{Name: name, File: strings.NewReader(content)}
	}
	photos, err := client.PostPhotos(ctx, &api.PhotosUploadMultipart{
		Title: api.NewOptString("a day"), Cover: file("cover.png", "12345"), Others: []ht.MultipartFile{file("a.png", "123"), file("b.png", "12")},
	})
	check.OK(err)
	check.Within("photos", photos.(*api.PhotosOutput), `{"title":"a day","bytes":10,"files":3}`)

	login := check.Of[api.LoginInput](`{"apiVersion":"1","account":"me"}`)
	oldest, err := client.PostLogin(ctx, &login)
	check.OK(err)
	check.Within("version 1", oldest.(*api.LoginOutput), `{"version":1}`)
	newest, err := client.GetLogin(ctx, api.GetLoginParams{UserID: api.NewOptString("me")})
	check.OK(err)
	check.Within("the newest version", newest.(*api.LoginOutput), `{"version":2.5}`)

	session, err := client.CreateSession(ctx, &api.CreateSessionApplicationJSON{Name: "me"})
	check.OK(err)
	check.Within("session", session.(*api.SessionCreateOutput), `{"token":"of me"}`)
	gone, err := client.DeleteSessions(ctx)
	check.OK(err)
	check.Same("destroyed", gone, &api.DeleteSessionsNoContent{})
	stranger, err := api.NewClient(os.Args[1], token("closed"))
	check.OK(err)
	refused, err := stranger.DeleteSessions(ctx)
	check.OK(err)
	check.Refused("with a wrong token", refused.(*api.DeleteSessionsUnauthorized).Error.String, "who are you?")

	// It checks what it sends itself: the server is asked for what is not there.
	missing, err := client.GetFind(ctx, api.GetFindParams{})
	check.OK(err)
	failure := missing.(*api.FailureStatusCode)
	check.Same("nobody", failure.StatusCode, 404)
	check.Refused("nobody", failure.Response.Error.String, "nobody has no name")
}
