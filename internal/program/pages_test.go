package program

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPagesAreSelfContained checks that the built-in pages work under the policy
// "default-src 'self'": nothing inline, nothing from other hosts, nothing missing.
func TestPagesAreSelfContained(t *testing.T) {
	var (
		inline  = regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(?:\s+type="[a-z]+")?>`)
		loaded  = regexp.MustCompile(`<(?:script|img|link|iframe)\b[^>]*?\b(?:src|href)="([^"]*)"`)
		modules = regexp.MustCompile(`\bfrom "([^"]*)"`)
		links   = regexp.MustCompile(`<a\b[^>]*\bhref="([^"]*)"`)
	)
	pages, err := filepath.Glob("public/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatalf("found the pages %q, %v", pages, err)
	}
	scripts, err := filepath.Glob("public/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(pages, scripts...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(name) == ".html" {
			if found := inline.Find(text); found != nil {
				t.Errorf("%s: inline: %q", name, found)
			}
		}
		for _, m := range append(loaded.FindAllSubmatch(text, -1), modules.FindAllSubmatch(text, -1)...) {
			if _, err := os.Stat(filepath.Join("public", string(m[1]))); err != nil {
				t.Errorf("%s: loads %q: %v", name, m[1], err)
			}
		}
		for _, m := range links.FindAllSubmatch(text, -1) {
			to := string(m[1])
			if strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "#") || strings.HasPrefix(to, "/api/") || to == "/docs/" {
				continue
			}
			if _, err := os.Stat(filepath.Join("public", to)); err != nil {
				t.Errorf("%s: links to %q: %v", name, to, err)
			}
		}
	}
}
