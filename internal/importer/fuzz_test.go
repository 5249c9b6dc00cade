package importer

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

// Whatever names a project uses, the program is valid Go.
func FuzzGenerate(f *testing.F) {
	f.Add("type", "a\n*/", "a-b", `"x"`, "/a/:b(.*)", `{"a": [1, {"b": null}]}`)
	f.Add("a:b", "`", "ID", `1e400`, "no/slash", `[]`)
	f.Add("é", "\x00", "", `{"a":1}`, "/:", `{"`+"`"+`": "\u2028"}`)
	f.Fuzz(func(t *testing.T, name, description, input, value, path, example string) {
		quoted := func(s string) string {
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		for _, v := range []*string{&value, &example} {
			if !json.Valid([]byte(*v)) {
				*v = "null"
			}
		}
		p, err := Read(strings.NewReader(`{"actions": [{"name": ` + quoted(name) + `, "version": 2, "description": ` + quoted(description) + `, "middleware": [` + quoted(description) + `],
			"inputs": {` + quoted(input) + `: {"required": true, "default": ` + value + `, "formatters": 1}}, "outputExample": ` + example + `}, {"name": "other", "version": 1}],
			"routes": [{"method": "get", "path": ` + quoted(path) + `, "action": ` + quoted(name) + `}]}`))
		if err != nil {
			return
		}
		g := &generator{Options: Options{Module: "example.com/a"}, project: p, config: map[string]any{}, families: map[string][]dispatch.Action{}, noted: map[target]bool{}}
		g.makeActions()
		g.config["routes"] = g.routesOf()
		if _, err := g.execute("server_test.go.tmpl", g.data()); err != nil { // it contains the routes
			t.Error(err)
		}
		for _, a := range g.actions {
			if _, err := g.execute("action.go.tmpl", a); err != nil {
				t.Error(err)
			}
			if name := a.file(); !filepath.IsLocal(name) || strings.Contains(name, "/") || len(name) > 120 {
				t.Errorf("the file is called %q", name)
			}
		}
	})
}
