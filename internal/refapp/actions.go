package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/actions"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

type (
	conn = dispatch.Connection
	runs = func(context.Context, *conn) (any, error)
)

// coded is an error whose code comes from a request; it becomes the status only if
// it is a valid one.
func coded(message, code string) error {
	status, _ := parseInt(code).(int64)
	return &envelope.Error{Status: int(status), Message: message}
}

func simple(name string, do runs) dispatch.Action {
	return dispatch.Action{Name: name, Description: "reference action " + name, Run: do}
}

func optional(names ...string) dispatch.Inputs {
	in := dispatch.Inputs{}
	for _, name := range names {
		in[name] = dispatch.Input{}
	}
	return in
}

// allActions returns the app's actions. multiples is the setting of the form
// parser, which decides how echo shows fields that were sent once. With
// alwaysOK the code of an error does not set the status. They are one table.
func allActions(multiples, alwaysOK bool) []dispatch.Action {
	list := actions.All("reference")
	list = append(list, echo(multiples),
		simple("empty", func(context.Context, *conn) (any, error) { return nil, nil }),
		simple("failString", func(context.Context, *conn) (any, error) { return nil, errors.New("broken") }),
		simple("failError", func(context.Context, *conn) (any, error) { return nil, errors.New("broken") }),
		simple("failObject", func(context.Context, *conn) (any, error) {
			return nil, &envelope.Error{Value: map[string]any{"error": "broken", "reason": "stuff"}}
		}),
		failCode(alwaysOK), setStatus(),
		simple("setHeaders", func(_ context.Context, c *conn) (any, error) {
			c.SetHeader("thing", "A")
			c.SetHeader("thing", "B")
			c.SetHeader("Thing", "C")
			c.AddCookie(&http.Cookie{Name: "value_1", Value: "1"})
			c.AddCookie(&http.Cookie{Name: "value_2", Value: "2"})
			c.SetHeader("X-Direct", "yes")
			return nil, nil
		}),
		pipe(),
		simple("customRender", func(_ context.Context, c *conn) (any, error) {
			w := c.ResponseWriter()
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusAccepted)
			_, err := fmt.Fprint(w, "rendered by hand")
			return nil, err
		}),
		simple("text", func(_ context.Context, c *conn) (any, error) {
			c.SetHeader("Content-Type", "text/plain")
			return "plain words", nil
		}),
		mime(),
		simple("blocked", func(context.Context, *conn) (any, error) { return map[string]any{"ran": true}, nil }),
		simple("logo", func(_ context.Context, c *conn) (any, error) { return nil, c.SendFile("logo/pixel.gif") }),
		simple("missingFile", func(_ context.Context, c *conn) (any, error) { return nil, c.SendFile("logo/not-there.gif") }),
		simple("unicode", func(context.Context, *conn) (any, error) {
			return map[string]any{
				"text":   "Ünïcødé ☃ 𝄞 </script> & <b> \u2028 \u2029 \" \\ \u0001",
				"number": 1e21, "small": 1e-7, "float": 0.1, "int": int64(9007199254740991), "yes": true, "nothing": nil,
			}, nil
		}),
		simple("list", func(context.Context, *conn) (any, error) {
			return map[string]any{
				"list":   []any{1, "two", map[string]any{"three": []any{3}}},
				"nested": map[string]any{"deep": map[string]any{"deeper": []any{}}},
			}, nil
		}),
		inputs(), login("1", "user_id", 1), login("2", "userID", 2), login("three", "userID", "three"),
		ordered(),
		simple("refused", func(context.Context, *conn) (any, error) { return map[string]any{"ran": true}, nil }),
		simple("skipped", func(context.Context, *conn) (any, error) { return map[string]any{"ran": true}, nil }),
		simple("recursive", func(ctx context.Context, c *conn) (any, error) {
			inner, err := c.Run(ctx, "list", "", nil)
			return map[string]any{"local": true, "inner": inner}, err
		}),
	)
	for i := range list {
		list[i].MatchExtensionMIMEType = true // Actionhero's default
		restrict(&list[i])
	}
	return list
}

// restrict adds what keeps some actions from running.
func restrict(a *dispatch.Action) {
	switch a.Name {
	case "blocked":
		a.BlockedConnectionTypes = []string{"web"}
	case "refused":
		a.Middleware = []dispatch.Middleware{{Name: "refuse", Before: func(context.Context, *conn) error {
			return envelope.Errorf(http.StatusForbidden, "not allowed")
		}}}
	case "skipped":
		a.Middleware = []dispatch.Middleware{{Name: "skip", Before: func(_ context.Context, c *conn) error {
			c.Stop(map[string]any{"skipped": true})
			return nil
		}}}
	}
}

// echo shows what it was sent.
func echo(multiples bool) dispatch.Action {
	a := simple("echo", func(_ context.Context, c *conn) (any, error) { return map[string]any{"seen": seen(c, multiples)}, nil })
	a.Inputs = optional("key", "value", "list", "obj", "payload", "userID", "id", "term", "limit",
		"offset", "path", "a", "b", "c", "key1", "key2")
	for _, name := range []string{"image", "file1", "file2"} {
		a.Inputs[name] = dispatch.Input{File: true}
	}
	return a
}

