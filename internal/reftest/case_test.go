package reftest

import (
	"slices"
	"testing"
)

func TestLoad(t *testing.T) {
	cases, wants, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 561 || len(wants) != 102 {
		t.Errorf("got %d cases and %d wants, want 561 and 102", len(cases), len(wants))
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.ID] {
			t.Errorf("%s: twice", c.ID)
		}
		seen[c.ID] = true
		if c.Request.Method == "" || c.Request.Target == "" {
			t.Errorf("%s: no method or target", c.ID)
		}
		if c.Response.Crashed != (c.Response.Status == 0) {
			t.Errorf("%s: neither an answer nor a crash", c.ID)
		}
		if w, ok := wants[c.ID]; ok && w.Why == "" {
			t.Errorf("%s: a want without a reason", c.ID)
		} else if c.Response.Crashed && !w.replaces() {
			t.Errorf("%s: a crash without a want", c.ID)
		}
	}
	if got := variants(cases); len(got) != 19 || got[0] != "default" || !slices.Contains(got, "noEtag") {
		t.Errorf("got the variants %q", got)
	}
}

func TestLoadRefusesUnknownFields(t *testing.T) {
	var w map[string]Want
	if err := strictly([]byte(`{"id": {"why": "w", "stauts": 200}}`), &w); err == nil {
		t.Error("a misspelt field was taken")
	}
}
