package shadow_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/shadow"
)

func TestPage(t *testing.T) {
	c := newComparer(t, shadow.Options{Old: answers("application/json", `{"a<b>":"<script>"}`), ShowValues: true})
	page := c.Page()
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest("GET", "/any", nil))
	if !strings.Contains(w.Body.String(), "Nothing was compared yet") {
		t.Errorf("before: got %s", w.Body)
	}
	r, rec := facts.Ensure(httptest.NewRequest("GET", "/users/7", nil))
	ask(c, answers("application/json", `{}`), r)

	w = httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	for _, want := range []string{"<td>body</td><th scope=\"row\">a&lt;b&gt;</th><td>&#34;&lt;script&gt;&#34;</td><td>missing</td>", "/users/7 " + rec.MessageID()} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is missing in %s", want, w.Body)
		}
	}
	for name, want := range map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("got the policy %q", got)
	}

	head := httptest.NewRecorder()
	page.ServeHTTP(head, httptest.NewRequest("HEAD", "/", nil))
	if head.Body.Len() > 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") {
		t.Errorf("HEAD: got %v %q", head.Header(), head.Body)
	}
	post := httptest.NewRecorder()
	page.ServeHTTP(post, httptest.NewRequest("POST", "/", nil))
	if post.Code != 405 || post.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d %v", post.Code, post.Header())
	}

	asJSON := httptest.NewRequest("GET", "/", nil)
	asJSON.Header.Set("Accept", "application/json")
	w = httptest.NewRecorder()
	page.ServeHTTP(w, asJSON)
	var got shadow.Report
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Names) != 1 || got.Names[0].Found[0].Path != "a<b>" {
		t.Errorf("as JSON: got %v, %s", err, w.Body)
	}
}
