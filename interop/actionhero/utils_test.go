package actionhero_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/logctx"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
)

func utilsRows() []row {
	const (
		noMerge = "configurations are structs; a file and the environment change single options"
		noFunc  = "no such function: Go's library has it"
	)
	rows := []row{
		none(7, "sleeping", noFunc),
		none(17, "a list without repetitions", noFunc),
		differs(24, "an object with numbers for names is a list", "an object stays an object; a list of JSON is the parameter payload", func(t *testing.T) {
			s := open(t, nil, echoed("seen", "0", "1", "payload"))
			s.run("seen", values{"0": "a", "1": "b"}).is("params.0", "a").is("params.1", "b")
			s.ask("POST /api/seen", `["a", "b"]`, "Content-Type", "application/json").is("params.payload", []any{"a", "b"})
		}),
		same(30, "an object with other names is none", func(t *testing.T) {
			open(t, nil, echoed("seen", "a", "payload")).run("seen", values{"a": 1}).is("params.a", 1).hasNot("params.payload")
		}),
	}
	for _, line := range []int{46, 53, 60, 69, 77, 85, 94, 100} {
		rows = append(rows, none(line, "objects are merged", noMerge))
	}
	rows = append(rows, none(108, "how late the event loop is", "there is no event loop"))
	rows = append(rows, addressRows()...)
	rows = append(rows,
		same(183, "a path below the prefix of actions", func(t *testing.T) {
			open(t, values{"urlPathForActions": "craz/y/action/path"}).ask("GET /craz/y/action/path/randomNumber", nil).random()
		}),
		same(195, "a path that is not below it", func(t *testing.T) {
			s := open(t, values{"urlPathForActions": "craz/y/action/path"})
			for _, path := range []string{"/craz/y/action/randomNumber", "/craz/y/action/pathx/randomNumber", "/craz/x/action/path/randomNumber"} {
				s.ask("GET "+path, nil).code(404).answers(noFile)
			}
		}),
		same(207, "without a prefix nothing is below it", func(t *testing.T) {
			s := open(t, values{"urlPathForActions": nil, "rootEndpointType": "api"})
			s.ask("GET /randomNumber", nil).random()
			s.ask("GET /api/randomNumber", nil).code(404).is("error", unknown)
		}),
		same(214, "the root is not below it", func(t *testing.T) {
			open(t, nil).ask("GET /", nil).code(200).answers("<h1>The first page</h1>\n")
		}),
		none(223, "the folder of the sources of a compiled file", "a program is one file"),
	)
	rows = append(rows, filterRows([]int{261, 0, 273, 291, 310, 328, 344, 352}, loggedParams, loggedParamsFunc)...)
	rows = append(rows, filterRows([]int{392, 474, 404, 422, 441, 459, 0, 0}, loggedResponse, loggedResponseFunc)...)
	return slices.DeleteFunc(append(rows, none(482, "names of files by a pattern", noFunc)), func(r row) bool { return r.line == 0 })
}

// echoed makes an action that returns its parameters.
func echoed(name string, inputs ...string) dispatch.Action {
	return runs(name, func(_ context.Context, c *dispatch.Connection) (any, error) { return values{"params": c.Params}, nil }, inputs...)
}

