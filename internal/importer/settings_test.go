package importer_test

import (
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/importer"
)

// The program passes its own tests whatever the project's settings say about hosts, paths and
// blocked connections: each of them decides what a request reaches.
func TestSettingsThatDecideWhatARequestReaches(t *testing.T) {
	t.Parallel()
	const actions = `[{"name": "a", "version": 1}, {"name": "blocked", "version": 1, "blockedConnectionTypes": ["web"]}]`
	const routes = `[{"method": "get", "path": "/x/:id", "action": "a"}, {"method": "post", "path": "/Public/up", "action": "a"}, {"method": "get", "path": "file/:one", "action": "a"},
		{"method": "get", "path": "/publicity", "action": "a"}, {"method": "get", "path": "/blocked", "action": "blocked"}]`
	for name, tt := range map[string]struct {
		web       string
		rows, not []string // in server_test.go
		moving    []string
	}{
		"a host with a scheme, and actions at the root": {
			`{"allowedRequestHosts": ["https://x.example.com", "http://y.example.com"], "secure": true, "urlPathForActions": null, "rootEndpointType": "api"}`,
			[]string{`"" + "/x/1"`, `"" + "/publicity"`}, []string{"/Public/up", "/file/", "blocked"},
			[]string{"| the route post /Public/up | files have its path", "| the route get file/:one | files have its path"},
		},
		"a host with a port, and actions below files": {
			`{"allowedRequestHosts": ["http://x.example.com:8080"], "urlPathForActions": "public/api", "urlPathForFiles": "/public/", "rootEndpointType": "file"}`,
			[]string{`"/public/api" + "/x/1"`, `"/public/api" + "/Public/up"`, `"/public/api" + "/file/1"`}, []string{"blocked"}, []string{"| urlPathForFiles | actions answer at or below /public"},
		},
		"a host without a scheme, and actions at two paths": {
			`{"allowedRequestHosts": ["x.example.com"], "rootEndpointType": "api"}`,
			[]string{`"/api" + "/x/1"`, `"/api" + "/file/1"`}, []string{"/Public/up", "blocked"}, []string{"| the route post /Public/up | files have its path"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := importer.Read(strings.NewReader(`{"actions": ` + actions + `, "routes": ` + routes + `, "web": ` + tt.web + `}`))
			if err != nil {
				t.Fatal(err)
			}
			files := generate(t, p)
			for _, want := range tt.rows {
				if !strings.Contains(string(files["server_test.go"]), want) {
					t.Errorf("server_test.go has no %q", want)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(string(files["server_test.go"]), not) {
					t.Errorf("server_test.go has %q", not)
				}
			}
			for _, want := range tt.moving {
				if !strings.Contains(string(files["MOVING.md"]), want) {
					t.Errorf("MOVING.md has no %q", want)
				}
			}
			if strings.Contains(string(files["MOVING.md"]), "| allowedRequestHosts") {
				t.Error("the hosts were not taken over")
			}
			goes(t, write(t, files), "test", "-ldflags=-s -w", ".")
		})
	}
}
