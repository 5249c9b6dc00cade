package actionhero_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
)

// routed opens a site with the routes that the cases ask for. Actions that they name
// and that are nowhere answer 404 by themselves.
func routed(t *testing.T, more ...values) *site {
	t.Helper()
	mime := dispatch.Action{Name: "mimeTestAction", MatchExtensionMIMEType: true, Inputs: dispatch.Inputs{"key": {Required: true}, "path": {}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			if c.Params["key"] == "fail" {
				return nil, errors.New("failed")
			}
			r, _ := c.MatchedRoute()
			return values{"matchedRoute": values{"path": r.Path, "action": r.Action}}, nil
		}}
	list := []dispatch.Action{mime}
	for version, in := range map[string]string{"1": "user_id", "2": "userID", "three": "userID"} {
		list = append(list, dispatch.Action{Name: "login", Version: version, Inputs: dispatch.Inputs{in: {Required: true}},
			Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				return values{in: c.Params[in], "version": version}, nil
			}})
	}
	for _, name := range []string{"user", "usersList", "thing", "thingStuff", "bogusAction"} {
		list = append(list, runs(name, func(context.Context, *dispatch.Connection) (any, error) { return nil, envelope.Errorf(404, unknown) }, "userID", "key"))
	}
	get := []any{
		values{"path": "/bogus/:bogusID", "action": "bogusAction"}, values{"path": "/users", "action": "usersList"}, values{"path": "/c/:key/:value", "action": "cacheTest"},
		values{"path": "/mimeTestAction/:key", "action": "mimeTestAction"}, values{"path": "/thing", "action": "thing"}, values{"path": "/thing/stuff", "action": "thingStuff"},
		values{"path": "/v:apiVersion/login", "action": "login"}, values{"path": "/login/v:apiVersion/stuff", "action": "login"}, values{"path": "/login", "action": "login"},
		values{"path": "/old_login", "action": "login", "apiVersion": "1"},
		values{"path": "/a/wild/:key/:path(^.*$)", "action": "mimeTestAction", "apiVersion": "1", "matchTrailingPathParts": true},
		values{"path": "/a/complex/:key/__:path(^.*$)", "action": "mimeTestAction", "apiVersion": "1", "matchTrailingPathParts": true},
	}
	for _, v := range more {
		get = append(get, v)
	}
	return open(t, values{"automaticRoutes": []string{}, "routes": values{
		"all": []any{values{"path": "/user/:userID", "action": "user"}}, "get": get, "post": []any{values{"path": `/login/:userID(^(\d{3}|admin)$)`, "action": "login"}},
	}}, list...)
}

func on(request string, hold func(g *got)) func(*testing.T) {
	return func(t *testing.T) { hold(routed(t).ask(request, nil)) }
}

