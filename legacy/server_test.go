package legacy_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/legacy"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
)

// behind returns a Server for an old server that answers with h.
func behind(t *testing.T, o legacy.Options, h http.HandlerFunc) (*legacy.Server, *httptest.Server) {
	t.Helper()
	old := httptest.NewServer(h)
	t.Cleanup(old.Close)
	if o.Server == "" {
		o.Server = old.URL
	}
	return server(t, o), old
}

func server(t *testing.T, o legacy.Options) *legacy.Server {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := legacy.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// serve has h answer over a connection.
func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// exchange sends bytes over a new connection and returns what comes back.
func exchange(t *testing.T, addr, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(conn, strings.ReplaceAll(text, "\n", "\r\n"))
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(answer), "\r\n", "\n")
}

func dump(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	r.Header.Del("Via")
	fmt.Fprintf(w, "%s %s %s %q %v\n", r.Method, r.RequestURI, r.Host, body, err)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range r.Header {
			if !yield(name) {
				return
			}
		}
	}) {
		fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
	}
}

// The old server gets exactly what the client has sent.
func TestRequestsArriveAsTheyWereSent(t *testing.T) {
	s, _ := behind(t, legacy.Options{}, dump)
	front := serve(t, s)
	const forwarded = "X-Forwarded-For: [\"127.0.0.1\"]\nX-Forwarded-Host: [\"www.example.com\"]\nX-Forwarded-Proto: [\"http\"]\nX-Real-Ip: [\"127.0.0.1\"]\n"
	for _, tt := range []struct{ name, sent, want string }{
		{"paths and queries are not cleaned",
			"GET /a//b/../%2e%2e/c%2Fd/%C3%A9?x=%zz&y;z=%20+&&=#1 HTTP/1.1\nHost: www.example.com\nConnection: close\n\n",
			"GET /a//b/../%2e%2e/c%2Fd/%C3%A9?x=%zz&y;z=%20+&&=#1 www.example.com \"\" <nil>\n" + forwarded},
		{"a body with a length",
			"POST /x HTTP/1.1\nHost: www.example.com\nConnection: close\nContent-Length: 3\nContent-Type: a/b\n\nabc",
			"POST /x www.example.com \"abc\" <nil>\nContent-Length: [\"3\"]\nContent-Type: [\"a/b\"]\n" + forwarded},
		{"a body in chunks",
			"PUT /x HTTP/1.1\nHost: www.example.com\nConnection: close\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n",
			"PUT /x www.example.com \"abc\" <nil>\n" + forwarded},
		{"fields of one hop end here",
			"GET / HTTP/1.1\nHost: www.example.com\nConnection: close, X-Hop\nX-Hop: 1\nX-End: 2\nTE: gzip\nKeep-Alive: 3\nProxy-Authorization: secret\nAccept-Encoding: gzip, br\nUser-Agent: me\nCookie: a=1; b=2\nAuthorization: Basic x\n\n",
			"GET / www.example.com \"\" <nil>\nAccept-Encoding: [\"gzip, br\"]\nAuthorization: [\"Basic x\"]\nCookie: [\"a=1; b=2\"]\nUser-Agent: [\"me\"]\nX-End: [\"2\"]\n" + forwarded},
		{"methods of any name",
			"PROPFIND /x HTTP/1.1\nHost: www.example.com\nConnection: close\nDepth: 1\n\n",
			"PROPFIND /x www.example.com \"\" <nil>\nDepth: [\"1\"]\n" + forwarded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := exchange(t, front.Listener.Addr().String(), tt.sent)
			_, got, _ := strings.Cut(answer, "\n\n")
			// Fields are sorted; those added for the old server come behind most.
			if diff := cmp.Diff(sorted(tt.want), sorted(got)); diff != "" {
				t.Errorf("-want +got\n%s\n%s", diff, answer)
			}
		})
	}
}

func sorted(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines[1:])
	return lines
}

