package jsonp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/jsonp"
)

func newWrapper(t testing.TB, o jsonp.Options) *jsonp.Wrapper {
	t.Helper()
	j, err := jsonp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// jsonpAnswer is a response read to its end.
type jsonpAnswer struct {
	*http.Response
	body string
	err  error // of the connection
}

// jsonpAsk sends one request to a new server.
func jsonpAsk(t *testing.T, h http.Handler, method, target string, header ...string) jsonpAnswer {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	defer s.Close()
	s.Client().Transport.(*http.Transport).DisableCompression = true
	s.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := http.NewRequest(method, s.URL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		return jsonpAnswer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return jsonpAnswer{resp, string(body), err}
}

// jsonpJSON answers with body as JSON.
func jsonpJSON(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}
}

func TestMatrix(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	t.Run("no callback", func(t *testing.T) { respwtest.Run(t, j.Handler) })
	t.Run("nothing to wrap", func(t *testing.T) {
		respwtest.Matrix{Piece: j.Handler, Prepare: func(r *http.Request) {
			if r.Header.Get("Range") == "" { // a callback removes it
				r.URL.RawQuery = "callback=f"
			}
		}}.Run(t)
	})
}

// However the JSON is written, the script is the same.
func TestWrapperWraps(t *testing.T) {
	name := filepath.Join(t.TempDir(), "data.json")
	long := `{"list":["` + strings.Repeat("some <b>words</b>, \u2028 ", 5000) + `"]}`
	if err := os.WriteFile(name, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	escaped := `/**/cb({"list":["` + strings.Repeat(`some \u003cb>words\u003c/b>, \u2028 `, 5000) + `"]});`
	typed := func(do func(w http.ResponseWriter, r *http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			do(w, r)
		}
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
		length  bool // must be known
	}{
		{"short", typed(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }), `/**/cb({});`, true},
		{"length announced", typed(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(long)))
			w.WriteHeader(200)
			_, _ = io.WriteString(w, long)
		}), escaped, true},
		{"length announced, two pieces", typed(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(long)))
			_, _ = io.WriteString(w, long[:100])
			_, _ = io.WriteString(w, long[100:])
		}), escaped, false},
		{"byte by byte", typed(func(w http.ResponseWriter, _ *http.Request) {
			for i := range len(long) {
				_, _ = io.WriteString(w, long[i:i+1])
			}
		}), escaped, false},
		{"io.Copy", typed(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, strings.NewReader(long)) }), escaped, false},
		{"a file", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }, escaped, false},
		{"flushed before the first byte", typed(func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, `[1]`)
		}), `/**/cb([1]);`, false},
		{"flushed inside of a character", typed(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "\"\xE2\x80")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "\xA9\"")
		}), `/**/cb("\u2029");`, false},
		{"an encoder", typed(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode([]string{"</"}) }), "/**/cb([\"\\u003c/\"]\n);", true},
		{"empty", typed(func(w http.ResponseWriter, _ *http.Request) {}), `/**/cb();`, true},
		{"after 103", typed(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			_, _ = io.WriteString(w, `1`)
		}), `/**/cb(1);`, true},
		{"two WriteHeaders", typed(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			w.WriteHeader(500)
			_, _ = io.WriteString(w, `1`)
			w.WriteHeader(500)
		}), `/**/cb(1);`, true},
		{"two layers", newWrapper(t, jsonp.Options{}).Handler(jsonpJSON(`1`)).ServeHTTP, `/**/cb(1);`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newWrapper(t, jsonp.Options{}).Handler(tt.handler)
			a := jsonpAsk(t, h, "GET", "/?callback=cb")
			if a.err != nil || a.StatusCode != 200 || a.body != tt.want {
				t.Fatalf("got %d bytes %.80q, %v, want %d", len(a.body), a.body, a.err, len(tt.want))
			}
			if a.ContentLength >= 0 && a.ContentLength != int64(len(a.body)) || tt.length && a.ContentLength < 0 {
				t.Errorf("Content-Length: got %d of %d bytes", a.ContentLength, len(a.body))
			}
			head := jsonpAsk(t, h, "HEAD", "/?callback=cb")
			if head.err != nil || head.body != "" || head.Header.Get("Content-Type") != a.Header.Get("Content-Type") ||
				head.ContentLength >= 0 && head.ContentLength != int64(len(a.body)) {
				t.Errorf("HEAD: got %v, length %d of %d, %v", head.Header, head.ContentLength, len(a.body), head.err)
			}
			if plain := jsonpAsk(t, h, "GET", "/?callback="); plain.Header.Get("Content-Type") == a.Header.Get("Content-Type") {
				t.Errorf("empty callback: got %v", plain.Header)
			}
		})
	}
}

