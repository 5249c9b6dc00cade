package moving_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answer is what the script keeps of an answer: what a client can rely on.
type answer struct {
	Request  string
	Status   int
	Type     string // without parameters
	Location string
	Cookies  []string // their names
	Body     string   // JSON without what differs each time
}

// script is what the client asks, in this order. It leaves the data as it was.
var script = []struct{ method, path, mediaType, body string }{
	{"GET", "/api/books", "", ""},
	{"GET", "/api/books?author=Theodor+Fontane&limit=1", "", ""},
	{"GET", "/api/books/1", "", ""}, // the newest version
	{"GET", "/api/books/1?apiVersion=1", "", ""},
	{"GET", "/api/v1/books/2", "", ""},
	{"GET", "/api/v1/books/99", "", ""},

	{"POST", "/api/books", "application/json", `{"title": "Emma", "author": "Jane Austen", "pages": 474}`},
	{"POST", "/api/books", "application/x-www-form-urlencoded", "title=Nana&author=%C3%89mile+Zola"},
	{"POST", "/api/books", "application/json", `{"author": "nobody"}`},
	{"GET", "/api/books?limit=3", "", ""},
	{"DELETE", "/api/books/3", "", ""},
	{"DELETE", "/api/books/3", "", ""},
	{"GET", "/api/visits", "", ""},
	{"GET", "/api/visits", "", ""},
	{"GET", "/api/handbook/lending", "", ""},
	{"GET", "/api/handbook/1", "", ""},
	{"GET", "/api/books:list", "", ""},
	{"GET", "/api/book:list", "", ""}, // an action is reached by its routes alone
	{"GET", "/api?action=book:list", "", ""},
	{"GET", "/img/spine.svg", "", ""},
	{"GET", "/public/index.html", "", ""},
	{"GET", "/", "", ""},
	{"GET", "/none.html", "", ""},
}

// reading is how many requests of the script are for actions that change nothing
// and have routes.
const reading = 6

type client struct {
	t    *testing.T
	http http.Client
}

func newClient(t *testing.T) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t, http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (c *client) ask(origin, method, path, mediaType, body string) answer {
	c.t.Helper()
	r, err := http.NewRequest(method, origin+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	a := answer{Request: method + " " + path + " " + body, Status: res.StatusCode, Location: res.Header.Get("Location"), Body: masked(text)}
	a.Type, _, _ = strings.Cut(res.Header.Get("Content-Type"), ";")
	for _, cookie := range res.Cookies() {
		a.Cookies = append(a.Cookies, cookie.Name)
	}
	return a
}

var differs = regexp.MustCompile(`("(?:requestDuration|currentTime|servedAt|client)":)("[^"]*"|[0-9]+)`)

// masked returns a body without what differs each time, JSON in one form.
func masked(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) == nil {
		if text, err := json.Marshal(v); err == nil {
			body = text
		}
	}
	return differs.ReplaceAllString(string(body), "$1?")
}

// visit counts a visit and returns who the client is.
func (c *client) visit(origin string, want int) (id string) {
	c.t.Helper()
	res, err := c.http.Get(origin + "/api/visits")
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct {
		Client string
		Visits int
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || got.Visits != want || len(got.Client) != 40 {
		c.t.Errorf("visit %d: got %+v, %v", want, got, err)
	}
	// The jar keeps cookies by host, whatever the port.
	return got.Client
}

// askAll asks all that the script has, of data as they were at the beginning.
func (w *walk) askAll(origin string) []answer { return w.ask(origin, len(script)) }

// askReads asks what changes nothing.
func (w *walk) askReads(origin string) []answer { return w.ask(origin, reading) }

func (w *walk) reads(answers []answer) []answer { return answers[:reading] }

func (w *walk) ask(origin string, n int) (out []answer) {
	w.t.Helper()
	w.resetBooks()
	c := newClient(w.t)
	for _, s := range script[:n] {
		out = append(out, c.ask(origin, s.method, s.path, s.mediaType, s.body))
	}
	return out
}

// same holds that two runs of the script got the same.
func (w *walk) same(when string, want, got []answer) {
	w.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s: -want +got\n%s", when, diff)
	}
}
