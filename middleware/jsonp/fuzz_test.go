package jsonp_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/jsonp"
)

var callbackForm = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*|\[[0-9]+\])*$`)

// FuzzCallback checks that whatever a query says, there is no callback, or it is
// refused, or it is the single plain value of the param, of the documented form, at
// most 128 bytes, and not an object of the page.
func FuzzCallback(f *testing.F) {
	for _, s := range []string{
		"callback=f", "callback=app.done", "callback=cb%5B0%5D", "callback=", "callback", "callback[]=x", "callback[a]=1", "callback=a&callback=b",
		"callback=alert%601%60;x=", "callback=alert(1)//", "callback=opener.document.forms[0].submit", "callback=window.app.done", "callback=window.window.top",
		"%63allback=x", "callback=%zz", "callback=a+b", "x=1;callback=f", "callback=" + strings.Repeat("a", 129), "callback=while", "callback=a[0][1].b&x=1",
	} {
		f.Add(s)
	}
	j, err := jsonp.New(jsonp.Options{})
	if err != nil {
		f.Fatal(err)
	}
	plain, err := jsonp.New(jsonp.Options{PlainNames: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/", RawQuery: query}}
		callback, err := j.Callback(r)
		if err != nil {
			var e *jsonp.CallbackError
			if callback != "" || !errors.As(err, &e) || e.StatusCode() != 400 {
				t.Fatalf("%q: got %q, %v", query, callback, err)
			}
			w := httptest.NewRecorder()
			j.Handler(http.NotFoundHandler()).ServeHTTP(w, r)
			if w.Code != 400 || w.Body.Len() > 100 {
				t.Fatalf("%q: answered %d %q", query, w.Code, w.Body)
			}
			return
		}
		if name, err := plain.Callback(r); err == nil && name != callback || err != nil && !strings.ContainsAny(callback, ".[") {
			t.Errorf("%q: got %q, plain %q, %v", query, callback, name, err)
		}
		// Every reading of the query must agree that this is its only callback.
		if values, err := url.ParseQuery(query); err == nil {
			if got := values["callback"]; len(got) > 1 || len(got) == 1 && got[0] != callback {
				t.Errorf("%q: got %q, url.ParseQuery %q", query, callback, got)
			}
			for key := range values {
				if strings.HasPrefix(key, "callback[") {
					t.Errorf("%q: got %q beside %q", query, callback, key)
				}
			}
		}
		if callback == "" {
			return
		}
		if !callbackForm.MatchString(callback) || len(callback) > 128 {
			t.Errorf("%q: got %q", query, callback)
		}
		path := callback
		for strings.HasPrefix(path, "window.") {
			path = strings.TrimPrefix(path, "window.")
		}
		root := path[:len(path)-len(strings.TrimLeft(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$"))]
		switch root {
		case "opener", "parent", "top", "window", "self", "document", "location", "frames", "globalThis", "localStorage", "navigator", "fetch", "stop":
			t.Errorf("%q: got %q", query, callback)
		}
	})
}