func TestWrapperTypes(t *testing.T) {
	for _, tt := range []struct {
		mediaType string
		want      bool
	}{
		{"application/json", true},
		{"Application/JSON;charset=UTF-8", true},
		{"text/json", true},
		{"application/problem+json", true},
		{"application/json; charset=us-ascii", true},
		{"application/json; charset=utf-16", false},
		{"application/jsonp", false},
		{"application/x-ndjson", false},
		{"application/json-seq", false},
		{"text/plain", false},
		{"", false},
		{"application/json; charset", false},
	} {
		t.Run(tt.mediaType, func(t *testing.T) {
			a := jsonpAsk(t, newWrapper(t, jsonp.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{tt.mediaType}
				_, _ = io.WriteString(w, `{}`)
			})), "GET", "/?callback=f")
			if got := a.body == `/**/f({});`; got != tt.want {
				t.Errorf("got %q", a.body)
			}
		})
	}
}

func TestWrapperOptions(t *testing.T) {
	t.Run("problems", func(t *testing.T) {
		_, err := jsonp.New(jsonp.Options{Param: "call back"})
		want := `jsonp: Param: invalid value "call back": want letters, digits, "_" and "-" only`
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
	t.Run("Param", func(t *testing.T) {
		h := newWrapper(t, jsonp.Options{Param: "jsonp"}).Handler(jsonpJSON(`1`))
		if a := jsonpAsk(t, h, "GET", "/?callback=alert(1)&jsonp=f"); a.body != `/**/f(1);` {
			t.Errorf("got %q", a.body)
		}
	})
	t.Run("Skip", func(t *testing.T) {
		h := newWrapper(t, jsonp.Options{Skip: func(r *http.Request) bool { return r.URL.Path == "/private" }}).Handler(jsonpJSON(`1`))
		if a := jsonpAsk(t, h, "GET", "/private?callback=alert(1)"); a.body != `1` {
			t.Errorf("got %q", a.body)
		}
	})
	t.Run("ErrorHandler", func(t *testing.T) {
		h := newWrapper(t, jsonp.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			var e *jsonp.CallbackError
			if !errors.As(err, &e) {
				t.Errorf("got %T", err)
				return
			}
			http.Error(w, e.ClientMessage(), e.StatusCode()+22)
		}}).Handler(jsonpJSON(`1`))
		if a := jsonpAsk(t, h, "GET", "/?callback=a-b"); a.StatusCode != 422 || a.body != "callback is not a function's name\n" {
			t.Errorf("got %d %q", a.StatusCode, a.body)
		}
	})
}

// Names that browsers do not define need no
// permission, so listing one is a mistake.
func TestWrapperAllowsOnlyWhatBrowsersDefine(t *testing.T) {
	_, err := jsonp.New(jsonp.Options{DangerouslyAllowGlobals: []string{"find", "mine"}})
	if want := `jsonp: DangerouslyAllowGlobals[1]: invalid value "mine": no browser defines it, so it needs no permission`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// refusedCallback sends a query and expects a 400 that contains no part of it.
func refusedCallback(t *testing.T, j *jsonp.Wrapper, query string) {
	t.Helper()
	echo := jsonpJSON(`{"a":1}`)
	for _, method := range []string{"GET", "HEAD"} {
		a := jsonpAsk(t, j.Handler(echo), method, "/api/x?"+query)
		if a.err != nil {
			t.Errorf("%.60s: %v", query, a.err)
			continue
		}
		if a.StatusCode != 400 || a.Header.Get("Content-Type") != "application/json; charset=utf-8" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %.60s: got %d, %v", method, query, a.StatusCode, a.Header)
		}
		if method == "HEAD" {
			continue
		}
		var body map[string]string
		if err := json.Unmarshal([]byte(a.body), &body); err != nil || len(body) != 1 || body["error"] == "" {
			t.Errorf("%.60s: got %q", query, a.body)
		}
		for _, part := range []string{"alert", "%", "`", "[", "x;", "document", "Zn7"} {
			if strings.Contains(a.body, part) {
				t.Errorf("%.60s: %q is repeated in %q", query, part, a.body)
			}
		}
	}
}

