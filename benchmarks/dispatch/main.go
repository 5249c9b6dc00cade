// Command dispatch times a request to a small action that answers in the whole
// envelope, in process, against the same answer made by net/http by hand and
// by the routers that people use instead.
//
// It also times a typed action against the same action with plain inputs.
//
//	go run ./dispatch
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/sidekick-http/sidekick/benchmarks/internal/bench"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
)

const target = "/api/hello/world?greeting=hi&mood=fine"

// answer is the envelope as a peer's author would write it.
type answer struct {
	Hello    string    `json:"hello"`
	Greeting string    `json:"greeting"`
	Mood     string    `json:"mood"`
	Server   server    `json:"serverInformation"`
	Client   requester `json:"requesterInformation"`
}

type server struct {
	ServerName      string `json:"serverName"`
	APIVersion      string `json:"apiVersion"`
	RequestDuration int64  `json:"requestDuration"`
	CurrentTime     int64  `json:"currentTime"`
}

type requester struct {
	ID             string            `json:"id"`
	MessageID      string            `json:"messageId"`
	RemoteIP       string            `json:"remoteIP"`
	ReceivedParams map[string]string `json:"receivedParams"`
}

// fill makes the answer from what every router gives: the request and the
// path's variable.
func fill(r *http.Request, name string) (*answer, error) {
	start := time.Now()
	q := r.URL.Query()
	greeting, mood := q.Get("greeting"), q.Get("mood")
	if greeting == "" {
		return nil, fmt.Errorf("greeting is required")
	}
	id := uuid.NewString()
	ip, _, _ := net.SplitHostPort(r.RemoteAddr)
	now := time.Now()
	return &answer{
		Hello: name, Greeting: greeting, Mood: mood,
		Server: server{"Sidekick API", "1.0.0", now.Sub(start).Milliseconds(), now.UnixMilli()},
		Client: requester{id, id, ip, map[string]string{"action": "hello", "name": name, "greeting": greeting, "mood": mood}},
	}, nil
}

func write(w http.ResponseWriter, a *answer, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	b, err := json.Marshal(a)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	w.Write(b)
}

func withHuma() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("bench", "1.0.0")
	config.CreateHooks = nil // they would add a member "$schema" to every answer
	api := humago.New(mux, config)
	type in struct {
		Name     string `path:"name"`
		Greeting string `query:"greeting" required:"true"`
		Mood     string `query:"mood"`
	}
	type out struct{ Body *answer }
	huma.Get(api, "/api/hello/{name}", func(ctx context.Context, i *in) (*out, error) {
		start := time.Now()
		id := uuid.NewString()
		now := time.Now()
		return &out{&answer{
			Hello: i.Name, Greeting: i.Greeting, Mood: i.Mood,
			Server: server{"Sidekick API", "1.0.0", now.Sub(start).Milliseconds(), now.UnixMilli()},
			Client: requester{id, id, "192.0.2.1", map[string]string{"action": "hello", "name": i.Name, "greeting": i.Greeting, "mood": i.Mood}},
		}}, nil
	})
	return mux
}

// handlers returns the same endpoint made with each.
func handlers() ([]string, map[string]http.Handler) {
	byHand := http.NewServeMux()
	byHand.HandleFunc("GET /api/hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		a, err := fill(r, r.PathValue("name"))
		write(w, a, err)
	})

	withChi := chi.NewRouter()
	withChi.Get("/api/hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		a, err := fill(r, chi.URLParam(r, "name"))
		write(w, a, err)
	})

	gin.SetMode(gin.ReleaseMode)
	withGin := gin.New()
	withGin.GET("/api/hello/:name", func(c *gin.Context) {
		a, err := fill(c.Request, c.Param("name"))
		if err != nil {
			c.String(http.StatusUnprocessableEntity, err.Error())
			return
		}
		c.JSON(http.StatusOK, a)
	})

	withEcho := echo.New()
	withEcho.GET("/api/hello/:name", func(c echo.Context) error {
		a, err := fill(c.Request(), c.Param("name"))
		if err != nil {
			return c.String(http.StatusUnprocessableEntity, err.Error())
		}
		return c.JSON(http.StatusOK, a)
	})

	return []string{"sidekick", "encoding/json by hand", "chi", "gin", "echo", "huma"}, map[string]http.Handler{
		"sidekick":              sidekick(),
		"encoding/json by hand": byHand,
		"chi":                   withChi,
		"gin":                   withGin,
		"echo":                  withEcho,
		"huma":                  withHuma(),
	}
}

// helloOut is the action's result: a struct, as the peers' answers are.
type helloOut struct {
	Hello    any `json:"hello"`
	Greeting any `json:"greeting"`
	Mood     any `json:"mood"`
}

