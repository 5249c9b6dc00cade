package generators_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPrism sends requests through Prism, which refuses what does not fit the
// document, be it a request or what the server answers.
func TestPrism(t *testing.T) {
	t.Parallel()
	need(t, packages())
	for _, s := range everyServer(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			free, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(free.Addr().String())
			free.Close()
			upstream := strings.TrimSuffix(s.url, "/api")
			cmd := exec.Command(filepath.Join("node_modules", ".bin", "prism"), "proxy", s.document, upstream+"/api", "--errors", "-p", port)
			origin := start(t, regexp.MustCompile(`http://127\.0\.0\.1:`+port), cmd)
			for _, r := range requestsOf[s.name] {
				r.send(t, origin)
			}
		})
	}
}

// request is what is sent through Prism.
type request struct {
	method, path, contentType, body string
	token                           string
	status                          int
}

const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"

var requestsOf = map[string][]request{
	"sidekick": {
		{method: "GET", path: "/status", status: 200},
		{method: "GET", path: "/randomNumber", status: 200},
		{method: "POST", path: "/cacheTest", contentType: asJSON, body: `{"key":"a key","value":"a value"}`, status: 200},
		{method: "GET", path: "/cacheTest?key=k&value=short", status: 422},
		{method: "GET", path: "/sleepTest?sleepDuration=1", status: 200},
		{method: "GET", path: "/swagger", status: 200},
	},
	// Prism takes an object that a query or a form does not have for an empty one,
	// of which it misses what it requires.
	"every": {
		{method: "POST", path: "/order", contentType: asJSON, body: `{"id":7}`, status: 200},
		{method: "POST", path: "/order", contentType: asJSON, body: `{"id":7,"kind":"gift","count":3,"due":"2026-01-02T03:04:05Z","wait":5,"tags":["red"],"lines":[{"sku":"a"}],"address":{"street":"Main"},"labels":{"a":"b"}}`, status: 200},
		{method: "POST", path: "/order", contentType: asForm, body: "id=7&tags=red&tags=blue&address[street]=Main", status: 200},
		{method: "GET", path: "/orders/7?tags=red&tags=blue&kind=gift&address[street]=Main", status: 200},
		{method: "POST", path: "/kinds", contentType: asJSON, body: `{"color":"red"}`, status: 200},
		{method: "POST", path: "/kinds", contentType: asJSON, body: `{"color":"green","level":"high","amount":"12.50","data":"aGk=","grid":[[1]],"byNumber":{"5":6}}`, status: 200},
		{method: "POST", path: "/tree", contentType: asJSON, body: `{"name":"a","children":[{"name":"b"}],"byName":{"c":{"name":"c"}}}`, status: 200},
		{method: "GET", path: "/page", status: 200},
		{method: "GET", path: "/numbers?to=3", status: 200},
		{method: "GET", path: "/find?name=me", status: 200},
		{method: "GET", path: "/find", status: 404},
		{method: "GET", path: "/login?userID=me", status: 200},
		{method: "POST", path: "/login", contentType: asJSON, body: `{"apiVersion":"1","account":"me"}`, status: 200},
		{method: "POST", path: "/login", contentType: asJSON, body: `{"apiVersion":"three","account":"me"}`, status: 422},
		{method: "GET", path: "/plain?key=k", status: 200},
		{method: "POST", path: "/sessions", contentType: asJSON, body: `{"name":"me"}`, status: 201},
		{method: "DELETE", path: "/sessions", token: "open sesame", status: 204},
		{method: "DELETE", path: "/sessions", token: "closed", status: 401},
		{method: "GET", path: "/old", status: 200},
		{method: "POST", path: "/photos", contentType: multipartForm, status: 200},
	},
}

// multipartForm stands for a form with a file.
const multipartForm = "multipart/form-data"

func (r *request) send(t *testing.T, origin string) {
	t.Helper()
	what := fmt.Sprint(r.method, " ", r.path, " ", r.body)
	var body io.Reader = strings.NewReader(r.body)
	contentType := r.contentType
	if contentType == multipartForm {
		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		part, err := parts.CreateFormFile("cover", "cover.png")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(part, "12345")
		if err := parts.Close(); err != nil {
			t.Fatal(err)
		}
		body, contentType = &form, parts.FormDataContentType()
	}
	sent, err := http.NewRequest(r.method, origin+r.path, body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		sent.Header.Set("Content-Type", contentType)
	}
	if r.token != "" {
		sent.Header.Set("Authorization", "Bearer "+r.token)
	}
	answer, err := http.DefaultClient.Do(sent)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != r.status || strings.Contains(string(text), "stoplight.io") {
		t.Errorf("%s: got %d %s, want %d", what, answer.StatusCode, text, r.status)
	}
	if found := answer.Header.Get("Sl-Violations"); found != "" {
		t.Errorf("%s: %s", what, found)
	}
}