// calledBack sends a query and expects a call of that function.
func calledBack(t *testing.T, j *jsonp.Wrapper, query, want string) {
	t.Helper()
	echo := jsonpJSON(`{"a":1}`)
	if a := jsonpAsk(t, j.Handler(echo), "GET", "/api/x?"+query); a.StatusCode != 200 || a.body != "/**/"+want+`({"a":1});` {
		t.Errorf("%.60s: got %d %.100q", query, a.StatusCode, a.body)
	}
}

// J1: script in the callback.
func TestJSONPScriptsAreNoCallbacks(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	for _, query := range []string{
		"callback=alert%601%60;x=", "callback=alert(1)//", "callback=alert%281%29", "callback=a;b", "callback=a%20b", "callback=a+b",
		"callback=%0aalert", "callback=a%00", "callback=%3Cscript%3E", "callback=a%27", "callback=a%22", "callback=a%5Cu0028",
		"callback=.a", "callback=a.", "callback=a..b", "callback=a[", "callback=a[]", "callback=a[b]", "callback=a[0", "callback=a]0[", "callback=[0]",
		"callback=a[0]b", "callback=a[-1]", "callback=a[0x1]", "callback=1a", "callback=a.1", "callback=a[%221%22]", "callback=%C3%A9", "callback=a%E2%80%A8",
		"callback=a%FF", "callback=%zz", "callback=a,b", "callback=a=b", "callback=while", "callback=delete", "callback=this.x", "callback=new%20a",
		"%63allback=alert(1)", "x=1&callback=alert(1)", "callback=%2F%2A%2A%2Fa",
	} {
		refusedCallback(t, j, query)
	}
	for query, want := range map[string]string{
		"callback=myFunc": "myFunc", "callback=jQuery_123_$": "jQuery_123_$", "callback=app.done": "app.done",
		"callback=cb%5B0%5D": "cb[0]", "callback=a[0][12].b_$9[3]": "a[0][12].b_$9[3]", "callback=$": "$", "callback=_": "_",
		"callback=a.delete": "a.delete", "%63allback=f": "f", "callback=f&x[callback]=1&callbacks=2&xcallback=3": "f",
	} {
		calledBack(t, j, query, want)
	}
}

// J2: callback is not one string.
func TestJSONPCallbackMustBeOneString(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	for _, query := range []string{
		"callback[]=x", "callback[a]=1", "callback=a&callback=b", "callback=a&callback=a", "callback=&callback=b", "callback=a&callback",
		"callback%5B%5D=x", "callback%5Ba%5D=1", "callback=a&callback[]=b", "callback[0]=a", "callback[]=", "callback[", "callback=a&%63allback=b",
	} {
		refusedCallback(t, j, query)
	}
}

// J3: long callbacks and first bytes.
func TestJSONPLongCallbacksAreRefused(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	flash := "CWSMIKI0hCD0Up0IZUnnnnnnnnnnnnnnnnnnnUU5nnnnnn3Snn7YNqdIbeUUUfV13333333333333333s03sDTVqefXAxooooD0CiudIbEAt33swwWGDDtLK"
	refusedCallback(t, j, "callback="+flash+flash)
	refusedCallback(t, j, "callback="+strings.Repeat("a", 10_000))
	refusedCallback(t, j, "callback="+strings.Repeat("a", 129))
	calledBack(t, j, "callback="+strings.Repeat("a", 128), strings.Repeat("a", 128))
	calledBack(t, j, "callback="+flash, flash)
}

// J4: content sniffing.
func TestJSONPContentIsNotSniffed(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	echo := jsonpJSON(`{"a":1}`)
	for _, method := range []string{"GET", "HEAD"} {
		a := jsonpAsk(t, j.Handler(echo), method, "/?callback=cb")
		if a.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: got %v", method, a.Header)
		}
	}
}

