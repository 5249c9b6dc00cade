package fingerprint_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
)

var (
	keyA = []byte(strings.Repeat("A", 32))
	keyB = []byte(strings.Repeat("B", 32))
	form = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

const someID = "0123456789012345678901234567890123456789"

func mustNew(t testing.TB, o fingerprint.Options) *fingerprint.Identifier {
	t.Helper()
	f, err := fingerprint.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func signed(t testing.TB) *fingerprint.Identifier {
	return mustNew(t, fingerprint.Options{Keys: [][]byte{keyA}})
}

// visit is the result of one request through a handler.
type visit struct {
	id     string
	cookie *http.Cookie // nil if none was set
	res    *http.Response
}

// value is the cookie's value, or "" if none was set.
func (v visit) value() string {
	if v.cookie == nil {
		return ""
	}
	return v.cookie.Value
}

// send passes a request through f to a handler that calls inside, and writes.
func send(t testing.TB, f *fingerprint.Identifier, r *http.Request, inside func(w http.ResponseWriter, r *http.Request)) visit {
	t.Helper()
	var v visit
	h := f.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ok bool
		if v.id, ok = fingerprint.FromContext(r.Context()); !ok {
			t.Error("no id in the context")
		}
		if inside != nil {
			inside(w, r)
		}
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	v.res = w.Result()
	if v.res.StatusCode >= 500 {
		t.Errorf("status %d", v.res.StatusCode)
	}
	for _, c := range v.res.Cookies() {
		if strings.HasSuffix(c.Name, "ession") || strings.HasSuffix(c.Name, "sessionID") {
			if v.cookie != nil {
				t.Errorf("two cookies: %v", v.res.Header)
			}
			v.cookie = c
		}
	}
	return v
}

func get(header ...string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func withCookie(value string) *http.Request { return get("Cookie", "sessionID="+value) }

func TestNewClientAndRepeat(t *testing.T) {
	f := signed(t)
	first := send(t, f, get(), nil)
	if !form.MatchString(first.id) || first.cookie == nil {
		t.Fatalf("first request: id %q, cookie %v", first.id, first.cookie)
	}
	if strings.Contains(first.value(), first.id) {
		t.Errorf("the value %q is not signed", first.value())
	}
	for range 3 {
		again := send(t, f, withCookie(first.value()), nil)
		if again.id != first.id || again.cookie != nil {
			t.Errorf("F9 repeat: id %q and cookie %v, want %q and none", again.id, again.cookie, first.id)
		}
	}
	among := send(t, f, get("Cookie", "a=b; sessionID="+first.value()+"; c=d"), nil)
	if among.id != first.id || among.cookie != nil {
		t.Errorf("among others: id %q and cookie %v, want %q and none", among.id, among.cookie, first.id)
	}
	quoted := send(t, f, withCookie(`"`+first.value()+`"`), nil)
	if quoted.id != first.id {
		t.Errorf("quoted: got id %q, want %q", quoted.id, first.id)
	}
	id, fresh := f.Of(withCookie(first.value()))
	if id != first.id || fresh {
		t.Errorf("Of: got %q, %v, want %q, false", id, fresh, first.id)
	}
	if id, fresh := f.Of(get()); !form.MatchString(id) || !fresh {
		t.Errorf("Of without a cookie: got %q, %v, want a fresh id", id, fresh)
	}
}

func TestUnsignedCookieIsNoIdentity(t *testing.T) {
	f := signed(t)
	for _, value := range []string{"attacker", someID, strings.Repeat("a", 96), ""} {
		t.Run("F1 "+value, func(t *testing.T) {
			v := send(t, f, withCookie(value), nil)
			if v.id == value || !form.MatchString(v.id) || v.cookie == nil {
				t.Errorf("got id %q and cookie %v, want a new client", v.id, v.cookie)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	f := signed(t)
	enabled := mustNew(t, fingerprint.Options{Keys: [][]byte{keyA}, AcceptHeader: true})
	first := send(t, f, get(), nil)
	t.Run("F2 ignored unless enabled", func(t *testing.T) {
		for _, value := range []string{"attacker", someID, first.value()} {
			if v := send(t, f, get("X-SessionID", value), nil); v.id == value || v.id == first.id || v.cookie == nil {
				t.Errorf("%q: got id %q and cookie %v, want a new client", value, v.id, v.cookie)
			}
		}
	})
	t.Run("F2 only signed values where enabled", func(t *testing.T) {
		for _, value := range []string{"attacker", someID} {
			if v := send(t, enabled, get("X-sessionID", value), nil); v.id == value || v.cookie == nil {
				t.Errorf("%q: got id %q and cookie %v, want a new client", value, v.id, v.cookie)
			}
		}
		if v := send(t, enabled, get("X-sessionID", first.value()), nil); v.id != first.id || v.cookie != nil {
			t.Errorf("signed: got id %q and cookie %v, want %q and none", v.id, v.cookie, first.id)
		}
	})
	t.Run("the cookie comes first", func(t *testing.T) {
		other := send(t, f, get(), nil)
		r := withCookie(first.value())
		r.Header.Set("X-sessionID", other.value())
		if v := send(t, enabled, r, nil); v.id != first.id {
			t.Errorf("got id %q, want the cookie's %q", v.id, first.id)
		}
	})
}

func TestParallelFirstRequests(t *testing.T) {
	f := signed(t)
	srv := httptest.NewServer(f.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := fingerprint.FromContext(r.Context())
		_, _ = io.WriteString(w, id)
	})))
	defer srv.Close()
	var ids sync.Map
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			res, err := srv.Client().Get(srv.URL)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			if _, twice := ids.LoadOrStore(string(body), true); twice || len(res.Cookies()) != 1 {
				t.Errorf("F9: id %s, cookies %v", body, res.Cookies())
				return
			}
			if id, fresh := f.Of(withCookie(res.Cookies()[0].Value)); id != string(body) || fresh {
				t.Errorf("F9: the cookie holds %q, the handler saw %q", id, body)
			}
		})
	}
	wg.Wait()
}

func TestRenew(t *testing.T) {
	f := signed(t)
	first := send(t, f, get(), nil)
	for name, r := range map[string]*http.Request{"known client": withCookie(first.value()), "new client": get()} {
		t.Run("F10 "+name, func(t *testing.T) {
			var renewed, seen string
			v := send(t, f, r, func(w http.ResponseWriter, r *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "other", Value: "kept"})
				_ = f.Renew(w, r)
				renewed = f.Renew(w, r)
				seen, _ = fingerprint.FromContext(r.Context())
				http.Redirect(w, r, "/welcome", http.StatusSeeOther)
			})
			if renewed == first.id || renewed == v.id || !form.MatchString(renewed) || seen != renewed {
				t.Errorf("got id %q, and %q in the context", renewed, seen)
			}
			if len(v.res.Cookies()) != 2 || v.cookie == nil || v.res.Header.Get("Cache-Control") != "private" {
				t.Errorf("got header %v, want both cookies and private", v.res.Header)
			}
			if id, fresh := f.Of(withCookie(v.value())); id != renewed || fresh {
				t.Errorf("the cookie holds %q, want %q", id, renewed)
			}
		})
	}
	t.Run("F10 on an answer that was to be shared", func(t *testing.T) {
		v := send(t, f, get(), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=60")
			f.Renew(w, r)
		})
		if got := v.res.Header.Get("Cache-Control"); got != "private" {
			t.Errorf("got Cache-Control %q, want private", got)
		}
	})
	t.Run("F10 outside of the handler", func(t *testing.T) {
		w := httptest.NewRecorder()
		id := f.Renew(w, get())
		if got, fresh := f.Of(withCookie(w.Result().Cookies()[0].Value)); got != id || fresh {
			t.Errorf("the cookie holds %q, want %q", got, id)
		}
	})
}

