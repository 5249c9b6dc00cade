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

// The header is sent after the whole body. Changes that a handler makes after WriteHeader have no
// effect, as without an envelope.
func TestHandlerHeaderIsWhatItWasAtWriteHeader(t *testing.T) {
	e, err := envelope.New(envelope.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(e.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("X-Early", "1")
		h.Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, `{"a":`)
		h.Set("Content-Type", "text/html")
		h.Set("Content-Encoding", "gzip")
		h.Set("X-Early", "2")
		h.Set("X-Late", "1")
		_, _ = io.WriteString(w, `1}`)
		w.WriteHeader(500)
		h.Set("X-Sum", "42")
	})))
	defer s.Close()
	resp, err := s.Client().Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || string(body) != `{"a":1}` {
		t.Errorf("got %d %q, %v", resp.StatusCode, body, err)
	}
	if h := resp.Header; h.Get("Content-Type") != "application/json" || h.Get("X-Early") != "1" || h.Get("X-Late") != "" || h.Get("Content-Encoding") != "" || h.Get("X-Sum") != "" || resp.Trailer.Get("X-Sum") != "42" {
		t.Errorf("got %v, trailer %v", h, resp.Trailer)
	}
}