// J5: line ends and markup in the data.
func TestJSONPLineEndsAndMarkupAreEscaped(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	text := "\u2028\u2029</script><!--<b> \u2027\u202a é 𝄞 \\< <\\/script>"
	body, err := json.Marshal(map[string]string{"a": text})
	if err != nil {
		t.Fatal(err)
	}
	var raw strings.Builder // as another encoder would write it, with only the necessary escapes
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	_ = e.Encode(map[string]string{"a": text})
	for _, body := range []string{string(body), strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(raw.String())} {
		a := jsonpAsk(t, j.Handler(jsonpJSON(body)), "GET", "/?callback=cb")
		for _, bad := range []string{"\u2028", "\u2029", "</", "<!--", "<"} {
			if strings.Contains(a.body, bad) {
				t.Errorf("got %q in %q", bad, a.body)
			}
		}
		var got map[string]string
		inside := strings.TrimSuffix(strings.TrimPrefix(a.body, "/**/cb("), ");")
		if err := json.Unmarshal([]byte(inside), &got); err != nil || got["a"] != text {
			t.Errorf("got %q, %v", got["a"], err)
		}
	}
}

// J6: reflected file download.
func TestJSONPReflectedDownloadsAreTextFiles(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	echo := jsonpJSON(`{"a":1}`)
	attached := newWrapper(t, jsonp.Options{Attachment: true})
	a := jsonpAsk(t, attached.Handler(echo), "GET", "/api/x/setup.cmd?callback=calc")
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="f.txt"` {
		t.Errorf("got %q", got)
	}
	if !strings.HasPrefix(a.body, "/**/calc(") {
		t.Errorf("got %q", a.body)
	}
	if a := jsonpAsk(t, attached.Handler(echo), "GET", "/api/x"); a.Header.Get("Content-Disposition") != "" {
		t.Errorf("without a callback: got %v", a.Header)
	}
	if a := jsonpAsk(t, j.Handler(echo), "GET", "/?callback=f"); a.Header.Get("Content-Disposition") != "" {
		t.Errorf("option off: got %v", a.Header)
	}
}

// J7: the switch of the action.
func TestJSONPActionsSwitchWrappingOff(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	echo := jsonpJSON(`{"a":1}`)
	h := j.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, rec := facts.Ensure(r)
		rec.SetWithhold(facts.Withhold{JSONP: true})
		echo(w, r)
	}))
	a := jsonpAsk(t, h, "GET", "/api/me?callback=f")
	if a.body != `{"a":1}` || a.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("got %q, %v", a.body, a.Header)
	}
}

// J8: objects of the page.
func TestJSONPObjectsOfThePageAreRefused(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	for _, callback := range []string{
		"opener.document.forms[0].submit", "parent.f", "top.f", "self.f", "document.write", "location.assign", "frames[0].f", "globalThis.f",
		"window", "opener", "self", "document", "location", "top", "parent", "window[0].f", "window.opener.f", "window.window.opener.f",
		"eval", "window.eval", "Function", "setTimeout", "setInterval", "history.back", "navigation.navigate", "open", "close",
		"window.document.forms[0].submit", "window.location", "window.self.f", "window.window", "window.", "window.1",
		"localStorage.clear", "sessionStorage.clear", "sharedStorage.clear", "indexedDB.deleteDatabase", "caches.delete", "navigator.sendBeacon", "fetch", "alert", "stop",
		"window.localStorage.clear", "cookieStore.delete", "print", "confirm", "prompt", "postMessage", "history.pushState", "console.clear", "close",
		"Notification.requestPermission", "PublicKeyCredential.signalUnknownCredential", "Object.assign", "Array.of", "onload", "dispatchEvent",
		"execScript", "content.f", "dump", "app.constructor", "app.__proto__.f", "app.prototype.f", "f.constructor.constructor",
	} {
		refusedCallback(t, j, "callback="+callback)
	}
	calledBack(t, j, "callback=window.app.done", "window.app.done")
	calledBack(t, j, "callback=windows.f", "windows.f")
	calledBack(t, j, "callback=app.document", "app.document")
	calledBack(t, j, "callback=app.alert", "app.alert")
	calledBack(t, j, "callback=jQuery123_456", "jQuery123_456")
	calledBack(t, j, "callback=Fetch.done", "Fetch.done")
	allowing := newWrapper(t, jsonp.Options{DangerouslyAllowGlobals: []string{"find", "parent"}})
	calledBack(t, allowing, "callback=find", "find")
	calledBack(t, allowing, "callback=window.parent.done", "window.parent.done")
	refusedCallback(t, allowing, "callback=stop")
	refusedCallback(t, allowing, "callback=parent.constructor")
	plain := newWrapper(t, jsonp.Options{PlainNames: true})
	for _, callback := range []string{"a.b", "a[0]", "window.a", "opener", "eval"} {
		refusedCallback(t, plain, "callback="+callback)
	}
	calledBack(t, plain, "callback=a_$1", "a_$1")
}

// J9: method, type and encoding.
func TestJSONPOnlyJSONAnswersToGETAreWrapped(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	echo := jsonpJSON(`{"a":1}`)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("<p>page"), 0o600); err != nil {
		t.Fatal(err)
	}
	set := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, tt := range []struct {
		name, method string
		handler      http.HandlerFunc
	}{
		{"POST", "POST", echo},
		{"PUT", "PUT", echo},
		{"DELETE", "DELETE", echo},
		{"HTML", "GET", set(200, "<p>", "Content-Type", "text/html")},
		{"HTML detected", "GET", set(200, "<p>")},
		{"a file", "GET", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }},
		{"204", "GET", set(204, "", "Content-Type", "application/json")},
		{"304", "GET", set(304, "", "ETag", `"x"`, "Content-Type", "application/json")},
		{"encoded", "GET", set(200, "\x1f\x8b", "Content-Type", "application/json", "Content-Encoding", "gzip")},
		{"206", "GET", set(206, `{"a"`, "Content-Type", "application/json", "Content-Range", "bytes 0-3/7")},
		{"nothing", "GET", func(http.ResponseWriter, *http.Request) {}},
		{"HEAD of nothing", "HEAD", func(http.ResponseWriter, *http.Request) {}},
		{"redirect", "GET", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/y", http.StatusFound) }},
	} {
		want := jsonpAsk(t, tt.handler, tt.method, "/?callback=cb")
		got := jsonpAsk(t, j.Handler(tt.handler), tt.method, "/?callback=cb")
		want.Header.Del("Date")
		got.Header.Del("Date")
		if diff := cmp.Diff(want.Header, got.Header); diff != "" || got.StatusCode != want.StatusCode || got.body != want.body {
			t.Errorf("%s: got %d %q, want %d %q\n%s", tt.name, got.StatusCode, got.body, want.StatusCode, want.body, diff)
		}
	}
	if a := jsonpAsk(t, j.Handler(echo), "POST", "/?callback=alert(1)"); a.StatusCode != 200 || a.body != `{"a":1}` {
		t.Errorf("POST with a bad callback: got %d %q", a.StatusCode, a.body)
	}
}

// J10: errors.
func TestJSONPErrorsAreWrapped(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	failing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/cached" {
			w.Header().Set("Cache-Control", "max-age=5")
		}
		w.WriteHeader(404)
		_, _ = io.WriteString(w, `{"error":"unknown"}`)
	})
	if a := jsonpAsk(t, j.Handler(failing), "GET", "/api/nope?callback=cb"); a.StatusCode != 404 || a.body != `/**/cb({"error":"unknown"});` {
		t.Errorf("got %d %q", a.StatusCode, a.body)
	}
	ok := newWrapper(t, jsonp.Options{StatusOK: true})
	if a := jsonpAsk(t, ok.Handler(failing), "GET", "/api/nope?callback=cb"); a.StatusCode != 200 || a.body != `/**/cb({"error":"unknown"});` || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("StatusOK: got %d %q, %v", a.StatusCode, a.body, a.Header)
	}
	if a := jsonpAsk(t, ok.Handler(failing), "GET", "/cached?callback=cb"); a.Header.Get("Cache-Control") != "max-age=5" {
		t.Errorf("StatusOK: got %v", a.Header)
	}
	for _, target := range []string{"/api/nope", "/api/nope?callback="} {
		if a := jsonpAsk(t, ok.Handler(failing), "GET", target); a.StatusCode != 404 {
			t.Errorf("%s: got %d", target, a.StatusCode)
		}
	}
	refusedCallback(t, ok, "callback=alert(1)")
}

// J11: stale framing.
func TestJSONPStaleFramingIsRemoved(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	file := filepath.Join(t.TempDir(), "data.json")
	if err := os.WriteFile(file, []byte(`{"a":"<"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	h := j.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-MD5", "x")
		http.ServeFile(w, r, file)
	}))
	const want = `/**/cb({"a":"\u003c"});`
	a := jsonpAsk(t, h, "GET", "/?callback=cb", "Range", "bytes=0-3", "If-Range", `"v1"`)
	if a.StatusCode != 200 || a.body != want || a.err != nil || a.ContentLength >= 0 && a.ContentLength != int64(len(want)) {
		t.Errorf("with a Range: got %d %q, length %d, %v", a.StatusCode, a.body, a.ContentLength, a.err)
	}
	for _, name := range []string{"Accept-Ranges", "Content-Range", "Content-MD5"} {
		if got := a.Header.Get(name); got != "" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := a.Header.Get("ETag"); got != `W/"v1"` {
		t.Errorf("ETag: got %q", got)
	}
	if a := jsonpAsk(t, h, "GET", "/?callback=cb", "If-None-Match", `W/"v1"`); a.StatusCode != 304 || a.body != "" {
		t.Errorf("with the tag: got %d %q", a.StatusCode, a.body)
	}
	if a := jsonpAsk(t, h, "GET", "/", "Range", "bytes=0-3"); a.StatusCode != 206 || a.body != `{"a"` {
		t.Errorf("no callback: got %d %q", a.StatusCode, a.body)
	}
}

