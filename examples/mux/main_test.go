package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// around puts a single piece around a handler, as if there were no others.
func around(t *testing.T, piece func(http.Handler) (http.Handler, error), next http.HandlerFunc) http.Handler {
	t.Helper()
	h, err := piece(next)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(target string) *http.Request { return httptest.NewRequest("GET", target, nil) }

// ask sends one request to a handler.
func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRecover(t *testing.T) {
	var log bytes.Buffer
	h := around(t, withRecover(slog.New(slog.NewTextHandler(&log, nil))), crash)
	w := ask(h, get("/crash"))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "a bug") {
		t.Errorf("got %d %q, want a 500 that says nothing", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), `error="panic: a bug"`) {
		t.Errorf("the log does not have the panic: %s", &log)
	}
}

func TestAccessLog(t *testing.T) {
	var log bytes.Buffer
	h := around(t, withAccessLog(slog.New(slog.NewJSONHandler(&log, nil))), hello)
	ask(h, get("/hello?password=secret"))
	var record struct {
		Msg, Method, Path, Client string
		Status, Bytes             int
	}
	if err := json.Unmarshal(log.Bytes(), &record); err != nil {
		t.Fatalf("%v in %s", err, &log)
	}
	if record.Msg != "request" || record.Method != "GET" || record.Path != "/hello" || record.Status != 200 || record.Bytes != 5 || record.Client != "192.0.2.1" {
		t.Errorf("got %+v", record)
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log shows the query: %s", &log)
	}
}

func TestClientAddress(t *testing.T) {
	h := around(t, withClientAddress, whoami)
	for _, tt := range []struct{ name, peer, forwarded, want string }{
		{"no proxy", "198.51.100.7:1234", "", "198.51.100.7"},
		{"our proxy", "127.0.0.1:1234", "203.0.113.9", "203.0.113.9"},
		{"a stranger who says so", "198.51.100.7:1234", "203.0.113.9", "198.51.100.7"},
		{"a client that lies to our proxy", "127.0.0.1:1234", "10.0.0.1, 203.0.113.9", "203.0.113.9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := get("/whoami")
			r.RemoteAddr = tt.peer
			if tt.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tt.forwarded)
			}
			if body := ask(h, r).Body.String(); !strings.Contains(body, `"address":"`+tt.want+`"`) {
				t.Errorf("got %s, want %s", body, tt.want)
			}
		})
	}
}

func TestHosts(t *testing.T) {
	h := around(t, withHosts, hello)
	for _, tt := range []struct {
		name, method, url string
		status            int
		location          string
	}{
		{"the name", "GET", "http://www.example.com/x", 200, ""},
		{"another", "GET", "http://example.com/x?a=1", 302, "http://www.example.com/x?a=1"},
		{"another, with a body", "POST", "http://example.com/x", 307, "http://www.example.com/x"},
		{"a health check", "GET", "http://10.0.0.5:8080/hello", 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(h, httptest.NewRequest(tt.method, tt.url, nil))
			if location := w.Header().Get("Location"); w.Code != tt.status || location != tt.location {
				t.Errorf("got %d %q, want %d %q", w.Code, location, tt.status, tt.location)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	h := around(t, withHeaders, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		http.NotFound(w, r)
	})
	w := ask(h, get("http://www.example.com/nothing"))
	if got := w.Header()["X-Content-Type-Options"]; len(got) != 1 || got[0] != "nosniff" {
		t.Errorf("X-Content-Type-Options: got %q", got)
	}
	if got := w.Header().Get("Content-Security-Policy"); got != "default-src 'none'" {
		t.Errorf("Content-Security-Policy: got %q, want the handler's own", got)
	}
	const hsts = "Strict-Transport-Security"
	if got := w.Header().Get(hsts); got != "" {
		t.Errorf("%s over plain HTTP: got %q", hsts, got)
	}
	if got := ask(h, get("https://www.example.com/nothing")).Header().Get(hsts); got != "max-age=31536000" {
		t.Errorf("%s over TLS: got %q", hsts, got)
	}
}

func TestCompress(t *testing.T) {
	h := around(t, withCompress, report)
	r := get("/report")
	r.Header.Set("Accept-Encoding", "gzip")
	w := ask(h, r)
	if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Fatalf("got %v", w.Header())
	}
	sent := w.Body.Len()
	unpack, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(unpack)
	if err != nil || string(plain) != strings.Repeat("nothing to report\n", 200) || sent >= len(plain)/10 {
		t.Errorf("got %d bytes for %d, %v", sent, len(plain), err)
	}
	if w := ask(around(t, withCompress, hello), r); w.Header().Get("Content-Encoding") != "" || w.Body.String() != "hello" {
		t.Errorf("a short answer: got %v %q, want it as it is", w.Header(), w.Body)
	}
}

func TestFingerprint(t *testing.T) {
	h := around(t, withFingerprint, whoami)
	id := func(w *httptest.ResponseRecorder) string {
		var answer struct {
			ID    string
			Known bool
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || !answer.Known || len(answer.ID) != 40 {
			t.Fatalf("got %+v, %v", answer, err)
		}
		return answer.ID
	}
	first := ask(h, get("/whoami"))
	cookies := first.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly {
		t.Fatalf("got cookies %v", cookies)
	}
	again := get("/whoami")
	again.AddCookie(cookies[0])
	second := ask(h, again)
	if id(second) != id(first) || len(second.Result().Cookies()) != 0 {
		t.Errorf("the client came back as %s with cookies %v, want %s without", id(second), second.Result().Cookies(), id(first))
	}
	forged := get("/whoami")
	forged.AddCookie(&http.Cookie{Name: cookies[0].Name, Value: strings.Repeat("a", len(cookies[0].Value))})
	if w := ask(h, forged); id(w) == id(first) || len(w.Result().Cookies()) != 1 {
		t.Errorf("a forged cookie was taken for %s", id(w))
	}
}

func TestJSONP(t *testing.T) {
	h := around(t, withJSONP, weather)
	w := ask(h, get("/weather?callback=app.show"))
	if got, want := w.Body.String(), "/**/app.show({\"city\":\"Oslo\",\"degrees\":21}\n);"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := w.Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("Content-Type: got %q", got)
	}
	if w := ask(h, get("/weather?callback=alert(1)//")); w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "alert") {
		t.Errorf("code for a callback: got %d %s", w.Code, w.Body)
	}
}

