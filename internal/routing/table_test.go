package routing_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/internal/routing"
)

func TestALiteralIsNotTakenForAVariable(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/a:x", "/:x", "/a:x(.*)", "/q/a:x", "/a:x/b"} {
		variable, err := routing.Parse(path, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"a:1x", ":0x", "a:1x(.*", "\"a\":1x", "x"} {
			table, conflicts := routing.Compile([]routing.Entry{{Method: "GET", Pattern: variable}, {Method: "POST", Pattern: routing.Literal(text)}})
			if len(conflicts) > 0 {
				t.Fatal(conflicts)
			}
			for sent, want := range map[string]int{"/" + text: 1, "/azzz": -1, "/zzz": -1} {
				got, _, vars, err := table.Match("POST", sent, true, nil)
				if err != nil || got != want || len(vars) > 0 {
					t.Errorf("routes GET %s and POST /%s: POST %s matches entry %d with the variables %v (%v), want entry %d without any", path, text, sent, got, vars, err, want)
				}
			}
		}
	}
}