// J12: truncated inner body.
func TestJSONPTruncatedScriptsAreNeverClosed(t *testing.T) {
	j := newWrapper(t, jsonp.Options{})
	for name, handler := range map[string]http.HandlerFunc{
		"panic": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"list":[1`)
			panic("on purpose")
		},
		"panic after a flush": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"list":[1`)
			_ = http.NewResponseController(w).Flush()
			panic("on purpose")
		},
		"ErrAbortHandler": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"list":[1`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"less than announced": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, `{"list":[1`)
			_ = http.NewResponseController(w).Flush()
		},
	} {
		a := jsonpAsk(t, j.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			handler(w, r)
		})), "GET", "/?callback=cb")
		if a.err == nil || strings.Contains(a.body, ")") {
			t.Errorf("%s: got %q, %v, want a cut connection", name, a.body, a.err)
		}
	}
	a := jsonpAsk(t, j.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "2")
		_, _ = io.WriteString(w, `{}`)
		if _, err := io.WriteString(w, `;alert(1)`); !errors.Is(err, http.ErrContentLength) {
			panic(fmt.Sprint("too much was taken: ", err))
		}
	})), "GET", "/?callback=cb")
	if a.body != `/**/cb({});` || a.err != nil {
		t.Errorf("more than announced: got %q, %v", a.body, a.err)
	}
}

// The header of a script waits for the first bytes of the body. What a handler
// changes in the meantime has no effect, just as without a script.
func TestWrapperHeaderIsWhatItWasAtWriteHeader(t *testing.T) {
	late := func(h http.Header) {
		h.Set("Content-Type", "text/html")
		h.Set("Content-Length", "1")
		h.Set("Content-Encoding", "gzip")
		h.Set("X-Late", "1")
		h.Set("X-Sum", "42")
	}
	h := newWrapper(t, jsonp.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(203)
		late(w.Header())
		w.WriteHeader(500)
		if r.URL.Path == "/some" {
			_, _ = io.WriteString(w, "{")
			late(w.Header())
			_, _ = io.WriteString(w, "}")
		}
	}))
	for path, want := range map[string]string{"/some": "/**/cb({});", "/none": "/**/cb();"} {
		a := jsonpAsk(t, h, "GET", path+"?callback=cb")
		if a.err != nil || a.StatusCode != 203 || a.body != want || a.Header.Get("Content-Type") != "text/javascript; charset=utf-8" ||
			a.Header.Get("Content-Encoding") != "" || a.Header.Get("X-Late") != "" || a.Header.Get("X-Sum") != "" || a.Trailer.Get("X-Sum") != "42" {
			t.Errorf("%s: got %d %q, %v, trailer %v, %v", path, a.StatusCode, a.body, a.Header, a.Trailer, a.err)
		}
	}
}

// A panic before anything is sent leaves the header as the handler made it, for an
// outer recovery to answer.
func TestWrapperUnderRecovery(t *testing.T) {
	h := recoverer(newWrapper(t, jsonp.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		panic("on purpose")
	})))
	a := jsonpAsk(t, h, "GET", "/?callback=cb")
	if a.StatusCode != 500 || a.body != "recovered\n" || strings.Contains(a.Header.Get("Content-Type"), "javascript") {
		t.Errorf("got %d %q, %v", a.StatusCode, a.body, a.Header)
	}
}

// recoverer answers panics, as long as nothing was sent.
func recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, "recovered", 500)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