func TestWhereTheOldServerIs(t *testing.T) {
	for _, tt := range []struct {
		name, base, host, target string
		want                     string
	}{
		{"at the root", "", "", "/a%2Fb?q", "/a%2Fb?q www.example.com"},
		{"below a path", "/v1/old", "", "/a%2Fb?q", "/v1/old/a%2Fb?q www.example.com"},
		{"below a path with a slash", "/v1%2Fold/", "", "/", "/v1%2Fold/ www.example.com"},
		{"under a name of its own", "", "old.internal:81", "/", "/ old.internal:81"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RequestURI, " ", r.Host) }))
			s := server(t, legacy.Options{Server: old.URL + tt.base, Host: tt.host})
			r := httptest.NewRequest("GET", tt.target, nil)
			r.Host = "www.example.com"
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Body.String() != tt.want {
				t.Errorf("got %d %s, want %s", w.Code, w.Body, tt.want)
			}
		})
	}
	t.Run("at a socket", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("sockets have other paths there")
		}
		socket := filepath.Join(shortDir(t), "s")
		l, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		old := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.URL) })}}
		old.Start()
		defer old.Close()
		w := httptest.NewRecorder()
		server(t, legacy.Options{Server: "unix:" + socket}).ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
		if w.Body.String() != "example.com/x" {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestForwardedFields(t *testing.T) {
	prefix := func(texts ...string) (out []netip.Prefix) {
		for _, p := range texts {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	type fields map[string]string
	for _, tt := range []struct {
		name    string
		trusted []netip.Prefix
		remote  string
		tls     bool
		sent    fields
		want    fields
		header  string // through which another piece finds the client
	}{
		{"a client", nil, "203.0.113.9:1000", false, nil,
			fields{"X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "example.com"}, ""},
		{"over TLS", nil, "[2001:db8::1]:1000", true, nil,
			fields{"X-Forwarded-For": "2001:db8::1", "X-Real-Ip": "2001:db8::1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.com"}, ""},
		{"with a zone", nil, "[fe80::1%eth0]:1000", false, nil,
			fields{"X-Forwarded-For": "fe80::1", "X-Real-Ip": "fe80::1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "example.com"}, ""},
		{"that claims to be another", nil, "203.0.113.9:1000", false,
			fields{"X-Forwarded-For": "6.6.6.6", "X-Real-Ip": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "6", "Forwarded": "for=6.6.6.6;proto=https"},
			fields{"X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "example.com"}, ""},
		{"behind a proxy", prefix("10.0.0.0/8"), "10.0.0.1:1", false,
			fields{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "www.example.com", "X-Forwarded-Port": "443"},
			fields{"X-Forwarded-For": "203.0.113.9, 10.0.0.1", "X-Real-Ip": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.com"}, ""},
		{"behind two, with a list of which the client has written the beginning", prefix("10.0.0.0/8"), "10.0.0.1:1", false,
			fields{"X-Forwarded-For": "6.6.6.6, [2001:db8::7]:99,10.0.0.2"},
			fields{"X-Forwarded-For": "[2001:db8::7]:99, 10.0.0.2, 10.0.0.1", "X-Real-Ip": "2001:db8::7", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "example.com"}, ""},
		{"behind one that says X-Real-IP only", prefix("10.0.0.0/8"), "10.0.0.1:1", false,
			fields{"X-Real-Ip": "203.0.113.9"},
			fields{"X-Forwarded-For": "203.0.113.9, 10.0.0.1", "X-Real-Ip": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "example.com"}, "X-Real-IP"},
		{"behind one that says Forwarded", prefix("10.0.0.0/8"), "10.0.0.1:1", false,
			fields{"Forwarded": "for=6.6.6.6, for=203.0.113.9;proto=https"},
			fields{"X-Forwarded-For": "203.0.113.9, 10.0.0.1", "X-Real-Ip": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.com"}, "Forwarded"},
		{"behind one that says what is no address", prefix("10.0.0.0/8"), "10.0.0.1:1", false,
			fields{"X-Forwarded-For": "6.6.6.6, unknown"},
			fields{"X-Forwarded-For": "10.0.0.1", "X-Real-Ip": "10.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "example.com"}, ""},
		{"of a socket", nil, "@", false, fields{"X-Forwarded-For": "6.6.6.6"},
			fields{"X-Forwarded-Proto": "http", "X-Forwarded-Host": "example.com"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, alone := range []bool{true, false} {
				if alone && tt.header != "" {
					continue
				}
				var got http.Header
				o := legacy.Options{}
				if alone {
					o.TrustedProxies = tt.trusted
				}
				s, _ := behind(t, o, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
				var h http.Handler = s
				if !alone { // another piece has found the client
					resolver, err := clientaddr.New(clientaddr.Options{TrustedProxies: tt.trusted, Header: tt.header})
					if err != nil {
						t.Fatal(err)
					}
					h = resolver.Handler(h)
				}
				r := httptest.NewRequest("GET", "/", nil)
				if r.RemoteAddr = tt.remote; tt.tls {
					r.TLS = &tls.ConnectionState{}
				}
				for name, value := range tt.sent {
					r.Header.Set(name, value)
				}
				h.ServeHTTP(httptest.NewRecorder(), r)
				have := fields{}
				for name, values := range got {
					if strings.HasPrefix(name, "X-") || name == "Forwarded" {
						have[name] = strings.Join(values, " | ")
					}
				}
				if diff := cmp.Diff(tt.want, have); diff != "" {
					t.Errorf("alone %t: -want +got\n%s", alone, diff)
				}
				for name := range tt.sent {
					if r.Header.Get(name) != tt.sent[name] {
						t.Errorf("the request itself was changed: %s is %q", name, r.Header.Get(name))
					}
				}
			}
		})
	}
}

func TestCookiesOfTheFingerprint(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef01234567"
	for _, tt := range []struct {
		name, cookie string
		known        string // to an outer piece
		set          []string
		want         string
		back         []string
	}{
		{"a client that is known", "a=1; sessionID=signed.value; b=\"x y\"", id, nil, "a=1; b=\"x y\"; sessionID=" + id, nil},
		{"one that has no cookie yet", "", id, []string{"sessionID=other;path=/;", "a=1; Path=/", "SESSIONID=x"}, "sessionID=" + id, []string{"a=1; Path=/", "SESSIONID=x"}},
		{"only that cookie comes back", "sessionID=" + id, id, []string{"sessionID=other"}, "sessionID=" + id, nil},
		{"nobody knows it", "sessionID=" + id + "; a=1", "", []string{"sessionID=other", "b=2"}, "sessionID=" + id + "; a=1", []string{"b=2"}},
		{"two of the name, and what is none", "sessionID=1; sessionID=2; ; =; x", id, nil, "x; sessionID=" + id, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			s, _ := behind(t, legacy.Options{FingerprintCookie: "sessionID"}, func(w http.ResponseWriter, r *http.Request) {
				got = r.Header["Cookie"]
				for _, c := range tt.set {
					w.Header().Add("Set-Cookie", c)
				}
			})
			r := httptest.NewRequest("GET", "/", nil)
			if tt.cookie != "" {
				r.Header.Set("Cookie", tt.cookie)
			}
			r = r.WithContext(fingerprint.NewContext(r.Context(), tt.known))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if strings.Join(got, " | ") != tt.want || !slices.Equal(w.Header()["Set-Cookie"], tt.back) {
				t.Errorf("the old server got %q, the client %q; want %q, %q", got, w.Header()["Set-Cookie"], tt.want, tt.back)
			}
		})
	}
}

// A client keeps the id that it got from the old server, also when it is signed.
func TestOneIdentityOnBothSides(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef01234567"
	show := func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("sessionID"); err == nil {
			io.WriteString(w, c.Value)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "sessionID", Value: strings.Repeat("f", 40)})
	}
	for name, o := range map[string]fingerprint.Options{
		"unsigned": {DangerouslyUnsigned: true},
		"signed":   {Keys: [][]byte{bytes.Repeat([]byte("k"), 32)}},
	} {
		f, err := fingerprint.New(o)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := behind(t, legacy.Options{FingerprintCookie: "sessionID"}, show)
		var here string
		h := f.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			here, _ = fingerprint.FromContext(r.Context())
			s.ServeHTTP(w, r)
		}))
		ask := func(cookie string) (there, set string) {
			r := httptest.NewRequest("GET", "/", nil)
			if cookie != "" {
				r.AddCookie(&http.Cookie{Name: "sessionID", Value: cookie})
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if cookies := w.Result().Cookies(); len(cookies) > 1 {
				t.Errorf("%s: got the cookies %v", name, cookies)
			} else if len(cookies) == 1 {
				set = cookies[0].Value
			}
			return w.Body.String(), set
		}
		there, cookie := ask("")
		if there != here || len(there) != 40 || cookie == "" {
			t.Errorf("%s: a new client is %q there and %q here, and got %q", name, there, here, cookie)
		}
		if again, _ := ask(cookie); again != there || here != there {
			t.Errorf("%s: it is %q there and %q here, want %q", name, again, here, there)
		}
		if there, _ := ask(id); name == "unsigned" && (there != id || here != id) {
			t.Errorf("an old client is %q there and %q here", there, here)
		}
	}
}

func TestLocations(t *testing.T) {
	for _, tt := range []struct {
		name, host, location string
		tls                  bool
		want                 string
	}{
		{"a path", "", "/login?next=%2F", false, "/login?next=%2F"},
		{"elsewhere", "", "https://pay.example.org/x", true, "https://pay.example.org/x"},
		{"an allowed host", "", "https://www.example.com/x", false, "https://www.example.com/x"},
		{"its own address", "", "http://OLD/a%2Fb?q#f", false, "http://example.com/a%2Fb?q#f"},
		{"its own address, to a client that asked over TLS", "", "http://OLD/", true, "https://example.com/"},
		{"what is no URL", "", "http://%zz", false, "http://%zz"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var at string
			s, old := behind(t, legacy.Options{Host: tt.host}, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Location"] = []string{strings.ReplaceAll(tt.location, "OLD", at)}
				w.WriteHeader(http.StatusFound)
			})
			at = old.Listener.Addr().String()
			r := httptest.NewRequest("GET", "/", nil)
			if tt.tls {
				r.TLS = &tls.ConnectionState{}
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if got := w.Header().Get("Location"); got != tt.want || w.Code != 302 {
				t.Errorf("got %d %s, want %s", w.Code, got, tt.want)
			}
		})
	}
}

// Responses come back as they were sent, and override what outer pieces have set.
func TestAnswersComeBackAsTheyWere(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, "packed")
	z.Close()
	s, _ := behind(t, legacy.Options{}, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Date"], h["X-Powered-By"], h["Vary"] = nil, []string{"old"}, []string{"Accept"}
		h["Set-Cookie"] = []string{"a=1", "b=2"}
		switch r.URL.Path {
		case "/gzip":
			h.Set("Content-Encoding", "gzip")
			w.Write(packed.Bytes())
		case "/304":
			h.Set("Etag", `"x"`)
			w.WriteHeader(304)
		case "/teapot":
			w.WriteHeader(418)
			io.WriteString(w, "{}")
		case "/trailer":
			h.Set("Trailer", "X-Sum")
			io.WriteString(w, "body")
			h.Set("X-Sum", "7")
		}
	})
	front := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Powered-By"], h["Vary"], h["Set-Cookie"], h["X-Own"] = []string{"new"}, []string{"Origin"}, []string{"c=3"}, []string{"1"}
		s.ServeHTTP(w, r)
	}))
	for _, tt := range []struct {
		method, path string
		status       int
		body         string
		length       int64
	}{
		{"GET", "/gzip", 200, packed.String(), int64(packed.Len())},
		{"HEAD", "/gzip", 200, "", int64(packed.Len())},
		{"GET", "/304", 304, "", -1},
		{"POST", "/teapot", 418, "{}", 2},
		{"GET", "/trailer", 200, "body", -1},
	} {
		r, err := http.NewRequest(tt.method, front.URL+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != tt.status || string(body) != tt.body || tt.length >= 0 && res.ContentLength != tt.length {
			t.Errorf("%s %s: got %d, %q of length %d, %v", tt.method, tt.path, res.StatusCode, body, res.ContentLength, err)
		}
		want := http.Header{"X-Powered-By": {"old"}, "Vary": {"Origin", "Accept"}, "Set-Cookie": {"c=3", "a=1", "b=2"}, "X-Own": {"1"}}
		for name, values := range want {
			if !slices.Equal(res.Header[name], values) {
				t.Errorf("%s %s: got %s %q, want %q", tt.method, tt.path, name, res.Header[name], values)
			}
		}
		if tt.path == "/trailer" && res.Trailer.Get("X-Sum") != "7" {
			t.Errorf("got the trailer %v", res.Trailer)
		}
	}
}

// Neither the request nor the response is held back until it is complete.
func TestBodiesStream(t *testing.T) {
	s, _ := behind(t, legacy.Options{}, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		control.EnableFullDuplex()
		w.Header().Set("Content-Type", "text/event-stream")
		for line := bufio.NewScanner(r.Body); line.Scan(); {
			fmt.Fprintf(w, "echo %s\n", line.Text())
			control.Flush()
		}
	})
	front := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		s.ServeHTTP(w, r)
	}))
	body, feed := io.Pipe()
	r, err := http.NewRequest("POST", front.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	go io.WriteString(feed, "one\n")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for _, want := range []string{"one", "two", "three"} {
		if want != "one" {
			io.WriteString(feed, want+"\n")
		}
		if !lines.Scan() || lines.Text() != "echo "+want {
			t.Fatalf("got %q, %v", lines.Text(), lines.Err())
		}
	}
	feed.Close()
}

// A body may take longer than the server's ReadTimeout as long as data keeps
// arriving.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	s, _ := behind(t, legacy.Options{BodyTimeout: 20 * time.Second}, dump)
	front := httptest.NewUnstartedServer(s)
	front.Config.ReadTimeout = 300 * time.Millisecond // less than the whole takes
	front.Start()
	defer front.Close()
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\n")
	for _, part := range []string{"ab", "cd", "ef"} {
		<-time.After(200 * time.Millisecond) // like a slow client
		io.WriteString(conn, part)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), `"abcdef" <nil>`) {
		t.Errorf("got %v, %s", err, answer)
	}
}

func TestUpgradesPass(t *testing.T) {
	s, _ := behind(t, legacy.Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" || r.Header.Get("Connection") != "Upgrade" {
			w.WriteHeader(http.StatusUpgradeRequired)
			return
		}
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "+r.Header.Get("Sec-WebSocket-Key")+"\r\n\r\n")
		line, err := buf.ReadString('\n')
		if err != nil {
			t.Error(err)
		}
		io.WriteString(conn, "echo "+line)
	})
	conn, err := net.Dial("tcp", serve(t, s).Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(conn, "GET /primus HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n")
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != 101 || res.Header.Get("Sec-Websocket-Accept") != "k" {
		t.Fatalf("got %v, %v", res, err)
	}
	io.WriteString(conn, "hello\n")
	if line, err := in.ReadString('\n'); line != "echo hello\n" {
		t.Errorf("got %q, %v", line, err)
	}
}

