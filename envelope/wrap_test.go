package envelope_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/envelope"
)

func TestHandler(t *testing.T) {
	e := newEnvelope(t, func(o *envelope.Options) { bare(o); o.MaxBytes = 1 << 10 })
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.Header().Set("ETag", `"abc"`)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	long := `{"a":"` + strings.Repeat("x", 2000) + `"}`
	for _, tt := range []struct {
		name       string
		handler    http.HandlerFunc
		wantStatus int
		wantType   string
		want       string
	}{
		{"object", answer(201, "application/json", `{"a": 1}`), 201, "application/json", `{"a":1}`},
		{"list", answer(200, "application/json", `[1, 2]`), 200, "application/json", `[1,2]`},
		{"error member", answer(404, "application/json", `{"error":"gone","a":1}`), 404, "application/json", `{"a":1,"error":"gone"}`},
		{"error without a member", answer(400, "application/problem+json", `{"title":"bad"}`), 400, "application/problem+json", `{"error":{"title":"bad"}}`},
		{"http.Error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "not found", 404) }, 404, "application/json; charset=utf-8", `{"error":"not found"}`},
		{"reserved member", answer(200, "application/json", `{"a":1,"serverInformation":1}`), 200, "application/json", `{"a":1}`},
		{"written in pieces without a status", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for _, s := range []string{"{", `"a"`, ":1}"} {
				io.WriteString(w, s)
			}
		}, 200, "application/json", `{"a":1}`},
		{"copied", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.Copy(w, strings.NewReader(`{"a":1}`))
		}, 200, "application/json", `{"a":1}`},
		{"a malformed parameter of the type", answer(200, "application/json; charset", `{"a":1}`), 200, "application/json; charset", `{"a":1}`},
		{"a bad byte passes", answer(200, "application/json", "{\"a\":\"\xff\"}"), 200, "application/json", "{\"a\":\"\xff\"}"},
		{"the text of an error with a bad byte", answer(404, "text/plain", "caf\xe9"), 404, "application/json; charset=utf-8", "{\"error\":\"caf\ufffd\"}"},
		{"a replacement character in an error", answer(404, "application/json", `{"error":"x","note":"\ufffd"}`), 404, "application/json", `{"note":"\ufffd","error":"x"}`},
		{"HTML passes", answer(200, "text/html", "<p>"), 200, "text/html", "<p>"},
		{"text passes", answer(200, "text/plain", "ok"), 200, "text/plain", "ok"},
		{"no JSON after all", answer(200, "application/json", "{oops"), 200, "application/json", "{oops"},
		{"too long passes", answer(200, "application/json", long), 200, "application/json", long},
		{"no content", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, 204, "", ""},
		{"nothing at all", func(w http.ResponseWriter, r *http.Request) {}, 200, "", ""},
		{"a stream passes", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"a":`)
			http.NewResponseController(w).Flush()
			io.WriteString(w, `1}`)
		}, 200, "application/json", `{"a":1}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(e.Handler(tt.handler))
			defer srv.Close()
			res, err := http.Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.wantStatus || res.Header.Get("Content-Type") != tt.wantType || string(body) != tt.want {
				t.Errorf("got %d %q %s (%v), want %d %q %s", res.StatusCode, res.Header.Get("Content-Type"), body, err, tt.wantStatus, tt.wantType, tt.want)
			}
			if tt.name == "object" && res.Header.Get("ETag") != `W/"abc"` {
				t.Errorf("ETag: got %s, want a weak one", res.Header.Get("ETag"))
			}
		})
	}
}

func TestHandlerOnAPanicSendsNothing(t *testing.T) {
	h := newEnvelope(t, nil).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"half":`)
		panic(http.ErrAbortHandler)
	}))
	srv := httptest.NewServer(h)
	defer srv.Close()
	if res, err := http.Get(srv.URL); err == nil {
		res.Body.Close()
		t.Errorf("got %d, want a broken connection", res.StatusCode)
	}
}
