package sidekick_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
)

// TestNewSurvivesWhatLoadCouldNotRead gives every option values that do not fit, in lists and
// objects too. What Load makes of them, New must refuse or serve, but never panic at.
func TestNewSurvivesWhatLoadCouldNotRead(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it makes many servers")
	}
	base, file := sidekick.Development(), filepath.Join(t.TempDir(), "sidekick.json")
	for _, o := range sidekick.Schema().Options() {
		for _, value := range []string{`[5, {}, "x", null, [], ""]`, `{"a": [5, {}, "x", null], "b": 5, "get": [{}, 7, {"path": 5, "action": "one"}]}`, `-1`} {
			text := nested(o.Path, value)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, origins, loadErr := sidekick.Load(sidekick.LoadOptions{Base: &base, File: file, Environ: []string{"HOME=/root"}})
			cfg.Fingerprint.DangerouslyUnsigned = o.Path != "fingerprint.dangerouslyUnsigned"
			// The pages that show the document take the longest, and most options do not concern them.
			if group, _, _ := strings.Cut(o.Path, "."); group != "docs" && group != "openAPI" && group != "paths" && group != "server" {
				cfg.Docs = nil
			}
			kit, err := sidekick.New(cfg, counting("one"))
			if kit != nil {
				kit.Close()
			}
			if (kit == nil) != (err != nil) || (origins.Join(loadErr, err) == nil) != (loadErr == nil && err == nil) {
				t.Errorf("%s: got %v, %v", text, loadErr, err)
			}
		}
	}
}

// nested returns the object in which a path has a value.
func nested(path, value string) string {
	parts := strings.Split(path, ".")
	return `{"` + strings.Join(parts, `": {"`) + `": ` + value + strings.Repeat("}", len(parts))
}

// TestJoin checks which errors of New count beside those of Load.
func TestJoin(t *testing.T) {
	t.Parallel()
	problem := func(field, where, option string) error {
		return &sidekick.ConfigError{Package: "sidekick", Field: field, Where: where, Option: option, Reason: "wrong"}
	}
	cause := fmt.Errorf("more than its parts: %w, %w", errors.New("a"), errors.New("b"))
	for name, tt := range map[string]struct {
		loaded, made error
		origins      sidekick.Origins
		want         string
	}{
		"none":                           {nil, nil, nil, ""},
		"only loading":                   {problem("a", "", ""), nil, nil, "sidekick: a: wrong"},
		"only making":                    {nil, problem("a", "", ""), nil, "sidekick: a: wrong"},
		"the same":                       {problem("a", "", ""), problem("a", "", ""), nil, "sidekick: a: wrong"},
		"two":                            {problem("a", "", "a"), problem("ab", "", ""), nil, "sidekick: a: wrong\nsidekick: ab: wrong"},
		"what follows":                   {problem("log.x", "file f:1:2", "log.format"), problem("log.format", "", ""), nil, "file f:1:2: sidekick: log.x: wrong"},
		"of an element":                  {problem("static.cache[1].x", "", "static.cache[1]"), errors.Join(problem("static.cache[1].pattern", "", ""), problem("static.cache[0].pattern", "", ""), problem("static.cache", "", "")), nil, "sidekick: static.cache[1].x: wrong\nsidekick: static.cache[0].pattern (SIDEKICK_STATIC_CACHE): wrong"},
		"of a name in quotes":            {problem("m.a", "", "headers.set.a"), problem(`headers.set["a"]`, "", ""), nil, "sidekick: m.a: wrong"},
		"of a route":                     {problem("r", "", "actions.routes[1].path"), errors.Join(problem("actions.routes[1] (get /a(b)).path", "", ""), problem("actions.routes[1] (get /).action", "", "")), nil, "sidekick: r: wrong\nsidekick: actions.routes[1] (get /).action (SIDEKICK_ACTIONS_ROUTES): wrong"},
		"the same option from elsewhere": {problem("log.x", "file f:1:2", "log.format"), problem("log.format", "", ""), sidekick.Origins{"log.format": "environment SIDEKICK_LOG_FORMAT"}, "file f:1:2: sidekick: log.x: wrong\nenvironment SIDEKICK_LOG_FORMAT: sidekick: log.format: wrong"},
		"an error that is no problem":    {problem("a", "", "a"), cause, nil, "sidekick: a: wrong\nmore than its parts: a, b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := tt.origins.Join(tt.loaded, tt.made); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