// records keeps what was logged.
type records struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *records) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *records) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *records) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func TestErrorsOfTheOldServer(t *testing.T) {
	t.Parallel()
	nobody := httptest.NewServer(nil)
	nobody.Close()
	for _, tt := range []struct {
		name   string
		server string
		h      http.HandlerFunc
		status int
		as     error
		text   string
	}{
		{"it is not there", nobody.URL, nil, 502, legacy.ErrUnreachable, "the server that answers this cannot be reached"},
		{"it has no such name", "http://nobody.invalid", nil, 502, legacy.ErrUnreachable, "the server that answers this cannot be reached"},
		{"it breaks off", "", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502, legacy.ErrUnreachable, "the server that answers this cannot be reached"},
		{"it speaks something else", "", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			io.WriteString(conn, "220 smtp\r\n")
			conn.Close()
		}, 502, legacy.ErrUnreachable, "the server that answers this cannot be reached"},
		{"it takes too long", "", func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, 504, legacy.ErrTimeout, "the server that answers this took too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log records
			var responded error
			for _, o := range []legacy.Options{{}, {Respond: func(w http.ResponseWriter, _ *http.Request, err error) {
				responded = err
				w.WriteHeader(599)
			}}} {
				o.Server, o.Logger = tt.server, log.logger()
				if tt.status == 504 {
					o.ResponseTimeout = 100 * time.Millisecond
				}
				s, _ := behind(t, o, tt.h)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, httptest.NewRequest("POST", "/x", strings.NewReader("body")))
				if o.Respond == nil && (w.Code != tt.status || w.Body.String() != `{"error":"`+tt.text+`"}`) {
					t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.status)
				}
				if o.Respond != nil && (w.Code != 599 || !errors.Is(responded, tt.as)) {
					t.Errorf("Respond: got %v, want %v", responded, tt.as)
				}
			}
			if n := strings.Count(log.String(), "level=ERROR msg=\"request failed\""); n != 2 || strings.Count(log.String(), "\n") != 2 {
				t.Errorf("logged, for two requests:\n%s", log.String())
			}
		})
	}
}

