package idempotency_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/idempotency"
)

// arriving is a body in three pieces: a number of bytes, 64 KiB, and the rest.
func arriving(body string, first int) io.Reader {
	second := min(first+(64<<10), len(body))
	return io.MultiReader(strings.NewReader(body[:first]), strings.NewReader(body[first:second]), strings.NewReader(body[second:]))
}

// A handler that does not read the whole body has seen some bytes beyond those that
// are compared before it is called. However a repetition arrives, they are compared,
// and only they.
func TestBodyBeyondTheBeginning(t *testing.T) {
	const boundary = "b" // takes more room in the hash than in the body
	parts := "--b\r\n" + strings.Repeat("b", 6_600) + strings.Repeat("a", 100_000)
	plain := strings.Repeat("a", 150_000)
	change := func(s string, at int) string { return s[:at] + "X" + s[at+1:] }
	for _, test := range []struct {
		name, contentType, first, second string
		reads                            int // by the handler
		want                             int
	}{
		{"the same", "text/plain", plain, plain, 65_546, 201},
		{"another byte that the handler has read", "text/plain", plain, change(plain, 65_540), 65_546, 422},
		{"another byte behind", "text/plain", plain, change(plain, 140_000), 65_546, 201},
		{"the same, of which it reads nothing", "text/plain", plain, plain, 0, 201},
		{"the same form", "multipart/form-data; boundary=" + boundary, parts, parts, 0, 201},
		{"the same form, read further", "multipart/form-data; boundary=" + boundary, parts, parts, 50_000, 201},
		{"another form", "multipart/form-data; boundary=" + boundary, parts, change(parts, 40_000), 50_000, 422},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, watched := range []int{0, 70_000} { // what a caller reads before it calls the Replayer
				for _, arrives := range []int{1, 10, 20, 65_535, 65_536, 65_537, 65_556, 106_000} {
					p := mustNew(t, idempotency.Options{})
					handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						_, _ = io.ReadFull(r.Body, make([]byte, test.reads))
						w.WriteHeader(http.StatusCreated)
					})
					send := func(body string, first, ahead int) (status int, replayed bool) {
						r := request("", "Content-Type", test.contentType)
						r.Body = io.NopCloser(arriving(body, first))
						r.ContentLength = int64(len(body))
						r = p.Watch(r)
						_, _ = io.ReadFull(r.Body, make([]byte, ahead))
						w := ask(p.Handler(handler), r)
						return w.Code, isReplay(w)
					}
					if status, replayed := send(test.first, 10, 0); status != 201 || replayed {
						t.Fatalf("the first: got %d", status)
					}
					if status, replayed := send(test.second, arrives, watched); status != test.want || replayed != (status == 201) {
						t.Errorf("%d bytes arrive first, %d are read before: got %d, want %d", arrives, watched, status, test.want)
					}
				}
			}
		})
	}
}

// A client makes a new boundary for each request. That is not another request,
// however it writes its Content-Type, if those who read forms accept it.
func TestANewBoundaryIsTheSameRequest(t *testing.T) {
	for _, form := range []string{
		"multipart/form-data; boundary=%s", `Multipart/Form-Data; Boundary="%s"`,
		"multipart/form-data; boundary=%s; ;", "multipart/form-data;;boundary=%s", "multipart/form-data; charset=utf-8;\t; boundary=\"%s\";",
		"multipart/form-data; boundary=%s/x:y", "multipart/form-data; ; boundary=(%s)", "multipart/mixed; boundary=%s; ;",
	} {
		t.Run(form, func(t *testing.T) {
			p := mustNew(t, idempotency.Options{})
			handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
			send := func(name, value string) (int, bool) {
				contentType := fmt.Sprintf(form, name)
				_, boundary, _ := strings.Cut(contentType, "oundary=")
				boundary = strings.Trim(boundary, `"; `)
				r := request("--"+boundary+"\r\nContent-Disposition: form-data; name=a\r\n\r\n"+value+"\r\n--"+boundary+"--\r\n", "Content-Type", contentType)
				w := ask(p.Handler(handler), r)
				return w.Code, isReplay(w)
			}
			if status, replayed := send("X1", "v"); status != 201 || replayed {
				t.Fatalf("the first: got %d", status)
			}
			if status, replayed := send("Y22", "v"); status != 201 || !replayed {
				t.Errorf("another boundary: got %d, replayed %t", status, replayed)
			}
			if status, _ := send("Y22", "w"); status != 422 {
				t.Errorf("another value: got %d, want 422", status)
			}
		})
	}
}