func sidekick() http.Handler {
	env, err := envelope.New(envelope.Options{ServerInformation: true, RequesterInformation: true})
	if err != nil {
		log.Fatal(err)
	}
	d, err := dispatch.New(dispatch.Options{
		Prefixes: []string{"/api"},
		Renderer: env,
		Routes:   dispatch.Routes{{Method: "get", Path: "/hello/:name", Action: "hello"}},
		Actions: []dispatch.Action{{
			Name:   "hello",
			Inputs: dispatch.Inputs{"name": {Required: true}, "greeting": {Required: true}, "mood": {}},
			Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				return helloOut{c.Params["name"], c.Params["greeting"], c.Params["mood"]}, nil
			},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	return d
}

// greetIn is the typed action's inputs.
type greetIn struct {
	Name  string   `json:"name" required:"true"`
	Count int      `json:"count" default:"1" minimum:"1" maximum:"10"`
	Mood  string   `json:"mood" enum:"fine,bad"`
	Tags  []string `json:"tags"`
}

type greetOut struct {
	Hello string   `json:"hello"`
	Count int      `json:"count"`
	Mood  string   `json:"mood"`
	Tags  []string `json:"tags"`
}

// greeters returns one action, by hand and typed.
func greeters() (byHand, typed http.Handler) {
	hand := dispatch.Action{
		Name: "greet",
		Inputs: dispatch.Inputs{
			"name": {Required: true, Formatters: []dispatch.Formatter{dispatch.ToString}},
			"count": {Default: int64(1), Formatters: []dispatch.Formatter{dispatch.ToInt}, Validators: []dispatch.Validator{func(_ context.Context, v any) error {
				if n := v.(int64); n < 1 || n > 10 {
					return fmt.Errorf("count must be from 1 to 10")
				}
				return nil
			}}},
			"mood": {Validators: []dispatch.Validator{func(_ context.Context, v any) error {
				if v != "fine" && v != "bad" {
					return fmt.Errorf("mood must be one of fine, bad")
				}
				return nil
			}}},
			"tags": {},
		},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			name, _ := c.Params.String("name")
			count, _ := c.Params["count"].(int64)
			mood, _ := c.Params.String("mood")
			tags, _ := c.Params.Strings("tags")
			return greetOut{name, int(count), mood, tags}, nil
		},
	}
	make := func(a dispatch.Action) http.Handler {
		env, err := envelope.New(envelope.Options{ServerInformation: true, RequesterInformation: true})
		if err != nil {
			log.Fatal(err)
		}
		d, err := dispatch.New(dispatch.Options{Prefixes: []string{"/api"}, Renderer: env, Actions: []dispatch.Action{a}})
		if err != nil {
			log.Fatal(err)
		}
		return d
	}
	return make(hand), make(dispatch.Typed("greet", func(_ context.Context, in greetIn) (greetOut, error) {
		return greetOut{in.Name, in.Count, in.Mood, in.Tags}, nil
	}))
}

const greetTarget = "/api/greet?name=world&count=3&mood=fine&tags[]=a&tags[]=b"

// checkGreet fails unless a greeter answers as it must.
func checkGreet(name string, h http.Handler) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", greetTarget, nil))
	var out greetOut
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 || out.Hello != "world" || out.Count != 3 || out.Mood != "fine" || len(out.Tags) != 2 {
		log.Fatalf("%s: %d %s (%v)", name, w.Code, w.Body, err)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", greetTarget+"0&count=11", nil))
	if w.Code != 422 {
		log.Fatalf("%s: %d %s, want it refused", name, w.Code, w.Body)
	}
}

// sink is a ResponseWriter that costs as little as one can.
type sink struct {
	h      http.Header
	status int
	n      int
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { s.n += len(p); return len(p), nil }

// check fails unless a handler gives the answer that all must give.
func check(name string, h http.Handler) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", target, nil)
	h.ServeHTTP(w, r)
	var a answer
	body, _ := io.ReadAll(w.Body)
	if err := json.Unmarshal(body, &a); err != nil || w.Code != 200 || a.Hello != "world" || a.Greeting != "hi" ||
		a.Client.ReceivedParams["mood"] != "fine" || len(a.Client.MessageID) != 36 || a.Server.CurrentTime == 0 || a.Client.RemoteIP != "192.0.2.1" {
		log.Fatalf("%s: %d %s (%v)", name, w.Code, body, err)
	}
}

func main() {
	rounds := flag.Int("rounds", 21, "rounds in which all are timed in turn")
	flag.Parse()
	order, all := handlers()
	var cases []bench.Case
	for _, name := range order {
		h := all[name]
		check(name, h)
		r := httptest.NewRequest("GET", target, nil)
		w := &sink{h: http.Header{}}
		cases = append(cases, bench.Case{Name: name, Run: func() {
			clear(w.h)
			r.Pattern = "" // as a request has it that comes in
			h.ServeHTTP(w, r)
		}})
	}
	byHand, typed := greeters()
	var greet []bench.Case
	for _, g := range []struct {
		name string
		h    http.Handler
	}{{"plain inputs", byHand}, {"typed", typed}} {
		checkGreet(g.name, g.h)
		r := httptest.NewRequest("GET", greetTarget, nil)
		w := &sink{h: http.Header{}}
		greet = append(greet, bench.Case{Name: g.name, Run: func() {
			clear(w.h)
			r.Pattern = ""
			g.h.ServeHTTP(w, r)
		}})
	}
	defer func() {
		bench.Print(os.Stdout, "a typed action, in process", "plain inputs", bench.Compare(*rounds, greet...))
	}()
	bench.Print(os.Stdout, "dispatch with the whole envelope, in process", "encoding/json by hand", bench.Compare(*rounds, cases...))
}