func routeRows() []row {
	const declared = "a route to an action that is not there is an error at start; the action that it leads to answers 404 here"
	user := func(method string) func(*testing.T) {
		return on(method+" /api/user/1234?key=value", func(g *got) {
			g.code(404).is(shown+"action", "user").is(shown+"userID", "1234").is(shown+"key", "value")
		})
	}
	rows := []row{
		same(137, "a variable of a route is no parameter of other actions", on("GET /api/status?bogusID=1", func(g *got) { g.hasNot(shown + "bogusID") })),
		otherwise(141, "a route for all methods is one for each", "Dispatcher.Register adds routes until the first request", func(t *testing.T) {
			s := routed(t)
			if err := s.kit.Dispatcher().Register(dispatch.Route{Method: "all", Path: "/other-login", Action: "login"}); err != nil {
				t.Fatal(err)
			}
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} {
				s.ask(method+" /api/user/1", nil).code(404)
				if g := s.ask(method+" /api/other-login?userID=7", nil).code(200); method != "HEAD" {
					g.is("userID", "7")
				}
			}
		}),
		same(165, "an unknown action is unknown", on("GET /api/a_crazy_action", func(g *got) { g.code(404).is("error", unknown) })),
		otherwise(179, "a route's action counts before the parameter", declared, on("GET /api/user/123?action=someFakeAction", func(g *got) { g.code(404).is(shown+"action", "user") })),
		same(193, "an extension without a type is JSON", on("GET /api/mimeTestAction/thing.bogus", func(g *got) {
			g.code(200).is("matchedRoute.path", "/mimeTestAction/:key").is("matchedRoute.action", "mimeTestAction")
			if !strings.Contains(g.header.Get("Content-Type"), "json") {
				g.t.Errorf("got %s", g.header.Get("Content-Type"))
			}
		})),
		same(200, "an action knows its route", on("GET /api/mimeTestAction/thing.json", func(g *got) {
			g.code(200).is("matchedRoute.path", "/mimeTestAction/:key").is("matchedRoute.action", "mimeTestAction")
		})),
		same(206, "a route with a version", on("GET /api/old_login?user_id=7", func(g *got) { g.code(200).is("user_id", "7").is(shown+"action", "login") })),
		otherwise(214, "GET", declared, on("GET /api/users", func(g *got) { g.code(404).is(shown+"action", "usersList") })),
		otherwise(228, "GET with a variable", declared, on("GET /api/user/1234", func(g *got) { g.code(404).is(shown+"action", "user").is(shown+"userID", "1234") })),
		otherwise(245, "POST", declared, user("POST")),
		otherwise(265, "PUT", declared, user("PUT")),
		otherwise(285, "DELETE", declared, user("DELETE")),
		otherwise(305, "a variable counts before a parameter of its name", declared, on("GET /api/user/1?userID=2", func(g *got) { g.code(404).is(shown+"action", "user").is(shown+"userID", "1") })),
		otherwise(322, "a route matches the whole path", declared, func(t *testing.T) {
			s := routed(t)
			s.ask("GET /api/thing", nil).code(404).is(shown+"action", "thing")
			s.ask("GET /api/thing/stuff", nil).code(404).is(shown+"action", "thingStuff")
		}),
		same(348, "a variable with an expression", func(t *testing.T) {
			s := routed(t)
			for _, id := range []string{"123", "admin"} {
				s.ask("POST /api/login/"+id, nil).code(200).is(shown+"action", "login").is(shown+"userID", id)
			}
		}),
		same(366, "a variable with unusual characters", on("GET /api/c/key/log_me-in.com$123.", func(g *got) { g.code(200).is(shown+"action", "cacheTest").is(shown+"value", "log_me-in.com$123.") })),
		same(376, "a variable that the expression does not match", on("GET /api/login/1234", func(g *got) { g.code(404).hasNot(shown + "userID") })),
		same(391, "the type of an extension", on("GET /api/mimeTestAction/val.png", func(g *got) { g.code(200).field("Content-Type", "image/png") })),
		same(396, "not with an error", on("GET /api/mimeTestAction/fail", func(g *got) {
			g.code(500).field("Content-Type", "application/json; charset=utf-8").is("error", "failed")
		})),
		same(411, "the rest of a path", on("GET /api/a/wild/theKey/and/some/more/path", func(g *got) {
			g.code(200).is(shown+"action", "mimeTestAction").is(shown+"path", "and/some/more/path").is(shown+"key", "theKey")
		})),
		same(426, "the rest behind a prefix", on("GET /api/a/complex/theKey/__path-stuff", func(g *got) {
			g.code(200).is(shown+"action", "mimeTestAction").is(shown+"path", "path-stuff").is(shown+"key", "theKey")
		})),
		same(468, "spaces in the name of a file", on("GET /with%20space.png", func(g *got) { g.code(200).contains("PNG").field("Content-Type", "image/png") })),
		differs(477, "an escape that is none", "net/http refuses it as a 400 before anything else sees it", func(t *testing.T) {
			if status, _ := routed(t).raw("GET /with%20%%%%%%with+space.png HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); status != 400 {
				t.Errorf("got %d", status)
			}
		}),
		otherwise(491, "a version that is a number", "versions are strings", on("GET /api/v1/login?user_id=123", func(g *got) { g.code(200).is("version", "1").is("user_id", "123") })),
		same(497, "a version that is a word", on("GET /api/vthree/login?userID=123", func(g *got) { g.code(200).is("version", "three").is("userID", "123") })),
		otherwise(503, "what stands before a version is no part of it", "versions are strings", on("GET /api/v1/login?user_id=123", func(g *got) {
			g.code(200).is("version", "1").is("user_id", "123").is(shown+"apiVersion", "1").is(shown+"action", "login")
		})),
		same(532, "15 paths with a version in them", func(t *testing.T) {
			s := routed(t)
			for path, matches := range map[string]bool{
				"/api/v0/login": false, "/api/v1/login": true, "/api/v2/login": true, "/api/vthree/login": true, "/api/v9999/login": false, "/api/1/login": false, "/api/three/login": false,
				"/api/login": true, "/api/foo/login": false, "/api/vv/login": false, "/api/login/v1": false, "/api/login/v1/stuff": true, "/api/login/v2/stuff": true, "/api/login/vthree/stuff": true, "/api/login/v99/stuff": false,
			} {
				want := unknown
				if matches {
					want = "is a required parameter for this action"
				}
				if g := s.ask("GET "+path, nil); !strings.Contains(g.text("error"), want) {
					t.Errorf("%s: got %s, want %s", path, g.body, want)
				}
			}
		}),
		same(549, "no version is the newest, and a number newer than a word", on("GET /api/login?userID=123", func(g *got) { g.code(200).is("version", "2").is("userID", "123") })),
		otherwise(567, "a route that was registered stays", "Dispatcher.Register; routes are loaded once", func(t *testing.T) {
			s := routed(t)
			if err := s.kit.Dispatcher().Register(dispatch.Route{Method: "get", Path: "/a-custom-route", Action: "randomNumber"}); err != nil {
				t.Fatal(err)
			}
			s.ask("GET /api/a-custom-route", nil).random()
			s.ask("GET /api/a-custom-route", nil).random()
		}),
	}
	return rows
}

// deepRows are those of two files with other paths.
func deepRows(actions, files string, lines ...int) []row {
	ask := func(target string, hold func(g *got)) func(*testing.T) {
		return func(t *testing.T) {
			conf := values{"urlPathForActions": actions, "urlPathForFiles": files, "rootEndpointType": "file", "routes": values{"get": []any{values{"path": "/randomNumber", "action": "randomNumber"}}}}
			hold(open(t, conf).ask("GET "+target, nil))
		}
	}
	actions, files = "/"+strings.TrimPrefix(actions, "/"), "/"+strings.TrimPrefix(files, "/")
	ok := func(g *got) { g.code(200) }
	gone := func(g *got) { g.code(404) }
	return []row{
		same(lines[0], "actions are not at the old path", ask("/api/randomNumber", gone)),
		same(lines[1], fmt.Sprintf("actions are at %s", actions), ask(actions+"/randomNumber", ok)),
		same(lines[2], "files are not at the old path", ask("/public/simple.html", gone)),
		same(lines[3], fmt.Sprintf("files are at %s", files), ask(files+"/simple.html", func(g *got) { g.code(200).answers(page) })),
		same(lines[4], "files in folders, too", ask(files+"/css/cosmo.css", ok)),
		same(lines[5], "files are at the root", ask("/simple.html", func(g *got) { g.code(200).answers(page) })),
	}
}
