package program

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestImport(t *testing.T) {
	swagger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/swagger" && r.URL.Path != "/other" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, `{"swagger": "2.0", "paths": {"/status": {"get": {"tags": ["status"], "summary": "tells how it is", "parameters": []}}}}`)
	}))
	defer swagger.Close()
	dir := t.TempDir()
	project, full := filepath.Join(dir, "project.json"), filepath.Join(dir, "full")
	for name, text := range map[string]string{project: `{"actions": [{"name": "a", "version": 1}]}`, filepath.Join(full, "x"): ""} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const module = "example.com/a"
	for _, tt := range []struct {
		name string
		args []string
		exit int
		says string // on either output
		file string // that is written
	}{
		{"a project", []string{"-project", project, "-out", "OUT", "-module", module}, exitOK, "files are in ", "a_action.go"},
		{"a server", []string{"-server", swagger.URL, "-out", "OUT", "-module", module}, exitOK, "files are in ", "status_action.go"},
		{"its swagger action", []string{"-server", swagger.URL + "/other", "-out", "OUT", "-module", module}, exitOK, "files are in ", "status_action.go"},
		{"the script", []string{"-script"}, exitOK, "new Process().initialize()", ""},
		{"help", []string{"-help"}, exitOK, "-module path", ""},
		{"a server that is none", []string{"-server", "localhost", "-out", "OUT", "-module", module}, exitFailed, "want a URL", ""},
		{"a server without a swagger action", []string{"-server", swagger.URL + "/none", "-out", "OUT", "-module", module}, exitFailed, "answers 404", ""},
		{"a file that is not there", []string{"-project", filepath.Join(dir, "none"), "-out", "OUT", "-module", module}, exitFailed, "no such file", ""},
		{"a folder with something in it", []string{"-project", project, "-out", full, "-module", module}, exitFailed, "is not empty", ""},
		{"a module that is none", []string{"-project", project, "-out", "OUT", "-module", "a b"}, exitFailed, "want the path of a module", ""},
		{"both", []string{"-project", project, "-server", swagger.URL, "-out", "OUT", "-module", module}, exitUsage, "one of -project and -server", ""},
		{"nothing", nil, exitUsage, "see sidekick import -help", ""},
		{"an unknown flag", []string{"-nope"}, exitUsage, "-nope", ""},
		{"an argument", []string{"-script", "x"}, exitUsage, `unexpected argument "x"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "a", "b")
			args := []string{"import"}
			for _, a := range tt.args {
				args = append(args, strings.ReplaceAll(a, "OUT", out))
			}
			var said strings.Builder
			if exit := Run(args, &said, &said, nil); exit != tt.exit || !strings.Contains(said.String(), tt.says) {
				t.Errorf("got %d: %s", exit, said.String())
			}
			if _, err := os.Stat(filepath.Join(out, tt.file)); (err == nil) != (tt.file != "") {
				t.Errorf("the file: %v", err)
			}
		})
	}
}