func TestErrorsOfClients(t *testing.T) {
	t.Parallel()
	read := func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }
	for _, tt := range []struct {
		name, sent string
		want       string
		level      string
	}{
		{"a body that stops", "POST / HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 9\n\nabc", "408 Request Timeout", "DEBUG"},
		{"a body that cannot be read", "POST / HTTP/1.1\nHost: x\nConnection: close\nTransfer-Encoding: chunked\n\nzz\n", "400 Bad Request", "DEBUG"},
		{"a body that is too large", "POST / HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 30\n\n" + strings.Repeat("x", 30), "413 Request Entity Too Large", "DEBUG"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log records
			o := legacy.Options{Logger: log.logger()}
			if strings.HasPrefix(tt.want, "408 ") {
				o.BodyTimeout = 100 * time.Millisecond
			}
			s, _ := behind(t, o, read)
			front := serve(t, http.MaxBytesHandler(s, 20))
			got := exchange(t, front.Listener.Addr().String(), tt.sent)
			if !strings.HasPrefix(got, "HTTP/1.1 "+tt.want) || strings.Count(log.String(), "level="+tt.level) != 1 || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("got %s\nlogged %s", got, log.String())
			}
		})
	}
	t.Run("a client that leaves", func(t *testing.T) {
		var log records
		asked, left := make(chan struct{}), make(chan struct{})
		s, _ := behind(t, legacy.Options{Logger: log.logger()}, func(_ http.ResponseWriter, r *http.Request) {
			close(asked)
			<-r.Context().Done() // the old server notices
			close(left)
		})
		over := make(chan struct{})
		front := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(over)
			s.ServeHTTP(w, r)
		}))
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			<-asked
			leave()
		}()
		r, err := http.NewRequestWithContext(ctx, "GET", front.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := http.DefaultClient.Do(r); err == nil {
			t.Error("got an answer")
		}
		<-left
		<-over
		if !strings.Contains(log.String(), `level=DEBUG msg="client gone"`) || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("logged %s", log.String())
		}
	})
}

