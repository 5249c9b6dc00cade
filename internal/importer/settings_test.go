package importer_test

import (
	"strings"
	"testing"
)

// The program's own tests ask for what a request reaches, which the project's settings about
// hosts, paths and blocked connections decide.
func TestSettingsThatDecideWhatARequestReaches(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rows, not []string // in server_test.go
		moving    []string
	}{
		"actions-at-root.json": {
			[]string{`"" + "/x/1"`, `"" + "/publicity"`}, []string{"/Public/up", "/file/", "blocked"},
			[]string{"| the route post /Public/up | files have its path", "| the route get file/:one | files have its path"},
		},
		"actions-below-files.json": {
			[]string{`"/public/api" + "/x/1"`, `"/public/api" + "/Public/up"`, `"/public/api" + "/file/1"`}, []string{"blocked"}, []string{"| urlPathForFiles | actions answer at or below /public"},
		},
		"actions-at-two-paths.json": {
			[]string{`"/api" + "/x/1"`, `"/api" + "/file/1"`}, []string{"/Public/up", "blocked"}, []string{"| the route post /Public/up | files have its path"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := generate(t, read(t, name))
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
		})
	}
}