// addressRows are about the address and port of the client, as a proxy reports them.
func addressRows() []row {
	const (
		realIP = "the field is named by clientAddr.header"
		noPort = "the port is 0 where nobody tells it"
	)
	told := func(header string, port string, fields ...string) string {
		c, err := clientaddr.New(clientaddr.Options{TrustedProxies: clientaddr.Loopback(), Header: header, PortHeader: port})
		if err != nil {
			return err.Error()
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "127.0.0.1:9"
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		got, _ := c.Of(r)
		return got.String()
	}
	is := func(want, header, port string, fields ...string) func(*testing.T) {
		return func(t *testing.T) {
			if got := told(header, port, fields...); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
	forwarded := func(value, want string) func(*testing.T) { return is(want, "", "", "X-Forwarded-For", value) }
	return []row{
		otherwise(116, "X-Real-IP alone", realIP, is("10.11.12.13:0", "X-Real-IP", "", "X-Real-IP", "10.11.12.13")),
		otherwise(124, "X-Forwarded-For and X-Forwarded-Port", "the port's field is named by clientAddr.portHeader", is("35.36.37.38:80", "", "X-Forwarded-Port", "X-Forwarded-For", "35.36.37.38", "X-Forwarded-Port", "80")),
		same(136, "an IPv6 address and a port", forwarded("[2604:4480::5]:8080", "[2604:4480::5]:8080")),
		differs(143, "an IPv6 address alone", noPort, forwarded("2604:4480::5", "[2604:4480::5]:0")),
		none(150, "a URL with an IPv6 address", "net/url reads URLs"),
		otherwise(157, "what is no address", "it is not believed: the proxy is the client", forwarded("[2604:4480:z:5]:80", "127.0.0.1:9")),
		differs(167, "an IPv6 address with a zone", noPort, forwarded("fe80::1ff:fe23:4567:890a%eth2", "[fe80::1ff:fe23:4567:890a%eth2]:0")),
		same(174, "an IPv6 address with a zone, and a port", forwarded("[fe80::1ff:fe23:4567:890a%eth2]:8080", "[fe80::1ff:fe23:4567:890a%eth2]:8080")),
	}
}

const toFilter = `{"p1": 1, "p2": "s3cr3t",
	"o1": {"o1p1": 1, "o1p2": "also-s3cr3t", "o2": {"o2p1": "this is ok", "o2p2": "extremely-s3cr3t"}},
	"o2": {"name": "another one", "o2p1": "nothing secret"},
	"a1": ["a", "b", "c"], "a2": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}`

// filterRows are about values that a log hides. The lines are, in this order, those of
// the cases for: top-level members, a long list, missing members, nested members, members
// two levels down, a function, short lists of parameters, long lists of parameters. 0
// means that there is no such case.
func filterRows(lines []int, by func(...string) dispatch.Options, byFunc func(...string) dispatch.Options) []row {
	// hides checks that the log shows everything except the named members.
	hides := func(options func(...string) dispatch.Options, names ...string) func(*testing.T) {
		return func(t *testing.T) {
			want := toFilterValues(t)
			for _, name := range names {
				hide(want, strings.Split(name, "."))
			}
			got := logged(t, options(names...))
			long, isList := got["a2"].([]any)
			if !isList && got["a2"] != "11 items" || isList && len(long) != 11 {
				t.Errorf("got the list %v", got["a2"])
			}
			delete(got, "a2")
			delete(want, "a2")
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	}
	return []row{
		same(lines[0], "members are hidden, whatever they are", hides(by, "p1", "p2", "o2")),
		same(lines[1], "of a long list there is its length", func(t *testing.T) {
			if got := logged(t, by()); got["a2"] != "11 items" || len(got["a1"].([]any)) != 3 {
				t.Errorf("got %v", got)
			}
		}),
		same(lines[2], "what is not there is not hidden", hides(by, "p3", "p4", "o1.o3", "o1.o2.p1")),
		same(lines[3], "members of members are hidden", hides(by, "p1", "o1.o1p1", "somethingNotExist")),
		same(lines[4], "two levels below, too", hides(by, "p2", "o1.o2.o2p1", "o1.o2.notThere")),
		same(lines[5], "a function says what is hidden", hides(byFunc, "p1", "p2", "o2")),
		same(lines[6], "short lists are shown", hides(by)),
		differs(lines[7], "of a long list there is its length", "the first 20 elements are shown, and that there are more", func(t *testing.T) {
			if got := logged(t, by()); len(got["a2"].([]any)) != 11 {
				t.Errorf("got %v", got)
			}
		}),
	}
}

func loggedParams(names ...string) dispatch.Options { return dispatch.Options{FilteredParams: names} }

func loggedParamsFunc(names ...string) dispatch.Options {
	return dispatch.Options{FilteredParamsFunc: func(context.Context) []string { return names }}
}

func loggedResponse(names ...string) dispatch.Options {
	return dispatch.Options{LogResponses: true, FilteredResponse: names}
}

func loggedResponseFunc(names ...string) dispatch.Options {
	return dispatch.Options{LogResponses: true, FilteredResponseFunc: func(context.Context) []string { return names }}
}

func toFilterValues(t *testing.T) values {
	t.Helper()
	var v values
	if err := json.Unmarshal([]byte(toFilter), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// hide replaces the member at the path by "[FILTERED]", if there is one.
func hide(in values, path []string) {
	v, there := in[path[0]]
	if !there {
		return
	}
	if members, ok := v.(values); ok && len(path) > 1 {
		hide(members, path[1:])
		return
	}
	in[path[0]] = "[FILTERED]"
}

// logged runs an action that returns its parameters. It returns the members of the logged
// response, if responses are logged, and otherwise the logged parameters.
func logged(t *testing.T, o dispatch.Options) values {
	t.Helper()
	a := runs("seen", func(_ context.Context, c *dispatch.Connection) (any, error) {
		sent := values{}
		for name, value := range c.Params {
			if name != "action" && name != "apiVersion" {
				sent[name] = value
			}
		}
		return sent, nil
	}, "p1", "p2", "o1", "o2", "a1", "a2")
	var log strings.Builder
	o.Actions, o.Logger = []dispatch.Action{a}, slog.New(slog.NewJSONHandler(&log, nil))
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	access, err := accesslog.New(accesslog.Options{Logger: o.Logger})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/seen", strings.NewReader(toFilter))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	access.Handler(d).ServeHTTP(w, r)
	for line := range strings.Lines(log.String()) {
		var record struct {
			Msg              string
			Params, Response values
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		delete(record.Params, "action")
		switch {
		case o.LogResponses && record.Msg == "response":
			return record.Response
		case !o.LogResponses && record.Msg == "request":
			return record.Params
		}
	}
	t.Fatalf("got %d, and the log %s", w.Code, log.String())
	return nil
}

func logRows() []row {
	return []row{
		otherwise(15, "a record is written", "by slog; logctx adds whose request it is about", func(t *testing.T) {
			var log strings.Builder
			logger := slog.New(logctx.New(slog.NewTextHandler(&log, nil)))
			id := ""
			a := runs("works", func(ctx context.Context, c *dispatch.Connection) (any, error) {
				id = c.MessageID()
				logger.InfoContext(ctx, "hello")
				return nil, nil
			})
			if open(t, nil, a).ask("GET /api/works", nil).code(200); id == "" || !strings.Contains(log.String(), "msg=hello messageId="+id) {
				t.Errorf("got the log %q of the request %q", log.String(), id)
			}
		}),
		none(19, "the loggers can be had", "a program gives its own"),
	}
}