func TestUnsigned(t *testing.T) {
	f := mustNew(t, fingerprint.Options{DangerouslyUnsigned: true, AcceptHeader: true})
	first := send(t, f, get(), nil)
	if first.value() != first.id {
		t.Errorf("new: got cookie %q, want the id %q", first.value(), first.id)
	}
	for name, r := range map[string]*http.Request{
		"cookie":                                 withCookie(someID),
		"cookie among others":                    get("Cookie", "a=b; sessionID="+someID+"; c=d"),
		"header":                                 get("X-sessionID", someID),
		"header beside a cookie of another form": get("X-sessionID", someID, "Cookie", "sessionID=abc"),
	} {
		if v := send(t, f, r, nil); v.id != someID || v.cookie != nil {
			t.Errorf("%s: got id %q and cookie %v, want %q and none", name, v.id, v.cookie, someID)
		}
	}
	for _, value := range []string{"abc", someID + "0", someID[1:] + "g", strings.ToUpper(strings.Repeat("a", 40)), ""} {
		for name, r := range map[string]*http.Request{"cookie": withCookie(value), "header": get("X-sessionID", value)} {
			if v := send(t, f, r, nil); v.id == value || v.value() != v.id {
				t.Errorf("%s %q: got id %q and cookie %v, want a new client", name, value, v.id, v.cookie)
			}
		}
	}
}

func TestOmitCookie(t *testing.T) {
	f := mustNew(t, fingerprint.Options{Keys: [][]byte{keyA}, OmitCookie: true})
	if v := send(t, f, get(), func(w http.ResponseWriter, r *http.Request) { f.Renew(w, r) }); len(v.res.Header) != 0 {
		t.Errorf("got header %v, want none", v.res.Header)
	}
	if v := send(t, f, withCookie(forge(keyA, "sessionID", time.Now(), someID)), nil); v.id != someID {
		t.Errorf("a cookie that the client brings: got id %q, want %q", v.id, someID)
	}
}

func BenchmarkHandler(b *testing.B) {
	f := signed(b)
	h := f.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	known, fresh := withCookie(forge(keyA, "sessionID", time.Now(), someID)), get()
	for name, r := range map[string]*http.Request{"known": known, "new": fresh} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}

// Behind a proxy, requests on one connection can come from different clients:
// nothing learned about one may be used for the next.
func TestConnectionsAreShared(t *testing.T) {
	f, err := fingerprint.New(fingerprint.Options{RandomKeys: true})
	if err != nil {
		t.Fatal(err)
	}
	connection := clientaddr.NewContext(t.Context(), netip.MustParseAddrPort("192.0.2.1:80"), true)
	ask := func(path string) (id string) {
		h := f.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { id, _ = fingerprint.FromContext(r.Context()) }))
		login := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/alice":
				r = r.WithContext(fingerprint.NewContext(r.Context(), "alice"))
			case "/renewed":
				f.Renew(w, r)
			}
			h.ServeHTTP(w, r)
		})
		login.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil).WithContext(connection))
		return id
	}
	if id := ask("/alice"); id != "alice" {
		t.Errorf("got %q, want alice", id)
	}
	first := ask("/")
	ask("/renewed")
	if second := ask("/"); first == "alice" || len(first) != 40 || len(second) != 40 || first == second {
		t.Errorf("got %q and then %q, want two new ids", first, second)
	}
}