func failCode(alwaysOK bool) dispatch.Action {
	a := simple("failCode", func(_ context.Context, c *conn) (any, error) {
		code := fmt.Sprint(c.Params["code"])
		// In Actionhero every code from 100 to 599 sets the status; here an error sets 400 to 599.
		if status, _ := parseInt(code).(int64); !alwaysOK && 200 <= status && status < 400 {
			c.SetStatus(int(status))
		}
		return nil, coded("failed with "+code, code)
	})
	a.Inputs = dispatch.Inputs{"code": {Required: true}}
	return a
}

func setStatus() dispatch.Action {
	a := simple("setStatus", func(_ context.Context, c *conn) (any, error) {
		code, _ := c.Params["code"].(int64)
		// 200 is the initial status of every response.
		if code != http.StatusOK {
			c.SetStatus(int(code))
		}
		if fail, _ := c.Params.String("fail"); fail != "" {
			return nil, errors.New("failed on purpose")
		}
		return map[string]any{"set": code}, nil
	})
	a.Inputs = dispatch.Inputs{
		"code": {Required: true, Default: 200, Formatters: []dispatch.Formatter{dispatch.ToInt}},
		"fail": {},
	}
	return a
}

func pipe() dispatch.Action {
	a := simple("pipe", func(_ context.Context, c *conn) (any, error) {
		switch mode, _ := c.Params.String("mode"); mode {
		case "string":
			return nil, c.Pipe("a string", map[string]string{"custom-header": "cool"})
		case "buffer":
			return nil, c.Pipe([]byte{0, 1, 2, 254, 255}, map[string]string{"custom-header": "still-cool"})
		case "contentType":
			return nil, c.Pipe("just some good, old-fashioned words", map[string]string{"Content-Type": "text/plain", "custom-header": "words"})
		default:
			return nil, &envelope.Error{Message: "I do not know this mode"}
		}
	})
	a.Inputs = dispatch.Inputs{"mode": {Required: true}}
	return a
}

func mime() dispatch.Action {
	a := simple("mime", func(_ context.Context, c *conn) (any, error) {
		key, _ := c.Params.String("key")
		if key == "fail" {
			return nil, errors.New("failed")
		}
		out := map[string]any{"matchedRoute": matchedRoute(c), "key": key}
		if p, sent := c.Params["path"]; sent {
			out["path"] = p
		}
		return out, nil
	})
	a.Inputs = dispatch.Inputs{"key": {Required: true}, "path": {}}
	return a
}

