package actionhero_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/actions"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/params"
)

// dispatcher makes one of the example actions and further ones.
func dispatcher(t *testing.T, mw []dispatch.Middleware, further ...dispatch.Action) *dispatch.Dispatcher {
	t.Helper()
	d, err := dispatch.New(dispatch.Options{Actions: append(actions.All("the-server"), further...), Middleware: mw, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// serveOne has a handler answer one request.
func serveOne(h http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

// result runs an action apart from a request, with middleware around it.
func result(t *testing.T, name string, mw []dispatch.Middleware, further ...dispatch.Action) values {
	t.Helper()
	got, err := dispatcher(t, mw, further...).Run(t.Context(), name, "", nil)
	members, ok := got.(values)
	if err != nil || !ok {
		t.Fatalf("%s: got %v, %v", name, got, err)
	}
	return members
}

type noteKey struct{ name string }

// adds is an After function that adds a member to a result.
func adds(name, value string) func(context.Context, *dispatch.Connection, any) (any, error) {
	return func(_ context.Context, _ *dispatch.Connection, result any) (any, error) {
		result.(values)[name] = value
		return result, nil
	}
}

// notes returns middleware that notes before the action what it then adds to the
// result: Actionhero's preProcessor writes to the response at once.
func notes(priority int, value string, names ...string) dispatch.Middleware {
	return dispatch.Middleware{Priority: priority,
		Before: func(_ context.Context, c *dispatch.Connection) error {
			for _, name := range names {
				c.Set(noteKey{name}, value)
			}
			return nil
		},
		After: func(_ context.Context, c *dispatch.Connection, result any) (any, error) {
			for _, name := range names {
				result.(values)[name] = c.Value(noteKey{name})
			}
			return result, nil
		},
	}
}

// hold compares members of a result.
func hold(t *testing.T, got, want values) {
	t.Helper()
	for name, v := range want {
		if !reflect.DeepEqual(got[name], v) {
			t.Errorf("got %s = %v, want %v", name, got[name], v)
		}
	}
}

func middlewareRows() []row {
	const how = "Before notes it by c.Set, After puts it into the result"
	order := func(make func(priority int, value string, names ...string) dispatch.Middleware) func(*testing.T) {
		return func(t *testing.T) {
			got := result(t, "randomNumber", []dispatch.Middleware{
				make(101, "late", "late"), make(0, "default", "late", "default"), make(99, "early", "early", "late", "default"), make(1, "first", "first", "early", "late", "default"),
			})
			hold(t, got, values{"first": "first", "early": "early", "default": "default", "late": "late"})
		}
	}
	after := func(priority int, value string, names ...string) dispatch.Middleware {
		return dispatch.Middleware{Priority: priority, After: func(_ context.Context, _ *dispatch.Connection, result any) (any, error) {
			for _, name := range names {
				result.(values)[name] = value
			}
			return result, nil
		}}
	}
	login := func(run func(context.Context, *dispatch.Connection) (any, error)) dispatch.Action {
		return dispatch.Action{Name: "authAction", Meta: map[string]any{"authenticated": true}, Run: run}
	}
	return []row{
		otherwise(30, "global middleware adds to a result", how, func(t *testing.T) {
			hold(t, result(t, "randomNumber", []dispatch.Middleware{notes(0, "note", "note")}), values{"note": "note"})
		}),
		otherwise(45, "also when it has waited", how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := notes(0, "slept", "note")
				before := m.Before
				m.Before = func(ctx context.Context, c *dispatch.Connection) error {
					time.Sleep(100 * time.Millisecond)
					return before(ctx, c)
				}
				hold(t, result(t, "randomNumber", []dispatch.Middleware{m}), values{"note": "slept"})
			})
		}),
		otherwise(63, "middleware of one action is not run for others", "an action lists its own", func(t *testing.T) {
			own := runs("own", func(context.Context, *dispatch.Connection) (any, error) { return values{}, nil })
			own.Middleware = []dispatch.Middleware{notes(0, "note", "note")}
			if got := result(t, "randomNumber", nil, own); got["note"] != nil {
				t.Errorf("got %v", got)
			}
			hold(t, result(t, "own", nil, own), values{"note": "note"})
		}),
		otherwise(103, "middleware reads properties of an action", "Action.Meta and c.Meta", func(t *testing.T) {
			m := dispatch.Middleware{After: func(_ context.Context, c *dispatch.Connection, result any) (any, error) {
				result.(values)["authenticated"] = c.Meta("authenticated") == true
				return result, nil
			}}
			auth := login(func(context.Context, *dispatch.Connection) (any, error) { return values{}, nil })
			hold(t, result(t, "randomNumber", []dispatch.Middleware{m}, auth), values{"authenticated": false})
			hold(t, result(t, "authAction", []dispatch.Middleware{m}, auth), values{"authenticated": true})
		}),
		otherwise(123, "middleware hands something on to the action", "c.Set and c.Value", func(t *testing.T) {
			auth := login(func(_ context.Context, c *dispatch.Connection) (any, error) {
				return values{"session": c.Value(noteKey{"session"})}, nil
			})
			m := dispatch.Middleware{Before: func(_ context.Context, c *dispatch.Connection) error { c.Set(noteKey{"session"}, "abc123"); return nil }}
			hold(t, result(t, "authAction", []dispatch.Middleware{m}, auth), values{"session": "abc123"})
		}),
		otherwise(138, "Before functions run by priority", how, order(notes)),
		otherwise(191, "two of one priority both run", how, func(t *testing.T) {
			hold(t, result(t, "randomNumber", []dispatch.Middleware{notes(99, "first", "a"), notes(99, "second", "b")}), values{"a": "first", "b": "second"})
		}),
		same(215, "After functions add to a result", func(t *testing.T) {
			hold(t, result(t, "randomNumber", []dispatch.Middleware{{After: adds("note", "note")}}), values{"note": "note"})
		}),
		same(228, "After functions run by priority", order(after)),
		same(281, "two of one priority both run", func(t *testing.T) {
			hold(t, result(t, "randomNumber", []dispatch.Middleware{after(99, "first", "a"), after(99, "second", "b")}), values{"a": "first", "b": "second"})
		}),
		same(305, "a Before function refuses a request", func(t *testing.T) {
			m := dispatch.Middleware{Before: func(context.Context, *dispatch.Connection) error { return errors.New("BLOCKED") }}
			if got, err := dispatcher(t, []dispatch.Middleware{m}).Run(t.Context(), "randomNumber", "", nil); got != nil || err == nil || err.Error() != "BLOCKED" {
				t.Errorf("got %v, %v", got, err)
			}
		}),
		otherwise(320, "an After function keeps the answer from being rendered", "it writes one itself: a request is never left without", func(t *testing.T) {
			m := dispatch.Middleware{After: func(_ context.Context, c *dispatch.Connection, _ any) (any, error) { return nil, c.Pipe("mine", nil) }}
			if w := serveOne(dispatcher(t, []dispatch.Middleware{m}), "GET", "/randomNumber"); w.Body.String() != "mine" {
				t.Errorf("got %s", w.Body)
			}
		}),
		otherwise(352, "a function for the beginning of a connection", "Middleware.Create, for each request", connectionsEnd("/api/sleepTest", true)),
		otherwise(370, "and for its end", "Middleware.Destroy", connectionsEnd("/api/sleepTest", true)),
		otherwise(397, "both may take their time", "the request waits for Create", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := false
				m := dispatch.Middleware{
					Create: func(_ context.Context, c *dispatch.Connection) {
						time.Sleep(time.Millisecond)
						c.Set(noteKey{"long"}, true)
					},
					Destroy: func(context.Context, *dispatch.Connection) { time.Sleep(time.Millisecond); ended = true },
				}
				a := runs("shows", func(_ context.Context, c *dispatch.Connection) (any, error) {
					return values{"long": c.Value(noteKey{"long"})}, nil
				})
				if w := serveOne(dispatcher(t, []dispatch.Middleware{m}, a), "GET", "/shows"); !strings.Contains(w.Body.String(), `"long":true`) || !ended {
					t.Errorf("got %s, and it has ended: %t", w.Body, ended)
				}
			})
		}),
	}
}

