package main

import (
	"io"
	"log"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/julienschmidt/httprouter"
	"github.com/labstack/echo/v4"

	"github.com/sidekick-http/sidekick/internal/routing"
)

// answer is what a router found. Every handler reports here in the check, and does
// nothing in the measurement.
type answer struct {
	route int
	a, b  string
}

// router is one peer: build makes a handler that serves n patterns with handlers
// that call report, unless it is nil.
type router struct {
	name  string
	exprs bool // knows regular expressions
	limit int  // the largest table that can be measured in a bearable time; 0 is any
	build func(t table, n int, report func(answer)) http.Handler
}

var routers = []router{
	{name: "sidekick", exprs: true, build: buildSidekick},
	{name: "gin", build: buildGin},
	{name: "httprouter", build: buildHTTPRouter},
	{name: "echo", build: buildEcho},
	{name: "chi", exprs: true, build: buildChi},
	{name: "ServeMux", build: buildServeMux},
	{name: "gorilla/mux", exprs: true, limit: 1000, build: buildMux},
}

func braces(sep string) func(name, expr string) string {
	return func(name, expr string) string {
		if expr != "" {
			name += sep + expr
		}
		return "{" + name + "}"
	}
}

func colon(name, expr string) string {
	if expr != "" {
		expr = "(" + expr + ")"
	}
	return ":" + name + expr
}

// dispatcher is what any use of a table has to do besides Match: choose the form of
// the path, keep the variables somewhere that outlives the call (a pooled
// connection, as gin and echo have their contexts), name the route in the request,
// and call the handler.
type dispatcher struct {
	table  *routing.Table
	routes []route
	pool   sync.Pool
}

type route struct {
	pattern string
	handler func(http.ResponseWriter, *http.Request, *connection)
}

type connection struct {
	vars [8]routing.Var
	list []routing.Var
}

func (d *dispatcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := d.pool.Get().(*connection)
	path, decoded := r.URL.Path, true
	if r.URL.RawPath != "" {
		path, decoded = r.URL.EscapedPath(), false
	}
	entry, _, vars, err := d.table.Match(r.Method, path, decoded, c.vars[:0])
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case entry < 0:
		http.NotFound(w, r)
	default:
		found := &d.routes[entry]
		c.list = vars
		r.Pattern = found.pattern
		found.handler(w, r, c)
	}
	d.pool.Put(c)
}

func buildSidekick(t table, n int, report func(answer)) http.Handler {
	d := &dispatcher{pool: sync.Pool{New: func() any { return new(connection) }}}
	var entries []routing.Entry
	for i := range n {
		p, err := routing.Parse(t.pattern(i, colon), false)
		if err != nil {
			log.Fatal(err)
		}
		entries = append(entries, routing.Entry{Method: http.MethodGet, Pattern: p})
		d.routes = append(d.routes, route{p.String(), func(_ http.ResponseWriter, _ *http.Request, c *connection) {
			if report != nil {
				report(answer{i, c.list[0].Value, c.list[1].Value})
			}
		}})
	}
	var conflicts []*routing.Conflict
	if d.table, conflicts = routing.Compile(entries); len(conflicts) > 0 {
		log.Fatal(conflicts[0])
	}
	return d
}

func buildGin(t table, n int, report func(answer)) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	for i := range n {
		g.GET(t.pattern(i, colon), func(c *gin.Context) {
			if report != nil {
				report(answer{i, c.Param("a"), c.Param("b")})
			}
		})
	}
	return g
}

func buildHTTPRouter(t table, n int, report func(answer)) http.Handler {
	h := httprouter.New()
	for i := range n {
		h.GET(t.pattern(i, colon), func(_ http.ResponseWriter, _ *http.Request, p httprouter.Params) {
			if report != nil {
				report(answer{i, p.ByName("a"), p.ByName("b")})
			}
		})
	}
	return h
}

func buildEcho(t table, n int, report func(answer)) http.Handler {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	for i := range n {
		e.GET(t.pattern(i, colon), func(c echo.Context) error {
			if report != nil {
				report(answer{i, c.Param("a"), c.Param("b")})
			}
			return nil
		})
	}
	return e
}

func buildChi(t table, n int, report func(answer)) http.Handler {
	c := chi.NewRouter()
	for i := range n {
		c.Get(t.pattern(i, braces(":")), func(_ http.ResponseWriter, r *http.Request) {
			if report != nil {
				report(answer{i, chi.URLParam(r, "a"), chi.URLParam(r, "b")})
			}
		})
	}
	return c
}

func buildServeMux(t table, n int, report func(answer)) http.Handler {
	m := http.NewServeMux()
	for i := range n {
		m.HandleFunc("GET "+t.pattern(i, braces(":")), func(_ http.ResponseWriter, r *http.Request) {
			if report != nil {
				report(answer{i, r.PathValue("a"), r.PathValue("b")})
			}
		})
	}
	return m
}

func buildMux(t table, n int, report func(answer)) http.Handler {
	m := mux.NewRouter()
	for i := range n {
		m.HandleFunc(t.pattern(i, braces(":")), func(_ http.ResponseWriter, r *http.Request) {
			if report != nil {
				report(answer{i, mux.Vars(r)["a"], mux.Vars(r)["b"]})
			}
		}).Methods(http.MethodGet)
	}
	return m
}
