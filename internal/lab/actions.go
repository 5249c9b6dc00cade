package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/netip"
	"reflect"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/upload"
)

func actions() []dispatch.Action {
	return []dispatch.Action{
		dispatch.Typed("form", func(ctx context.Context, in formInput) (got, error) {
			c, _ := dispatch.FromContext(ctx)
			return got{shown(reflect.ValueOf(in), c.Params)}, nil
		}, describe("Shows what a typed action received.")),
		{Name: "plain", Description: "Shows what an action received whose inputs are declared by hand.", Inputs: plainInputs, Run: plain},
		{Name: "fail", Description: "Fails in the way that kind names.", Inputs: dispatch.Inputs{"kind": {Required: true, Description: "error, cause, panic, store or gone"}}, Run: fail},
	}
}

func describe(text string) func(*dispatch.Action) {
	return func(a *dispatch.Action) { a.Description = text }
}

type got struct {
	Got map[string]any `json:"got"`
}

type line struct {
	SKU string `json:"sku"`
	N   int64  `json:"n"`
}

type user struct {
	Name   string       `json:"name"`
	Avatar *upload.File `json:"avatar"`
}

// formInput has an input of every kind, none of them required.
type formInput struct {
	Name  string           `json:"name"`
	Tags  []string         `json:"tags"`
	IDs   []int64          `json:"ids"`
	Qty   map[string]int64 `json:"qty"`
	Lines []line           `json:"lines"`
	User  user             `json:"user"`
	Image *upload.File     `json:"image"`
	Pics  []*upload.File   `json:"pics"`
	File  *upload.File     `json:"file"`
	On    bool             `json:"on"`
	Wait  time.Duration    `json:"wait"`
	Due   time.Time        `json:"due"`
	Raw   json.RawMessage  `json:"raw"`
	Data  []byte           `json:"data"`
	Addr  netip.Addr       `json:"addr"`
	Big   *big.Int         `json:"big"`
	Price json.Number      `json:"price"`
	Color string           `json:"color" enum:"red,green"`
}

// shown returns the fields of a struct that were received, under their names. A
// scalar counts as received if a non-blank value was sent, since it may be zero.
func shown(v reflect.Value, sent map[string]any) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("json")
		f := v.Field(i)
		value, was := sent[name]
		switch f.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer:
			was = !f.IsNil()
		case reflect.Struct:
			if u, ok := f.Interface().(user); ok {
				if was = f != reflect.Zero(f.Type()) && value != nil && value != ""; was {
					members, _ := value.(map[string]any)
					out[name] = shown(reflect.ValueOf(u), members)
				}
				continue
			}
			was = !f.IsZero()
		default:
			was = was && value != nil && (value != "" || name == "name")
		}
		if was {
			out[name] = facts(f.Interface())
		}
	}
	return out
}

// facts describes files by what the client said about them.
func facts(v any) any {
	switch v := v.(type) {
	case *upload.File:
		return fileFacts{v.Name, v.Size}
	case []*upload.File:
		list := make([]fileFacts, len(v))
		for i, f := range v {
			list[i] = fileFacts{f.Name, f.Size}
		}
		return list
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, one := range v {
			out[name] = facts(one)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = facts(one)
		}
		return out
	}
	return v
}

type fileFacts struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// plainInputs are those of formInput, with types as far as a plain action declares
// them.
var plainInputs = dispatch.Inputs{
	"name": {}, "tags": {List: true}, "ids": {List: true}, "qty": {Map: true},
	"lines": {List: true, Schema: dispatch.Inputs{"sku": {}, "n": {}}},
	"user":  {Schema: dispatch.Inputs{"name": {}, "avatar": {File: true}}},
	"image": {File: true}, "pics": {File: true, List: true}, "file": {File: true},
	"on": {}, "wait": {}, "due": {}, "raw": {}, "data": {}, "addr": {}, "big": {}, "price": {}, "color": {},
}

func plain(_ context.Context, c *dispatch.Connection) (any, error) {
	out := map[string]any{}
	for name := range plainInputs {
		if value, sent := c.Params[name]; sent && value != nil {
			out[name] = facts(value)
		}
	}
	return got{out}, nil
}

// longestWait is how long the kind "gone" waits for its client to leave.
const longestWait = 30 * time.Second

func fail(ctx context.Context, c *dispatch.Connection) (any, error) {
	switch kind, _ := c.Params.String("kind"); kind {
	case "error":
		return nil, errors.New("an error that nobody made to be shown")
	case "cause":
		return nil, &envelope.Error{Status: http.StatusInternalServerError, Message: "It cannot be saved now.", Err: errors.New("connection refused by the database")}
	case "panic":
		panic("a panic of an action")
	case "store":
		return nil, fmt.Errorf("keeping the file: %w", &upload.Error{Kind: upload.ErrStore, Field: "file", Cause: errors.New("input/output error of the disk")})
	case "gone":
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(longestWait):
			return nil, errors.New("the client has stayed")
		}
	default:
		return nil, envelope.Errorf(http.StatusUnprocessableEntity, "kind must be error, cause, panic, store or gone")
	}
}