// parseInt reads the digits at the start of a string, as JavaScript does; without
// digits it is NaN.
func parseInt(v any) any {
	s := strings.TrimSpace(fmt.Sprint(v))
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// number converts a string like JavaScript's Number: a blank string is 0.
func number(v any) (float64, bool) {
	s := strings.TrimSpace(fmt.Sprint(v))
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func inputs() dispatch.Action {
	a := simple("inputs", func(_ context.Context, c *conn) (any, error) { return map[string]any{"params": c.Params}, nil })
	format := func(f func(any) any) []dispatch.Formatter {
		return []dispatch.Formatter{func(_ context.Context, v any) (any, error) { return f(v), nil }}
	}
	whole := format(parseInt)
	refuse := func(bad func(any) bool, err error) dispatch.Validator {
		return func(_ context.Context, v any) error {
			if bad(v) {
				return err
			}
			return nil
		}
	}
	always := func(any) bool { return true }
	a.Inputs = dispatch.Inputs{
		"need":  {Required: true},
		"word":  {Default: "hello"},
		"made":  {DefaultFunc: func(context.Context) any { return "made at run time" }},
		"upper": {Formatters: format(func(v any) any { return strings.ToUpper(fmt.Sprint(v)) })},
		"chain": {Formatters: append(
			format(func(v any) any { return fmt.Sprint(v) + "1" }),
			format(func(v any) any { return fmt.Sprint(v) + "2" })...)},
		"count": {Formatters: whole, Validators: []dispatch.Validator{
			refuse(func(v any) bool { f, ok := v.(float64); return ok && math.IsNaN(f) }, errors.New("count must be a number")),
		}},
		"even": {Validators: []dispatch.Validator{
			refuse(func(v any) bool { n, ok := number(v); return !ok || math.Mod(n, 2) != 0 }, &envelope.Error{Status: 422, Message: `Input for parameter "even" failed validation!`}),
		}},
		"thrown":    {Validators: []dispatch.Validator{refuse(always, errors.New("validator threw"))}},
		"badFormat": {Formatters: []dispatch.Formatter{func(context.Context, any) (any, error) { return nil, errors.New("formatter threw") }}},
		"two": {Validators: []dispatch.Validator{
			refuse(func(v any) bool { return v == "x" }, errors.New("first says no")),
			refuse(func(v any) bool { return len(fmt.Sprint(v)) >= 3 }, errors.New("second says no")),
		}},
		"coded": {Validators: []dispatch.Validator{refuse(always, coded("teapot", "418"))}},
		"nested": {Schema: dispatch.Inputs{
			"inner": {Required: true},
			"other": {Default: "other"},
			"num": {Formatters: format(func(v any) any {
				if n, ok := parseInt(v).(int64); ok {
					return n
				}
				return nil // what JSON.stringify makes of NaN
			})},
		}},
	}
	return a
}

func login(version, key string, shown any) dispatch.Action {
	a := simple("login", func(_ context.Context, c *conn) (any, error) {
		return map[string]any{"user": c.Params[key], "version": shown}, nil
	})
	a.Version = version
	a.Inputs = dispatch.Inputs{key: {Required: true}}
	return a
}

type traceKey struct{}

func ordered() dispatch.Action {
	trace := func(c *conn, word string) []string {
		words, _ := c.Value(traceKey{}).([]string)
		words = append(words, word)
		c.Set(traceKey{}, words)
		return words
	}
	a := simple("ordered", func(_ context.Context, c *conn) (any, error) {
		trace(c, "run")
		return map[string]any{"added": c.Params["added"]}, nil
	})
	a.Inputs = optional("added")
	a.Middleware = []dispatch.Middleware{{
		Name: "inner", Priority: 20,
		Before: func(_ context.Context, c *conn) error {
			trace(c, "inner pre")
			c.Params["added"] = "by middleware"
			return nil
		},
		After: func(_ context.Context, c *conn, result any) (any, error) {
			trace(c, "inner post")
			return result, nil
		},
	}, {
		Name: "outer", Priority: 10,
		Before: func(_ context.Context, c *conn) error {
			trace(c, "outer pre")
			return nil
		},
		After: func(_ context.Context, c *conn, result any) (any, error) {
			result.(map[string]any)["trace"] = trace(c, "outer post")
			return result, nil
		},
	}}
	return a
}

// seen returns what the action and the connection saw, in the form of the recorded
// app.
func seen(c *conn, multiples bool) map[string]any {
	out := map[string]any{
		"params":       shownParams(c.Params),
		"raw":          raw(c, multiples),
		"method":       c.Method(),
		"cookies":      cookies(c),
		"extension":    nil,
		"matchedRoute": matchedRoute(c),
		"type":         c.Type(),
		"remoteIP":     c.Remote().Addr().String(),
		"canChat":      false,
	}
	if ext, ok := c.Extension(); ok {
		out["extension"] = ext
	}
	return out
}

// cookies shows them as Actionhero does, which cuts a value at its first "=".
func cookies(c *conn) map[string]string {
	all := c.Cookies()
	for name, value := range all {
		all[name], _, _ = strings.Cut(value, "=")
	}
	return all
}

func matchedRoute(c *conn) any {
	if r, ok := c.MatchedRoute(); ok {
		return r
	}
	return nil
}

func fileFacts(files ...*upload.File) any {
	list := make([]any, len(files))
	for i, f := range files {
		list[i] = map[string]any{"name": f.Name, "type": f.Type, "size": f.Size}
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func shownParams(p params.Values) map[string]any {
	out := map[string]any{}
	for name, v := range p {
		switch v := v.(type) {
		case *upload.File:
			v2 := fileFacts(v)
			out[name] = v2
		case []*upload.File:
			list := make([]any, len(v))
			for i, f := range v {
				list[i] = fileFacts(f)
			}
			out[name] = list
		default:
			out[name] = v
		}
	}
	return out
}

// plain shows fields that were given once as plain values, others as lists.
func plain(v url.Values) map[string]any {
	out := map[string]any{}
	for name, values := range v {
		if len(values) == 1 {
			out[name] = values[0]
		} else {
			out[name] = values
		}
	}
	return out
}

// raw shows what was sent. A body is shown as Actionhero's form parser returns it:
// the last value of each name, or lists if multiples is on.
func raw(c *conn, multiples bool) map[string]any {
	out := map[string]any{"query": plain(c.RawQuery())}
	if c.Method() == http.MethodGet || c.Method() == http.MethodHead {
		return out
	}
	switch body := c.RawBody().(type) {
	case nil:
		out["body"] = map[string]any{}
	case url.Values:
		fields := map[string]any{}
		for name, values := range body {
			if multiples {
				fields[name] = values
			} else {
				fields[name] = values[len(values)-1]
			}
		}
		out["body"] = fields
	case []any:
		fields := map[string]any{}
		for i, v := range body {
			fields[strconv.Itoa(i)] = v
		}
		out["body"] = fields
	default:
		out["body"] = body
	}
	out["rawBody"] = string(c.RawBytes())
	files := map[string]any{}
	for name, list := range c.RawFiles() {
		if multiples {
			all := make([]any, len(list))
			for i, f := range list {
				all[i] = fileFacts(f)
			}
			files[name] = all
		} else {
			files[name] = fileFacts(list[len(list)-1])
		}
	}
	out["files"] = files
	return out
}
