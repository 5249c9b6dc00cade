package sidekick_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

// What an action hides appears nowhere: in no response, and neither in the access log,
// with queries and in both of its forms, nor in the records of what went wrong. Development
// shows the most.
func TestSecretsAppearNowhere(t *testing.T) {
	const secret = "hunter2"
	form, text := "application/x-www-form-urlencoded", "application/json"
	for _, tt := range []struct{ name, method, target, contentType, body string }{
		{"in a query", "GET", "/api/takes?key=" + secret + "&value=a", "", ""},
		{"an action's own", "GET", "/api/takes?pin=" + secret, "", ""},
		{"of a single request", "GET", "/api/takes?tenant=" + secret, "", ""},
		{"of a single request, with a name that is escaped", "GET", "/api/takes?%74enant=" + secret, "", ""},
		{"nested", "GET", "/api/takes?user[password]=" + secret + "&user.password=" + secret, "", ""},
		{"nested and escaped", "GET", "/api/takes?user%5Bp%61ssword%5D=" + secret, "", ""},
		{"in a list", "GET", "/api/takes?user[0][password]=" + secret, "", ""},
		{"in JSON in a query", "GET", "/api/takes?user=%7B%22password%22:%22" + secret + "%22%7D", "", ""},
		{"in another case", "GET", "/api/takes?KEY=" + secret, "", ""},
		{"after a semicolon", "GET", "/api/takes?key=a;" + secret, "", ""},
		{"to no action", "GET", "/api/none?key=" + secret, "", ""},
		{"to an action that fails", "GET", "/api/fails?key=" + secret, "", ""},
		{"to an action that panics", "GET", "/api/panics?key=" + secret, "", ""},
		{"of the wrong kind", "GET", "/api/typed?key=" + secret, "", ""},
		{"to a file", "GET", "/none.txt?key=" + secret, "", ""},
		{"in a path", "GET", "/api/reset/" + secret, "", ""},
		{"in a path, escaped", "GET", "/api/reset/h%75nter2/", "", ""},
		{"in the rest of a path", "GET", "/api/rest/a/" + secret + "/b", "", ""},
		{"in the path of an action that fails", "POST", "/api/fails/" + secret, "", ""},
		{"in the path of a typed action", "GET", "/api/typed/" + secret, "", ""},
		{"in a broken query", "GET", "/api/takes?key=" + secret + "%zz", "", ""},
		{"in a broken escape", "GET", "/api/takes?%6bey=" + "%" + secret, "", ""},
		{"in a query that is not UTF-8", "GET", "/api/takes?key=" + secret + "%ff", "", ""},
		{"in a broken query with a broken name", "GET", "/api/takes?a=%zz&user[password]=" + secret, "", ""},
		{"in broken JSON", "POST", "/api/takes", text, `{"key":"` + secret + `"`},
		{"in JSON without quotes", "POST", "/api/takes", text, `{"key":` + secret + `}`},
		{"in broken JSON, with an escaped name", "POST", "/api/takes", text, `{"k\u0065y":"` + secret + `",}`},
		{"in broken JSON, deeper", "POST", "/api/takes", text, `{"user":{"password":"` + secret + `"},}`},
		{"in broken JSON, for a typed action", "POST", "/api/typed", text, `{"key":"` + secret + `",}`},
		{"in broken JSON, to no action", "POST", "/api", text, `{"key":"` + secret + `",}`},
		{"in JSON of the wrong kind", "POST", "/api/typed", text, `{"key":"` + secret + `"}`},
		{"in a broken form", "POST", "/api/takes", form, "key=" + secret + "%zz"},
		{"in a form that is not UTF-8", "POST", "/api/takes", form, "a=1&%6Bey=" + secret + "%ff"},
		{"in a multipart form that is not UTF-8", "POST", "/api/takes", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n" + secret + "\xff\r\n--b--\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var records, lines bytes.Buffer
			cfg := sidekick.Development()
			cfg.Logger = slog.New(slog.NewJSONHandler(&records, &slog.HandlerOptions{Level: slog.LevelDebug}))
			cfg.AccessLog.Combined, cfg.AccessLog.LogQuery = &lines, true
			cfg.Actions.FilteredParams = []string{"key", "user.password"}
			cfg.Actions.FilteredParamsFunc = func(context.Context) []string { return []string{"tenant"} }
			inputs := dispatch.Inputs{"key": {}, "user": {}, "value": {}, "pin": {}, "tenant": {}}
			run := func(context.Context, *dispatch.Connection) (any, error) { return map[string]any{}, nil }
			cfg.Actions.Routes = dispatch.Routes{
				{Method: "get", Path: "/reset/:key", Action: "takes"},
				{Method: "get", Path: "/rest/:key", Action: "takes", MatchTrailingPathParts: true},
				{Method: "post", Path: "/fails/:pin", Action: "fails"},
				{Method: "get", Path: "/typed/:key", Action: "typed"},
			}
			kit := newKit(t, cfg,
				dispatch.Action{Name: "takes", Inputs: inputs, FilteredParams: []string{"pin"}, Run: run},
				dispatch.Action{Name: "fails", Inputs: inputs, FilteredParams: []string{"pin"}, Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, errors.New("no") }},
				dispatch.Action{Name: "panics", Inputs: inputs, Run: func(context.Context, *dispatch.Connection) (any, error) { panic("no") }},
				dispatch.Typed("typed", func(_ context.Context, in struct {
					Key int `json:"key"`
				}) (int, error) {
					return in.Key, nil
				}),
			)
			r := httptest.NewRequest(tt.method, "/", strings.NewReader(tt.body))
			path, query, _ := strings.Cut(tt.target, "?")
			r.URL.Path, r.URL.RawQuery = strings.ReplaceAll(path, "%75", "u"), query
			if strings.Contains(path, "%") {
				r.URL.RawPath = path
			}
			r.RequestURI = tt.target
			r.Header.Set("Content-Type", tt.contentType)
			if tt.contentType == "" {
				r.Header.Del("Content-Type")
			}
			r.Header.Set("Referer", "https://a.example"+tt.target)
			w := httptest.NewRecorder()
			kit.ServeHTTP(w, r)
			for where, text := range map[string]string{"the response": fmt.Sprint(w.Header(), w.Body), "the records": records.String(), "the lines": lines.String()} {
				for _, part := range []string{secret, "h%75nter2", secret[:2] + "%", `%h`} {
					if strings.Contains(text, part) {
						t.Errorf("%q is in %s: %s", part, where, text)
					}
				}
			}
			if !strings.Contains(records.String(), `"msg":"request"`) || lines.Len() == 0 {
				t.Errorf("logged only %s and %s", &records, &lines)
			}
		})
	}
}

// Whoever hides nothing sees where a query or a body is broken, and so does everybody where
// nothing hidden is near.
func TestExcerptsWithoutSecrets(t *testing.T) {
	for _, tt := range []struct {
		body  string
		hides []string
		want  bool
	}{
		{`{"key":"a",}`, nil, true},
		{`{"value":"a",}`, []string{"key"}, true},
		{`{"key":"a",}`, []string{"key"}, false},
		{`{"key":"a",}`, []string{"user.key"}, false},
	} {
		cfg := sidekick.Development()
		cfg.Logger, cfg.Actions.FilteredParams = slog.New(slog.DiscardHandler), tt.hides
		kit := newKit(t, cfg, dispatch.Action{Name: "takes", Inputs: dispatch.Inputs{"key": {}}, Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }})
		r := httptest.NewRequest("POST", "/api/takes", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		kit.ServeHTTP(w, r)
		text, _ := io.ReadAll(w.Body)
		if w.Code != 400 || !bytes.Contains(text, []byte("at byte")) || bytes.Contains(text, []byte("near")) != tt.want {
			t.Errorf("%s without %s: got %d %s", tt.body, tt.hides, w.Code, text)
		}
	}
}
