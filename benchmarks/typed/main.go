// Command typed times typed actions: a GET with a string, an int, an enum and a
// repeated list against the same operation of huma and against net/http by hand,
// and JSON bodies of 10 KiB and 500 KiB against encoding/json into the same
// struct. All of it is in process; no metadata is in the answers.
//
//	go run ./typed
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sidekick-http/sidekick/benchmarks/internal/bench"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
)

// greetOut is what all of them answer.
type greetOut struct {
	Hello string   `json:"hello"`
	Count int      `json:"count"`
	Mood  string   `json:"mood"`
	Tags  []string `json:"tags"`
}

const greetTarget = "/api/greet?name=world&count=3&mood=fine&tags=a&tags=b"

// item is an element of the large body.
type item struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Price  float64  `json:"price"`
	Tags   []string `json:"tags"`
	Active bool     `json:"active"`
}

type order struct {
	Note  string `json:"note"`
	Items []item `json:"items"`
}

type orderOut struct {
	Items int `json:"items"`
}

func sidekick() http.Handler {
	env, err := envelope.New(envelope.Options{})
	if err != nil {
		log.Fatal(err)
	}
	d, err := dispatch.New(dispatch.Options{Prefixes: []string{"/api"}, Renderer: env, Logger: slog.New(slog.DiscardHandler), Actions: []dispatch.Action{
		dispatch.Typed("greet", func(_ context.Context, in struct {
			Name  string   `json:"name" required:"true"`
			Count int      `json:"count" default:"1" minimum:"1" maximum:"10"`
			Mood  string   `json:"mood" enum:"fine,bad"`
			Tags  []string `json:"tags"`
		}) (greetOut, error) {
			return greetOut{in.Name, in.Count, in.Mood, in.Tags}, nil
		}),
		dispatch.Typed("order", func(_ context.Context, in order) (orderOut, error) { return orderOut{len(in.Items)}, nil }),
	}})
	if err != nil {
		log.Fatal(err)
	}
	return d
}

func withHuma() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("bench", "1.0.0")
	config.CreateHooks = nil // they would add a member "$schema" to every answer
	api := humago.New(mux, config)
	huma.Get(api, "/api/greet", func(_ context.Context, in *struct {
		Name  string   `query:"name" required:"true"`
		Count int      `query:"count" default:"1" minimum:"1" maximum:"10"`
		Mood  string   `query:"mood" enum:"fine,bad"`
		Tags  []string `query:"tags,explode"`
	}) (*struct{ Body greetOut }, error) {
		return &struct{ Body greetOut }{greetOut{in.Name, in.Count, in.Mood, in.Tags}}, nil
	})
	huma.Post(api, "/api/order", func(_ context.Context, in *struct{ Body order }) (*struct{ Body orderOut }, error) {
		return &struct{ Body orderOut }{orderOut{len(in.Body.Items)}}, nil
	})
	return mux
}

func byHand() http.Handler {
	mux := http.NewServeMux()
	write := func(w http.ResponseWriter, status int, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write(b)
	}
	mux.HandleFunc("GET /api/greet", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		count, err := strconv.Atoi(q.Get("count"))
		if err != nil || count < 1 || count > 10 || q.Get("name") == "" || !slices.Contains([]string{"fine", "bad"}, q.Get("mood")) {
			write(w, http.StatusUnprocessableEntity, map[string]string{"error": "bad input"})
			return
		}
		write(w, http.StatusOK, greetOut{q.Get("name"), count, q.Get("mood"), q["tags"]})
	})
	mux.HandleFunc("POST /api/order", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 20<<20))
		var in order
		if err == nil {
			err = json.Unmarshal(body, &in)
		}
		if err != nil {
			write(w, http.StatusBadRequest, map[string]string{"error": "bad body"})
			return
		}
		write(w, http.StatusOK, orderOut{len(in.Items)})
	})
	return mux
}

func orders(n int) []byte {
	o := order{Note: "a large order"}
	for i := range n {
		o.Items = append(o.Items, item{ID: i, Name: fmt.Sprintf("item number %d", i), Price: float64(i) + 0.25, Tags: []string{"small", "red"}, Active: i%2 == 0})
	}
	b, err := json.Marshal(o)
	if err != nil {
		log.Fatal(err)
	}
	return b
}

// sink is a ResponseWriter that costs as little as one can.
type sink struct{ h http.Header }

func (s sink) Header() http.Header         { return s.h }
func (s sink) WriteHeader(int)             {}
func (s sink) Write(p []byte) (int, error) { return len(p), nil }

// ask fails unless a handler gives the answer that is wanted.
func ask(name string, h http.Handler, r *http.Request, status int, want string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != status || !strings.Contains(w.Body.String(), want) {
		log.Fatalf("%s: %d %s", name, w.Code, w.Body)
	}
}

func main() {
	rounds := flag.Int("rounds", 21, "rounds in which all are timed in turn")
	flag.Parse()
	contenders := []struct {
		name string
		h    http.Handler
	}{{"sidekick", sidekick()}, {"huma", withHuma()}, {"net/http by hand", byHand()}}

	var get []bench.Case
	for _, c := range contenders {
		ask(c.name, c.h, httptest.NewRequest("GET", greetTarget, nil), 200, `{"hello":"world","count":3,"mood":"fine","tags":["a","b"]}`)
		ask(c.name, c.h, httptest.NewRequest("GET", "/api/greet?name=world&count=11&mood=fine", nil), 422, "")
		ask(c.name, c.h, httptest.NewRequest("GET", "/api/greet?name=world&count=1&mood=grim", nil), 422, "")
		r := httptest.NewRequest("GET", greetTarget, nil)
		w := sink{http.Header{}}
		get = append(get, bench.Case{Name: c.name, Run: func() {
			clear(w.h)
			r.Pattern = "" // as a request has it that comes in
			c.h.ServeHTTP(w, r)
		}})
	}
	bench.Print(os.Stdout, "GET with a string, an int, an enum and a list", "huma", bench.Compare(*rounds, get...))

	for _, n := range []int{125, 6000} {
		body := orders(n)
		var post []bench.Case
		for _, c := range contenders {
			request := func() *http.Request {
				r := httptest.NewRequest("POST", "/api/order", nil)
				r.Header.Set("Content-Type", "application/json")
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				return r
			}
			ask(c.name, c.h, request(), 200, fmt.Sprintf(`{"items":%d}`, n))
			r := request()
			w := sink{http.Header{}}
			content := bytes.NewReader(body)
			post = append(post, bench.Case{Name: c.name, Run: func() {
				clear(w.h)
				content.Reset(body)
				r.Pattern, r.Body = "", io.NopCloser(content)
				c.h.ServeHTTP(w, r)
			}})
		}
		bench.Print(os.Stdout, fmt.Sprintf("POST of %d KiB of JSON into a struct", len(body)>>10), "net/http by hand", bench.Compare(*rounds, post...))
	}
}