// unknownAnswer returns how an unknown action is answered.
func unknownAnswer(t *testing.T, o envelope.ErrorOptions) *got {
	t.Helper()
	e, err := envelope.New(envelope.Options{Errors: o, ExposeErrors: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	fails := runs("errorAction", func(context.Context, *dispatch.Connection) (any, error) { return nil, errors.New("worst action ever!") })
	d, err := dispatch.New(dispatch.Options{Renderer: e, Actions: []dispatch.Action{fails}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Server: httptest.NewServer(d), t: t, client: http.DefaultClient}
	t.Cleanup(s.Server.Close)
	if o.Serialize != nil || o.Reporters != nil {
		if g := s.ask("GET /errorAction", nil).code(500); g.text("error") != "" || o.Reporters != nil {
			return g
		}
	}
	return s.ask("GET /notARealAction", nil).code(404)
}

func errorRows() []row {
	serialize := func(v any) envelope.ErrorOptions {
		return envelope.ErrorOptions{Serialize: func(context.Context, *envelope.ClientError) any { return v }}
	}
	const how = "envelope.ErrorOptions.Serialize, for all errors"
	return []row{
		same(19, "the text of an unknown action", func(t *testing.T) { unknownAnswer(t, envelope.ErrorOptions{}).is("error", unknown) }),
		otherwise(24, "another text", "envelope.ErrorOptions.Texts, by the code of the error", func(t *testing.T) {
			unknownAnswer(t, envelope.ErrorOptions{Texts: map[string]string{"unknown_action": "another text"}}).is("error", "another text")
		}),
		otherwise(33, "an object", how, func(t *testing.T) {
			unknownAnswer(t, serialize(values{"code": "error111", "reason": "busted"})).is("error.code", "error111").is("error.reason", "busted")
		}),
		otherwise(44, "an object that takes its time", how, func(t *testing.T) {
			unknownAnswer(t, envelope.ErrorOptions{Serialize: func(context.Context, *envelope.ClientError) any {
				time.Sleep(time.Millisecond)
				return values{"sleepy": true}
			}}).is("error.sleepy", true)
		}),
		same(85, "an error of an action", func(t *testing.T) {
			unknownAnswer(t, envelope.ErrorOptions{Reporters: []func(context.Context, envelope.Failure){func(context.Context, envelope.Failure) {}}}).is("error", "worst action ever!").hasNot("requestId")
		}),
		otherwise(91, "an error with something more", "it stands inside of error, by Serialize", func(t *testing.T) {
			unknownAnswer(t, envelope.ErrorOptions{Serialize: func(_ context.Context, err *envelope.ClientError) any {
				return values{"message": err.Text, "requestId": "id-12345"}
			}}).is("error.requestId", "id-12345")
		}),
		otherwise(101, "reporters are told of errors", "envelope.ErrorOptions.Reporters", func(t *testing.T) {
			told := make(chan string, 1)
			unknownAnswer(t, envelope.ErrorOptions{Reporters: []func(context.Context, envelope.Failure){func(_ context.Context, f envelope.Failure) { told <- fmt.Sprint(f.Err) }}})
			if got := <-told; got != "worst action ever!" {
				t.Errorf("got %q", got)
			}
		}),
	}
}

// versioned are three versions of an action, the last of which fails.
func versioned() (out []dispatch.Action) {
	for _, v := range []string{"1", "2", "3"} {
		a := runs("versionedAction", func(context.Context, *dispatch.Connection) (any, error) { return values{"version": v}, nil })
		if a.Version = v; v == "3" {
			a.Run = func(context.Context, *dispatch.Connection) (any, error) {
				return nil, &envelope.Error{Status: 500, Value: values{"a": values{"complex": "error"}}}
			}
		}
		out = append(out, a)
	}
	return out
}

// paramAction has a required parameter, an optional one, and one that must be
// "abc123", beside another or inside of one.
func paramAction(inside bool) dispatch.Action {
	const server = "the-server"
	in := dispatch.Inputs{
		"requiredParam": {Required: true}, "optionalParam": {},
		"fancyParam": {
			DefaultFunc: func(context.Context) any { return "abc123" },
			Formatters:  []dispatch.Formatter{dispatch.ToString},
			Validators: []dispatch.Validator{func(_ context.Context, v any) error {
				if v != "abc123" {
					return fmt.Errorf("fancyParam should be %q, says %s", "abc123", server)
				}
				return nil
			}},
		},
	}
	if inside {
		in = dispatch.Inputs{"schemaParam": {Schema: in}}
	}
	a := runs("testAction", func(_ context.Context, c *dispatch.Connection) (any, error) { return values{"params": c.Params}, nil })
	a.Inputs = in
	return a
}

// finds holds which version answers a request.
func finds(target, want string) func(*testing.T) {
	return func(t *testing.T) {
		_, version, ok := open(t, nil, versioned()...).kit.Dispatcher().Find(httptest.NewRequest("GET", target, nil))
		if !ok || version != want {
			t.Errorf("got %q, want %q", version, want)
		}
	}
}

func apiRows() []row {
	const found = "receivedParams have what was sent, as those of Actionhero's web server; Dispatcher.Find and c.Action tell the version"
	rows := []row{
		otherwise(15, "actions are there with their names and functions", "Dispatcher.Actions lists them", func(t *testing.T) {
			list := dispatcher(t, nil).Actions()
			for _, name := range []string{"cacheTest", "randomNumber", "status"} {
				if !slices.ContainsFunc(list, func(a dispatch.Action) bool { return a.Name == name && a.Description != "" && a.Run != nil }) {
					t.Errorf("%s is missing", name)
				}
			}
		}),
		otherwise(44, "the parameters that actions take are known", "what is declared is shown, and these always", with("GET /api/nope?key=1&value=2&callback=f&apiVersion=3&action=x&file=y", func(g *got) {
			g.contains(`"key":"1"`).contains(`"value":"2"`).contains(`"apiVersion":"3"`)
		})),
		otherwise(102, "an action without a version is the first", found, finds("/api/randomNumber", "1")),
		otherwise(109, "a client names a version", "versions are strings", func(t *testing.T) {
			s := open(t, nil, versioned()...)
			for _, v := range []string{"1", "2"} {
				s.ask("GET /api/versionedAction?apiVersion="+v, nil).code(200).is("version", v).is(shown+"apiVersion", v)
			}
		}),
		otherwise(125, "without one it is the newest", found, finds("/api/versionedAction", "3")),
		same(132, "a version that is not there", func(t *testing.T) {
			open(t, nil, versioned()...).run("versionedAction", values{"apiVersion": 10}).code(404).is("error", unknown)
		}),
		otherwise(141, "an error that is an object", "envelope.Error has a Value", func(t *testing.T) {
			open(t, nil, versioned()...).run("versionedAction", values{"apiVersion": 3}).code(500).is("error.a.complex", "error")
		}),
		otherwise(150, "an action needs a name", "dispatch.New refuses it", func(t *testing.T) { refused(t, dispatch.Action{}, "Name: ") }),
		otherwise(186, "an input may not have a name that is taken", "dispatch.New refuses it", func(t *testing.T) {
			refused(t, dispatch.Action{Name: "bad", Inputs: dispatch.Inputs{"apiVersion": {Required: true}}}, `Inputs["apiVersion"]: the name is reserved`)
		}),
		none(208, "types of answers can be imported", "it is about TypeScript; in Go they are what Typed takes"),

		otherwise(531, "validators run in order", "they are functions, not names of some", validators(6, 422, "only strings")),
		otherwise(536, "all of them", "they are functions", validators("hello", 422, "that is not correct")),
		otherwise(543, "until none refuses", "they are functions", validators("correct", 200, "")),
		otherwise(589, "formatters run in order", "they are functions, not names of some", func(t *testing.T) {
			wrap := func(with string) dispatch.Formatter {
				return func(_ context.Context, v any) (any, error) { return fmt.Sprint(with, v, with), nil }
			}
			a := runs("testAction", func(_ context.Context, c *dispatch.Connection) (any, error) { return values{"a": c.Params["a"]}, nil })
			a.Inputs = dispatch.Inputs{"a": {Formatters: []dispatch.Formatter{wrap("*"), wrap("~")}}}
			open(t, nil, a).run("testAction", values{"a": 6}).code(200).is("a", "~*6*~")
		}),
		differs(621, "an action cannot change its parameters", "the map is the action's own; what is shown of it stays", func(t *testing.T) {
			a := runs("testAction", func(_ context.Context, c *dispatch.Connection) (any, error) {
				c.Params["a"] = "changed!"
				return values{"a": c.Params["a"]}, nil
			}, "a!")
			open(t, nil, a).run("testAction", values{"a": "original"}).code(200).is("a", "changed!").is(shown+"a", "original")
		}),
	}
	return append(append(rows, paramRows(false, 264, 276, 287, 300, 307, 315, 323, 333, 341)...), paramRows(true, 403, 415, 431, 444, 451, 458, 465, 0, 474)...)
}

func validators(value any, status int, want string) func(*testing.T) {
	return func(t *testing.T) {
		a := runs("testAction", func(context.Context, *dispatch.Connection) (any, error) { return nil, nil })
		a.Inputs = dispatch.Inputs{"a": {Validators: []dispatch.Validator{
			func(_ context.Context, v any) error {
				if _, ok := v.(string); !ok {
					return errors.New("only strings")
				}
				return nil
			},
			func(_ context.Context, v any) error {
				if v != "correct" {
					return errors.New("that is not correct")
				}
				return nil
			},
		}}}
		g := open(t, nil, a).run("testAction", values{"a": value}).code(status)
		if got := g.text("error"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func refused(t *testing.T, a dispatch.Action, want string) {
	t.Helper()
	a.Run = func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }
	if _, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{a}}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// paramRows are the rules of parameters, on their own and inside of another.
func paramRows(inside bool, lines ...int) []row {
	prefix, where := "", "params."
	if inside {
		prefix, where = "schemaParam.", "params.schemaParam."
	}
	run := func(params values, hold func(g *got)) func(*testing.T) {
		return func(t *testing.T) {
			if inside {
				params = values{"schemaParam": params}
			}
			hold(open(t, nil, paramAction(inside)).run("testAction", params))
		}
	}
	says := func(text string) string {
		if inside {
			return text + ", inside of a parameter"
		}
		return text
	}
	both := func(a, b func(*testing.T)) func(*testing.T) { return func(t *testing.T) { a(t); b(t) } }
	missed := func(g *got) { g.code(422).is("error", missing(prefix+"requiredParam")) }
	fancy := func(hold func(g *got)) func(*testing.T) {
		return run(values{"requiredParam": true, "fancyParam": 123}, hold)
	}
	formatted := otherwise(lines[6], says("a formatter, whose value is shown"), "receivedParams have what was sent, as those of Actionhero's web server; validators and the action see the formatted value", fancy(func(g *got) {
		g.code(422).is(shown+"fancyParam", 123)
	}))
	if inside {
		formatted = same(lines[6], says("a formatter, whose value is shown"), fancy(func(g *got) { g.code(422).is(shown+prefix+"fancyParam", "123") }))
	}
	rows := []row{
		same(lines[0], says("false and an empty list are values"), both(
			run(values{"requiredParam": false}, func(g *got) { g.code(200).is(where+"requiredParam", false) }),
			run(values{"requiredParam": []any{}}, func(g *got) { g.code(200).is(where+"requiredParam", []any{}) }))),
		same(lines[1], says("an empty string is missing"), both(run(values{"requiredParam": ""}, missed), run(values{"optionalParam": 1}, missed))),
		otherwise(lines[2], says("what counts as missing can be configured"), "dispatch.Options.IsMissing, a function", func(t *testing.T) {
			for _, v := range []any{"", nil} {
				d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{paramAction(inside)}, IsMissing: func(any) bool { return false }})
				if err != nil {
					t.Fatal(err)
				}
				sent := values{"requiredParam": v}
				if inside {
					sent = values{"schemaParam": sent}
				}
				got, err := d.Run(t.Context(), "testAction", "", sent)
				if err != nil {
					t.Fatal(err)
				}
				members := map[string]any(got.(values)["params"].(params.Values))
				if inside {
					members = members["schemaParam"].(values)
				}
				if kept, there := members["requiredParam"]; !there || kept != v {
					t.Errorf("%q: got %#v", v, got)
				}
			}
		}),
		same(lines[3], says("a default"), run(values{"requiredParam": true}, func(g *got) { g.code(200).is(where+"fancyParam", "abc123") })),
		same(lines[4], says("a validator"), fancy(func(g *got) { g.code(422).contains("fancyParam should be") })),
		otherwise(lines[5], says("a validator knows the server"), "it is a closure", fancy(func(g *got) { g.code(422).contains("says the-server") })),
		formatted,
		same(lines[7], says("a validator that has nothing to say"), run(values{"requiredParam": true, "fancyParam": "abc123"}, func(g *got) { g.code(200).hasNot("error") })),
		same(lines[8], says("what is not declared is dropped"), run(values{"requiredParam": true, "sleepDurations": true}, func(g *got) {
			g.code(200).is(shown+prefix+"requiredParam", true).hasNot(shown + prefix + "sleepDurations")
		})),
	}
	return slices.DeleteFunc(rows, func(r row) bool { return r.line == 0 })
}

func specHelperRows() []row {
	answers := func(v any, err error) dispatch.Action {
		return runs("testAction", func(context.Context, *dispatch.Connection) (any, error) { return v, err })
	}
	bare := func(v any) func(*testing.T) {
		return func(t *testing.T) {
			g := open(t, nil, answers(v, nil)).run("testAction", nil).code(200).hasNot("error", "messageId", "serverInformation", "requesterInformation")
			if !reflect.DeepEqual(g.json, v) {
				t.Errorf("got %s", g.body)
			}
		}
	}
	failed := func(v any) func(*testing.T) {
		return func(t *testing.T) {
			open(t, nil, answers(v, errors.New("some error"))).run("testAction", nil).code(500).is("error", "some error")
		}
	}
	const noRoom = "connections of a specHelper keep messages; here an answer is the answer of one request"
	const tasks = "there are no tasks"
	const withError = "an error is an object with metadata, whatever the action returned beside it"
	return []row{
		otherwise(11, "an action is run in a test", "by sidekicktest.Client.Action, or a request", func(t *testing.T) { open(t, nil).run("randomNumber", nil).random() }),
		none(18, "messages pile up at a connection", noRoom),
		otherwise(104, "an object gets metadata", "the message id and the address stand in requesterInformation", func(t *testing.T) {
			open(t, nil).run("randomNumber", nil).random().hasNot("error").has("requesterInformation.messageId").is("serverInformation.serverName", "Actionhero API").is("requesterInformation.remoteIP", "127.0.0.1")
		}),
		same(114, "a string stays one", bare("something")),
		same(123, "a list stays one", bare([]any{1.0, 2.0, 3.0})),
		same(141, "without metadata", func(t *testing.T) {
			open(t, values{"metadataOptions": values{"serverInformation": false, "requesterInformation": false}}).run("randomNumber", nil).random().hasNot("error", "messageId", "serverInformation", "requesterInformation")
		}),
		otherwise(153, "an error gets metadata", "the message id and the address stand in requesterInformation", func(t *testing.T) {
			open(t, nil).run("x", nil).code(404).is("error", unknown).has("requesterInformation.messageId").is("serverInformation.serverName", "Actionhero API").is("requesterInformation.remoteIP", "127.0.0.1")
		}),
		differs(163, "an error beside a string", withError, failed("something")),
		differs(171, "an error beside a list", withError, failed([]any{1, 2, 3})),
		none(182, "a broken test is no broken action", "it is about promises"),
		none(193, "nor one that waits", "it is about promises"),
		otherwise(204, "a test chooses the message id", "dispatch.Options.NewID", func(t *testing.T) {
			d, err := dispatch.New(dispatch.Options{NewID: func() string { return "aaa" }, Actions: []dispatch.Action{runs("shows", func(_ context.Context, c *dispatch.Connection) (any, error) { return values{"id": c.MessageID()}, nil })}})
			if err != nil {
				t.Fatal(err)
			}
			if w := serveOne(d, "GET", "/shows"); !strings.Contains(w.Body.String(), `"id":"aaa"`) {
				t.Errorf("got %s", w.Body)
			}
		}),
		otherwise(213, "a file in a test", "by sidekicktest.Client.Get, or a request", with("GET /public/simple.html", func(g *got) {
			if g.code(200).field("Content-Type", "text/html").answers(page); g.length != int64(len(page)) {
				g.t.Errorf("got the length %d", g.length)
			}
		})),
		otherwise(221, "a file that is not there", "by a request", with("GET /public/missing.html", func(g *got) { g.code(404).field("Content-Type", "text/html").answers(noFile) })),
		otherwise(234, "a client that stays", "it keeps its cookie; its id is the fingerprint's and the message's", func(t *testing.T) {
			s := open(t, nil)
			s.keepCookies()
			who := s.run("cacheTest", values{"key": "someKey", "value": "someValue"}).code(200).text("requesterInformation.fingerprint")
			if again := s.run("randomNumber", nil).text("requesterInformation.fingerprint"); who == "" || again != who {
				t.Errorf("got %q and %q", who, again)
			}
		}),
		otherwise(250, "its second request", "as above", func(t *testing.T) {
			s := open(t, nil)
			s.keepCookies()
			a, b := s.run("randomNumber", nil), s.run("randomNumber", nil)
			if a.text("requesterInformation.fingerprint") != b.text("requesterInformation.fingerprint") {
				t.Errorf("got %s and %s", a.body, b.body)
			}
		}),
		same(258, "another client has another id", func(t *testing.T) {
			s := open(t, nil)
			a, b := s.run("randomNumber", nil), s.run("randomNumber", nil)
			for _, name := range []string{"requesterInformation.id", "requesterInformation.fingerprint"} {
				if a.text(name) == b.text(name) {
					t.Errorf("%s is %q twice", name, a.text(name))
				}
			}
		}),
		same(265, "message ids differ", func(t *testing.T) {
			s := open(t, nil)
			ids := map[string]bool{}
			for range 3 {
				ids[s.run("randomNumber", nil).text("requesterInformation.messageId")] = true
			}
			if len(ids) != 3 {
				t.Errorf("got %v", ids)
			}
		}),
		none(296, "tasks run", tasks), none(307, "tasks are found", tasks), none(314, "delayed tasks are found", tasks), none(321, "tasks are removed", tasks),
	}
}

func inlineRows() []row {
	const how = "Dispatcher.Run, or Connection.Run inside of a request"
	run := func(t *testing.T, mw []dispatch.Middleware, name string, v params.Values) (values, error) {
		t.Helper()
		got, err := dispatcher(t, mw).Run(t.Context(), name, "", v)
		members, _ := got.(values)
		return members, err
	}
	return []row{
		otherwise(21, "an action is run without a request", how, func(t *testing.T) {
			got, err := run(t, nil, "randomNumber", nil)
			if text, _ := got["stringRandomNumber"].(string); err != nil || !strings.HasPrefix(text, "Your random number is") {
				t.Errorf("got %v, %v", got, err)
			}
		}),
		otherwise(27, "with parameters", how, func(t *testing.T) {
			got, err := run(t, nil, "cacheTest", params.Values{"key": "testKey", "value": "testValue"})
			if err != nil || !strings.Contains(fmt.Sprintf("%+v", got), "saveResp:true") {
				t.Errorf("got %v, %v", got, err)
			}
		}),
		otherwise(37, "without those that it requires", "the error names all of them at once", func(t *testing.T) {
			if _, err := run(t, nil, "cacheTest", nil); err == nil || !strings.Contains(err.Error(), missing("key")) {
				t.Errorf("got %v", err)
			}
		}),
		otherwise(49, "its middleware runs", how, func(t *testing.T) {
			got, err := run(t, []dispatch.Middleware{{After: adds("note", "note")}}, "randomNumber", nil)
			if err != nil || got["note"] != "note" || got["randomNumber"] == nil {
				t.Errorf("got %v, %v", got, err)
			}
		}),
		otherwise(63, "and can refuse", how, func(t *testing.T) {
			if _, err := run(t, []dispatch.Middleware{{Before: func(context.Context, *dispatch.Connection) error { return errors.New("nope") }}}, "randomNumber", nil); err == nil || err.Error() != "nope" {
				t.Errorf("got %v", err)
			}
		}),
		otherwise(82, "something is handed to middleware", "in the context", func(t *testing.T) {
			d := dispatcher(t, []dispatch.Middleware{{Before: func(ctx context.Context, _ *dispatch.Connection) error {
				if ctx.Value(noteKey{"user"}) == nil {
					return errors.New("not logged in")
				}
				return nil
			}}})
			if _, err := d.Run(t.Context(), "randomNumber", "", nil); err == nil || err.Error() != "not logged in" {
				t.Errorf("got %v", err)
			}
			if _, err := d.Run(context.WithValue(t.Context(), noteKey{"user"}, 123), "randomNumber", "", nil); err != nil {
				t.Error(err)
			}
		}),
	}
}

func example(name string, v values, hold func(g *got)) func(*testing.T) {
	return func(t *testing.T) { hold(open(t, nil).run(name, v)) }
}

func cacheRows() []row {
	both := func(g *got) { g.code(422).is("error", missing("key")+"; "+missing("value")) }
	const all = "all that is missing is named at once; with missingFirst, too"
	return []row{
		otherwise(9, "no parameters", all, example("cacheTest", nil, both)),
		same(14, "the key alone", example("cacheTest", values{"key": "test key"}, func(g *got) { g.code(422).is("error", missing("value")) })),
		same(23, "the value alone", example("cacheTest", values{"value": "abc123"}, func(g *got) { g.code(422).is("error", missing("key")) })),
		otherwise(30, "another parameter", all, example("cacheTest", values{"thingy": "abc123"}, both)),
		same(37, "a short value", example("cacheTest", values{"key": "abc123", "value": "v"}, func(g *got) { g.code(422).is("error", "inputs should be at least 3 letters long") })),
		same(45, "all that is needed", example("cacheTest", values{"key": "testKey", "value": "abc123"}, func(g *got) {
			g.code(200).hasNot("error").is("cacheTestResults.saveResp", true).is("cacheTestResults.loadResp.value", "abc123").is("cacheTestResults.deleteResp", true)
		})),
	}
}

func randomRows() []row {
	return []row{
		same(11, "a random number", example("randomNumber", nil, func(g *got) { g.random() })),
		same(19, "another one", func(t *testing.T) {
			s := open(t, nil)
			a, _ := s.run("randomNumber", nil).random().at("randomNumber")
			if b, _ := s.run("randomNumber", nil).random().at("randomNumber"); a == b {
				t.Errorf("got %v twice", a)
			}
		}),
	}
}

func recursiveRows() []row {
	return []row{otherwise(9, "an action runs another one and adds to its answer", "c.Run", func(t *testing.T) {
		a := runs("recursiveAction", func(ctx context.Context, c *dispatch.Connection) (any, error) {
			got, err := c.Run(ctx, "randomNumber", "", nil)
			if err != nil {
				return nil, err
			}
			out := got.(values)
			out["local"] = true
			return out, nil
		})
		if g := open(t, nil, a).run("recursiveAction", nil).random().is("local", true); !strings.HasPrefix(g.text("stringRandomNumber"), "Your random number is") {
			t.Errorf("got %s", g.body)
		}
	})}
}

func sleepRows() []row {
	return []row{
		same(9, "a second", example("sleepTest", nil, func(g *got) { g.code(200).is("sleepDuration", 1000) })),
		same(15, "another time", example("sleepTest", values{"sleepDuration": 100}, func(g *got) { g.code(200).is("sleepDuration", 100) })),
	}
}

func statusRows() []row {
	return []row{otherwise(9, "how the server is", "its name is its own", example("status", nil, func(g *got) {
		g.code(200).hasNot("error").is("problems", []any{}).is("id", "the-server").is("name", "sidekick")
	}))}
}

func swaggerRows() []row {
	return []row{
		none(51, "automaticRoutes are what the test has set", "it is about the test"),
		otherwise(55, "the document has the actions and routes", "a path keeps its version, and basePath has no slash at its end", func(t *testing.T) {
			many := runs("multiParamTestAction", func(context.Context, *dispatch.Connection) (any, error) { return values{"success": true}, nil }, "one!", "two!", "three!", "four!")
			many.Description = "takes four"
			const path = "/v:apiVersion/one/:one/two/:two/three/:three/four/:four"
			s := open(t, values{"automaticRoutes": []string{"get"}, "routes": values{"get": []any{values{"path": path, "action": "multiParamTestAction"}}}}, many, openapi.Swagger(openapi.SwaggerOptions{}))
			g := s.ask("GET /api/swagger", nil).code(200).is("basePath", "/api").has("host")
			paths, _ := g.at("paths")
			found := false
			for at, v := range paths.(values) {
				if !strings.HasSuffix(at, "/one/{one}/two/{two}/three/{three}/four/{four}") {
					continue
				}
				found = true
				get := v.(values)["get"].(values)
				var names []string
				for _, p := range get["parameters"].([]any) {
					if name := p.(values)["name"].(string); name != "apiVersion" {
						names = append(names, name)
					}
				}
				slices.Sort(names)
				if get["summary"] != "takes four" || !slices.Equal(names, []string{"four", "one", "three", "two"}) {
					t.Errorf("got %v, %v", get["summary"], names)
				}
			}
			if !found {
				t.Errorf("the route is missing: %s", g.body)
			}
		}),
	}
}

func validationRows() []row {
	const number = "what a formatter or validator says is for the program to choose; the example action has others"
	return []row{
		same(9, "no parameters", example("validationTest", nil, func(g *got) { g.code(422).is("error", missing("string")) })),
		same(19, "a number for a string", example("validationTest", values{"string": 87}, func(g *got) { g.code(422).is("error", `Input for parameter "string" failed validation!`) })),
		otherwise(31, "what a validator says is the error", number, says("validator")),
		otherwise(42, "what a formatter says is the error", number, says("formatter")),
		same(53, "a string", example("validationTest", values{"string": "hello"}, func(g *got) { g.code(200).is("string", "hello") })),
	}
}

// says holds that the text of a validator or a formatter reaches the client.
func says(which string) func(*testing.T) {
	return func(t *testing.T) {
		text := fmt.Sprintf("no good, says the %s %d", which, rand.IntN(100))
		a := runs("numbers", func(context.Context, *dispatch.Connection) (any, error) { return nil, nil })
		in := dispatch.Input{}
		if which == "validator" {
			in.Validators = []dispatch.Validator{func(context.Context, any) error { return errors.New(text) }}
		} else {
			in.Formatters = []dispatch.Formatter{func(context.Context, any) (any, error) { return nil, errors.New(text) }}
		}
		a.Inputs = dispatch.Inputs{"number": in}
		open(t, nil, a).run("numbers", values{"number": "x"}).code(422).is("error", text)
	}
}