// A response that breaks off does not look complete.
func TestBrokenAnswersStayBroken(t *testing.T) {
	for name, cut := range map[string]func(http.ResponseWriter){
		"with a length": func(w http.ResponseWriter) { w.Header().Set("Content-Length", "100") },
		"in chunks":     func(http.ResponseWriter) {},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s, _ := behind(t, legacy.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(w http.ResponseWriter, _ *http.Request) {
				cut(w)
				io.WriteString(w, "half")
				http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			})
			ended := make(chan struct{})
			front := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				s.ServeHTTP(w, r)
			}))
			res, err := http.Get(front.URL + "/some/path?secret=1")
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if err == nil {
				t.Error("got a whole response")
			}
			<-ended
			if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `level=ERROR msg="request failed after its response began" method=GET path=/some/path status=200 messageId=`) ||
				!strings.Contains(got, "the old server's response broke off: unexpected EOF") {
				t.Errorf("got %q, want one error with the request and the cause", got)
			}
		})
	}
}

// A client that leaves during a response is no error.
func TestAClientThatLeavesDuringAResponseIsNoError(t *testing.T) {
	var log bytes.Buffer
	s, _ := behind(t, legacy.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	ended := make(chan struct{})
	front := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		s.ServeHTTP(w, r)
	}))
	res, err := http.Get(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	<-ended
	if log.Len() > 0 {
		t.Errorf("got %q, want no record", log.String())
	}
}