func TestParams(t *testing.T) {
	h := around(t, withParams, search)
	const want = `{"city":"Oslo","limit":3,"words":["rain","wind"]}` + "\n"
	requests := map[string]*http.Request{
		"query": get("/search?word[]=rain&word[]=wind&limit=3&where[city]=Oslo"),
		"form":  httptest.NewRequest("POST", "/search?limit=99", strings.NewReader("word[]=rain&word[]=wind&limit=3&where[city]=Oslo")),
		"json":  httptest.NewRequest("POST", "/search", strings.NewReader(`{"word":["rain","wind"],"limit":3,"where":{"city":"Oslo"}}`)),
	}
	requests["form"].Header.Set("Content-Type", "application/x-www-form-urlencoded")
	requests["json"].Header.Set("Content-Type", "application/json")
	for name, r := range requests {
		t.Run(name, func(t *testing.T) {
			if w := ask(h, r); w.Code != 200 || w.Body.String() != want {
				t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
			}
		})
	}
	broken := httptest.NewRequest("POST", "/search", strings.NewReader(`{"word":`))
	broken.Header.Set("Content-Type", "application/json")
	if w := ask(h, broken); w.Code != http.StatusBadRequest {
		t.Errorf("half a JSON: got %d %s", w.Code, w.Body)
	}
}

// photo returns a form with a title and one file.
func photo(t *testing.T, size int) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("title", "A cat"); err != nil {
		t.Fatal(err)
	}
	part, err := form.CreateFormFile("photo", `C:\pictures\cat.jpg`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/photos", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

func TestUpload(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	h := around(t, withUpload, photos)
	const want = `{"files":["cat.jpg: 1000 bytes"],"title":"A cat"}` + "\n"
	if w := ask(h, photo(t, 1000)); w.Code != 200 || w.Body.String() != want {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
	}
	if w := ask(h, photo(t, 1<<20+1)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too much: got %d %s", w.Code, w.Body)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestStatic(t *testing.T) {
	h, err := newFiles()
	if err != nil {
		t.Fatal(err)
	}
	w := ask(h, get("/public/"))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "It was there before.") || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
	again := get("/public/index.html")
	again.Header.Set("If-None-Match", w.Header().Get("ETag"))
	if w := ask(h, again); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("asked again: got %d with %d bytes", w.Code, w.Body.Len())
	}
	if w := ask(h, get("/public/../main.go")); w.Code != http.StatusNotFound {
		t.Errorf("out of the folder: got %d", w.Code)
	}
}

// All of them together, over a real connection.
func TestServer(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var log bytes.Buffer
	h, err := newServer(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()

	do := func(r *http.Request) (*http.Response, string) {
		t.Helper()
		r.RequestURI = ""
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
		r.Host = "www.example.com"
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options is %q", r.URL.Path, got)
		}
		return resp, string(body)
	}
	for _, tt := range []struct {
		r      *http.Request
		status int
		body   string
	}{
		{get("/hello"), 200, "hello"},
		{get("/report"), 200, "nothing to report"},
		{get("/crash"), 500, "Internal Server Error"},
		{get("/weather?callback=show"), 200, "/**/show({"},
		{get("/whoami"), 200, `"address":"127.0.0.1"`},
		{get("/search?word=rain"), 200, `"words":["rain"]`},
		{photo(t, 10), 200, "cat.jpg: 10 bytes"},
		{get("/public/"), 200, "It was there before."},
		{get("/nothing"), 404, "404 page not found"},
	} {
		resp, body := do(tt.r)
		if resp.StatusCode != tt.status || !strings.Contains(body, tt.body) {
			t.Errorf("%s: got %d %s, want %d %s", tt.r.URL.Path, resp.StatusCode, body, tt.status, tt.body)
		}
	}
	server.Close() // every request has been logged then
	for _, want := range []string{
		`msg="handler panicked" method=GET path=/crash`,
		"method=GET path=/crash status=500",
		"path=/nothing status=404",
		`route="GET /hello"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, &log)
		}
	}
}
