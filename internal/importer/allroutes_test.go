package importer_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/importer"
)

// registered returns routes as Actionhero's script lists them: the configuration in the given
// order, by method, and each route for all in every list, twice in those of the methods. Those of
// "automaticRoutes": ["all"] are there once.
func registered(config [][3]string) string {
	lists := map[string][]string{}
	methods := []string{"all", "head", "get", "patch", "post", "put", "delete"}
	for _, r := range config {
		add := func(method string) {
			lists[method] = append(lists[method], fmt.Sprintf(`{"method": %q, "path": %q, "action": %q, "matchTrailingPathParts": %v}`, method, r[1], r[2], strings.HasSuffix(r[1], "(.*)")))
		}
		if r[0] != "all" && r[0] != "automatic" {
			add(r[0])
			continue
		}
		for _, method := range methods {
			if r[0] == "automatic" {
				add(method)
				continue
			}
			if add(method); method == "all" {
				for _, other := range methods[1:] {
					add(other)
				}
			}
		}
	}
	var out []string
	for _, method := range methods {
		out = append(out, lists[method]...)
	}
	return strings.Join(out, ",\n")
}

// Routes for all methods are written once if their place allows it. The order of the routes that a
// request may match stays, and MOVING.md has only those that never matched.
func TestRoutesForAllMethods(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		web    string
		config [][3]string
		want   string // the routes of the program, by method
		moving []string
	}{
		{"alone", `{}`, [][3]string{{"all", "/x/:id", "a"}, {"all", "/y", "b"}}, "all /x/:id a, all /y b", nil},
		{"behind others", `{}`, [][3]string{{"get", "/u/:id", "a"}, {"all", "/x", "b"}, {"post", "/z", "a"}}, "all /x b, get /u/:id a, post /z a", nil},
		{"behind one that matches its paths", `{}`, [][3]string{{"get", "/u/:id", "a"}, {"all", "/u/list", "b"}},
			"delete /u/list b, get /u/:id a, head /u/list b, patch /u/list b, post /u/list b, put /u/list b", nil},
		{"the rest", `{}`, [][3]string{{"get", "/x", "a"}, {"all", "/:rest(.*)", "b"}},
			"delete /:rest(.*) b, get /x a, get /:rest(.*) b, head /:rest(.*) b, patch /:rest(.*) b, post /:rest(.*) b, put /:rest(.*) b", nil},
		{"behind another for all", `{}`, [][3]string{{"all", "/:id", "a"}, {"all", "/x", "b"}}, "all /:id a", []string{"| the route all /x | "}},
		{"to no action", `{}`, [][3]string{{"get", "/x", "a"}, {"all", "/:id", "gone"}}, "get /x a", []string{"| the route all /:id | "}},
		{"with automatic ones", `{"automaticRoutes": ["get", "post"]}`, [][3]string{{"all", "/a", "a"}, {"get", "/:id", "b"}, {"get", "/a", "a"}, {"get", "/b", "b"}, {"post", "/a", "a"}, {"post", "/b", "b"}}, "all /a a, get /:id b", nil},
		{"all automatic", `{"automaticRoutes": ["all"]}`, [][3]string{{"get", "/:id", "b"}, {"automatic", "/a", "a"}, {"automatic", "/b", "b"}}, "get /:id b", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := importer.Read(strings.NewReader(`{"actions": [{"name": "a", "version": 1}, {"name": "b", "version": 1}], "web": ` + tt.web + `, "routes": [` + registered(tt.config) + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			files, err := importer.Generate(p, importer.Options{Module: "example.com/a", Version: "v1.0.0"})
			if err != nil {
				t.Fatal(err)
			}
			var config struct {
				Routes map[string][]struct{ Path, Action string }
			}
			if err := json.Unmarshal(files["sidekick.json"], &config); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, method := range []string{"all", "delete", "get", "head", "patch", "post", "put"} {
				for _, r := range config.Routes[method] {
					got = append(got, method+" "+r.Path+" "+r.Action)
				}
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("got the routes\n%s, want\n%s", text, tt.want)
			}
			var rows []string
			for line := range strings.Lines(string(files["MOVING.md"])) {
				if strings.HasPrefix(line, "| the route ") {
					rows = append(rows, line)
				}
			}
			if !slices.EqualFunc(rows, tt.moving, strings.HasPrefix) {
				t.Errorf("MOVING.md has %q, want %q", rows, tt.moving)
			}
		})
	}
}