func TestLoops(t *testing.T) {
	var back http.Handler
	front := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { back.ServeHTTP(w, r) }))
	first := server(t, legacy.Options{Server: front.URL})
	second := server(t, legacy.Options{Server: serve(t, first).URL})
	back = second
	res, err := http.Get(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 508 || string(body) != `{"error":"the server that answers this sends the request back"}` {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	// What other proxies say in Via is left as it is.
	var via []string
	s, _ := behind(t, legacy.Options{}, func(_ http.ResponseWriter, r *http.Request) { via = r.Header["Via"] })
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Via", "1.0 fred, 1.1 p.example.net")
	s.ServeHTTP(httptest.NewRecorder(), r)
	if len(via) != 2 || via[0] != "1.0 fred, 1.1 p.example.net" || !strings.HasPrefix(via[1], "1.1 sidekick-") {
		t.Errorf("got %q", via)
	}
}

// A connection that the old server closes when it has been idle is not used again.
func TestIdleConnectionsAreDroppedInTime(t *testing.T) {
	t.Parallel()
	old := httptest.NewUnstartedServer(http.HandlerFunc(dump))
	old.Config.IdleTimeout = 200 * time.Millisecond
	old.Start()
	defer old.Close()
	var clients sync.WaitGroup
	for range 4 {
		s := server(t, legacy.Options{Server: old.URL, IdleTimeout: 50 * time.Millisecond})
		clients.Go(func() {
			for i := range 2 {
				w := httptest.NewRecorder()
				s.ServeHTTP(w, httptest.NewRequest("POST", "/", struct{ io.Reader }{strings.NewReader("x")}))
				if w.Code != 200 {
					t.Errorf("request %d: got %d %s", i, w.Code, w.Body)
				}
				if i == 0 {
					<-time.After(195 * time.Millisecond)
				}
			}
		})
	}
	clients.Wait()
}

func TestOptionsAreChecked(t *testing.T) {
	for _, at := range []string{"", "localhost:8081", "ftp://x", "http://", "http://%zz", "unix:relative", "http://user:secret@x/", "http://x/?q", "http://x/#f"} {
		_, err := legacy.New(legacy.Options{Server: at})
		var bad *legacy.ConfigError
		if !errors.As(err, &bad) || bad.Field != "Server" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v", at, err)
		}
	}
	_, err := legacy.New(legacy.Options{FingerprintCookie: "a b", Host: "a/b", IdleTimeout: -1, TrustedProxies: []netip.Prefix{{}}})
	for _, field := range []string{"Server", "FingerprintCookie", "Host", "IdleTimeout", "TrustedProxies[0]"} {
		if err == nil || !strings.Contains(err.Error(), "legacy: "+field+":") {
			t.Errorf("%s is not reported: %v", field, err)
		}
	}
}

// The facts of a request are those of the outer pieces.
func TestRecordsArePassed(t *testing.T) {
	var log records
	s := server(t, legacy.Options{Server: "unix:" + filepath.Join(t.TempDir(), "none"), Logger: log.logger()})
	r, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil))
	s.ServeHTTP(httptest.NewRecorder(), r)
	if !strings.Contains(log.String(), "messageId="+rec.MessageID()) {
		t.Errorf("logged %s", log.String())
	}
}

// shortDir is a folder whose path leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil || len(dir) > 90 {
		t.Skip("the path of the folder is too long for a socket")
	}
	return dir
}
