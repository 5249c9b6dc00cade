package ratelimit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// request returns a request from an address.
func request(method, target, remote string, fields ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.RemoteAddr = remote
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

var ok = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })

func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func perHour(n int64) []ratelimit.Limit { return []ratelimit.Limit{{Rate: n, Per: time.Hour}} }

// A request that passes gets the server's own writer.
func TestMatrix(t *testing.T) {
	respwtest.Run(t, mustNew(t, ratelimit.Options{Limits: perHour(1_000_000), FieldsAlways: true}).Handler)
}

func TestRefusal(t *testing.T) {
	c := newClock()
	l := withClock(t, c, 0, ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 2, Per: 10 * time.Second}}})
	h := l.Handler(ok)
	for range 2 {
		w := ask(h, request("GET", "/", "192.0.2.1:1"))
		if w.Code != 200 || w.Body.String() != "ok" || len(w.Header()) != 1 {
			t.Fatalf("got %d %v %q, want the handler's answer as it is", w.Code, w.Header(), w.Body)
		}
	}
	w := ask(h, request("GET", "/", "192.0.2.1:2"))
	want := map[string]string{
		"Retry-After":            "5",
		"Ratelimit":              `"default";r=0;t=5`,
		"Ratelimit-Policy":       `"default";q=2;w=10`,
		"Content-Type":           "application/json; charset=utf-8",
		"X-Content-Type-Options": "nosniff",
		"Cache-Control":          "no-store",
	}
	for field, value := range want {
		if got := w.Header().Get(field); got != value {
			t.Errorf("%s: got %q, want %q", field, got, value)
		}
	}
	if len(w.Header()) != len(want) {
		t.Errorf("got the fields %v", w.Header())
	}
	if got, want := w.Body.String(), `{"error":"too many requests: try again in 5 seconds"}`; w.Code != 429 || got != want {
		t.Errorf("got %d %s, want 429 %s", w.Code, got, want)
	}
	c.advance(5 * time.Second)
	if w := ask(h, request("GET", "/", "192.0.2.1:3")); w.Code != 200 {
		t.Errorf("after Retry-After: got %d, want 200", w.Code)
	}
}

func TestFields(t *testing.T) {
	limits := []ratelimit.Limit{{Rate: 10, Per: time.Second, Burst: 20}, {Rate: 1000, Per: time.Hour}, {Name: "rare", Rate: 1, Per: 1500 * time.Millisecond, Burst: 30}}
	for _, test := range []struct {
		name           string
		options        ratelimit.Options
		use            int64
		status         int
		policy, limits string
		retryAfter     string
	}{
		{"allowed, by default", ratelimit.Options{Limits: limits}, 0, 200, "", "", ""},
		{"allowed, by option", ratelimit.Options{Limits: limits, FieldsAlways: true}, 4, 200,
			`"10/s";q=20;w=2, "1000/h";q=1000;w=3600, "rare";q=30;w=45`,
			`"10/s";r=15;t=1, "1000/h";r=995;t=4, "rare";r=25;t=2`, ""},
		{"refused: only what has refused says when", ratelimit.Options{Limits: limits}, 20, 429,
			`"10/s";q=20;w=2, "1000/h";q=1000;w=3600, "rare";q=30;w=45`,
			`"10/s";r=0;t=1, "1000/h";r=980, "rare";r=10`, "1"},
		{"refused, without fields", ratelimit.Options{Limits: limits, OmitFields: true}, 20, 429, "", "", "1"},
		{"a window of less than a second", ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 10, Per: time.Second, Burst: 1}}}, 1, 429,
			`"default";q=1;w=1`, `"default";r=0;t=1`, "1"},
		{"a cost that is never allowed", ratelimit.Options{Limits: limits, Cost: func(*http.Request) int64 { return 21 }}, 3, 429,
			`"10/s";q=20;w=2, "1000/h";q=1000;w=3600, "rare";q=30;w=45`, `"10/s";r=17;t=1, "1000/h";r=997, "rare";r=27`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := withClock(t, newClock(), 0, test.options)
			r := request("GET", "/", "192.0.2.1:1")
			allow(t, l, l.Key(r), test.use)
			w := ask(l.Handler(ok), r)
			if w.Code != test.status || w.Header().Get("RateLimit-Policy") != test.policy || w.Header().Get("RateLimit") != test.limits || w.Header().Get("Retry-After") != test.retryAfter {
				t.Errorf("got %d %v", w.Code, w.Header())
			}
		})
	}
}

// A client that waits as long as Retry-After says is not refused again, whatever
// refused it.
func TestRetryAfterIsEnough(t *testing.T) {
	for _, limit := range []ratelimit.Limit{{Rate: 3, Per: time.Second}, {Rate: 7, Per: time.Hour, Burst: 2}, {Rate: 1, Per: 1001 * time.Millisecond}} {
		c := newClock()
		l := withClock(t, c, 0, ratelimit.Options{Limits: []ratelimit.Limit{limit}})
		h := l.Handler(ok)
		refused := 0
		for range 50 {
			w := ask(h, request("GET", "/", "192.0.2.1:1"))
			if w.Code == 200 {
				c.advance(37 * time.Millisecond)
				continue
			}
			refused++
			wait, err := time.ParseDuration(w.Header().Get("Retry-After") + "s")
			if err != nil {
				t.Fatal(err)
			}
			c.advance(wait)
			if w := ask(h, request("GET", "/", "192.0.2.1:1")); w.Code != 200 {
				t.Fatalf("%+v: refused again after %v", limit, wait)
			}
		}
		if refused == 0 {
			t.Errorf("%+v: nothing was refused", limit)
		}
	}
}

func TestKeys(t *testing.T) {
	address := ratelimit.Options{Limits: perHour(1)}
	header := ratelimit.Options{Limits: perHour(1), KeyHeader: "x-api-key"}
	function := ratelimit.Options{Limits: perHour(1), Key: func(r *http.Request) string { return r.URL.Query().Get("user") }}
	proxied := ratelimit.Options{Limits: perHour(1), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	wide, narrow := address, address
	wide.IPv6PrefixBits, narrow.IPv6PrefixBits = 48, 128
	for _, test := range []struct {
		name    string
		options ratelimit.Options
		r       *http.Request
		want    string
	}{
		{"IPv4", address, request("GET", "/", "192.0.2.1:80"), "ip:192.0.2.1"},
		{"IPv4 in IPv6", address, request("GET", "/", "[::ffff:192.0.2.1]:80"), "ip:192.0.2.1"},
		{"IPv6 by 64 bits", address, request("GET", "/", "[2001:db8:1:2:3:4:5:6]:80"), "ip:2001:db8:1:2::/64"},
		{"IPv6 with a zone", address, request("GET", "/", "[fe80::1%eth0]:80"), "ip:fe80::/64"},
		{"IPv6 by 48 bits", wide, request("GET", "/", "[2001:db8:1:2:3:4:5:6]:80"), "ip:2001:db8:1::/48"},
		{"IPv6 whole", narrow, request("GET", "/", "[2001:db8:1:2:3:4:5:6]:80"), "ip:2001:db8:1:2:3:4:5:6"},
		{"no address", address, request("GET", "/", "@"), "ip:"},
		{"a forged X-Forwarded-For", address, request("GET", "/", "192.0.2.1:80", "X-Forwarded-For", "203.0.113.9"), "ip:192.0.2.1"},
		{"one from a stranger", proxied, request("GET", "/", "192.0.2.1:80", "X-Forwarded-For", "203.0.113.9"), "ip:192.0.2.1"},
		{"one from a trusted proxy", proxied, request("GET", "/", "10.1.1.1:80", "X-Forwarded-For", "1.1.1.1, 203.0.113.9"), "ip:203.0.113.9"},
		{"a field", header, request("GET", "/", "192.0.2.1:80", "X-API-Key", "secret"), "hd:K7gNU3sdo-OL0wNhqoVWhr"},
		{"the first of two", header, request("GET", "/", "192.0.2.1:80", "X-API-Key", "secret", "X-API-Key", "other"), "hd:K7gNU3sdo-OL0wNhqoVWhr"},
		{"a field that is empty", header, request("GET", "/", "192.0.2.1:80", "X-API-Key", ""), "ip:192.0.2.1"},
		{"no field", header, request("GET", "/", "192.0.2.1:80"), "ip:192.0.2.1"},
		{"a function", function, request("GET", "/?user=ip:192.0.2.1", "192.0.2.9:80"), "fn:ip:192.0.2.1"},
		{"a function that does not know", function, request("GET", "/", "192.0.2.9:80"), "ip:192.0.2.9"},
		{"a long key", function, request("GET", "/?user="+strings.Repeat("x", 126), "192.0.2.9:80"), "long:ocP5A3nxCOOpa6KfmIu8N9"},
		{"one that is just short enough", function, request("GET", "/?user="+strings.Repeat("x", 125), "192.0.2.9:80"), "fn:" + strings.Repeat("x", 125)},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := withClock(t, newClock(), 0, test.options)
			if got := l.Key(test.r); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			// The key is that of the client for which Check counts.
			if _, err := l.Check(t.Context(), test.r); err != nil {
				t.Fatal(err)
			}
			if allow(t, l, test.want) {
				t.Error("Check has counted for another client")
			}
		})
	}
}

// A client can neither pose as another nor be refused in its place.
func TestKeysOfOneKindAreNotOfAnother(t *testing.T) {
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(1), KeyHeader: "X-API-Key"})
	h := l.Handler(ok)
	for _, value := range []string{"192.0.2.1", "ip:192.0.2.1", "hd:x"} {
		if w := ask(h, request("GET", "/", "203.0.113.1:1", "X-API-Key", value)); w.Code != 200 {
			t.Errorf("%s: got %d", value, w.Code)
		}
	}
	if w := ask(h, request("GET", "/", "192.0.2.1:1")); w.Code != 200 {
		t.Errorf("the client at 192.0.2.1 pays for another's header: got %d", w.Code)
	}
}

// The client is the one that middleware/clientaddr has determined.
func TestDecidedAddress(t *testing.T) {
	proxies, err := clientaddr.New(clientaddr.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(1), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}})
	h := proxies.Handler(l.Handler(ok))
	for _, test := range []struct {
		forwarded string
		want      int
	}{{"203.0.113.1", 200}, {"203.0.113.2", 200}, {"6.6.6.6, 203.0.113.1", 429}} {
		if w := ask(h, request("GET", "/", "10.0.0.1:1", "X-Forwarded-For", test.forwarded)); w.Code != test.want {
			t.Errorf("%s: got %d, want %d", test.forwarded, w.Code, test.want)
		}
	}
}

// A client that omits its cookie gets a new fingerprint each time, but not a new
// limit. One that sends its cookie is recognized wherever it is.
func TestFingerprints(t *testing.T) {
	clients, err := fingerprint.New(fingerprint.Options{RandomKeys: true})
	if err != nil {
		t.Fatal(err)
	}
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(2), KeyFingerprint: true})
	h := clients.Handler(l.Handler(ok))
	first := ask(h, request("GET", "/", "192.0.2.1:1"))
	cookie := first.Result().Cookies()[0].String()
	cookie, _, _ = strings.Cut(cookie, ";")
	if w := ask(h, request("GET", "/", "192.0.2.1:1")); w.Code != 200 {
		t.Fatalf("got %d", w.Code)
	}
	if w := ask(h, request("GET", "/", "192.0.2.1:1")); w.Code != 429 {
		t.Errorf("without a cookie, for the third time: got %d, want 429", w.Code)
	}
	for i, want := range []int{200, 200, 429} {
		remote := fmt.Sprintf("203.0.113.%d:1", i)
		if w := ask(h, request("GET", "/", remote, "Cookie", cookie)); w.Code != want {
			t.Errorf("with a cookie from %s: got %d, want %d", remote, w.Code, want)
		}
	}
	t.Run("a program that knows its clients from elsewhere", func(t *testing.T) {
		r := request("GET", "/", "192.0.2.1:1")
		r = r.WithContext(fingerprint.NewContext(r.Context(), "somebody"))
		if got := l.Key(r); !strings.HasPrefix(got, "fp:") || strings.Contains(got, "somebody") {
			t.Errorf("got the key %q", got)
		}
	})
	t.Run("where the piece has not run", func(t *testing.T) {
		if got := l.Key(request("GET", "/", "192.0.2.1:1")); got != "ip:192.0.2.1" {
			t.Errorf("got the key %q", got)
		}
	})
}

func TestExemptPaths(t *testing.T) {
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(1), ExemptPaths: []string{"/healthz", "/public/"}})
	h := l.Handler(ok)
	ask(h, request("GET", "/", "192.0.2.1:1")) // uses the limit up
	for target, want := range map[string]int{
		"/healthz": 200, "/healthz/": 429, "/healthz/x": 429, "/HEALTHZ": 429, "/health": 429,
		"/public/": 200, "/public/a.js": 200, "/public/css/a.css": 200, "/public/css/": 200, "/public": 429, "/publicity": 429,
		"/public/../api": 429, "/public/css/..": 429, "/public/./api": 429, "/public//api": 429, "/public/%2e%2e/api": 429,
		"/public%2Fapi": 429, "/public/a%2F..%2Fapi": 429, "/public/..%5Capi": 429, "/public/a%20b": 200, "/public/...": 200,
	} {
		if w := ask(h, request("GET", target, "192.0.2.1:1")); w.Code != want {
			t.Errorf("%s: got %d, want %d", target, w.Code, want)
		}
	}
	if d, err := l.Check(t.Context(), request("GET", "/healthz", "192.0.2.1:1")); err != nil || !d.Allowed || d.Counted || d.Limits() != nil {
		t.Errorf("got %+v, %v; want it allowed without being counted", d, err)
	}
}

func TestCostOfRequests(t *testing.T) {
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(10), Cost: func(r *http.Request) int64 {
		switch r.Method {
		case "OPTIONS":
			return 0
		case "POST":
			return 5
		case "DELETE":
			return 11
		case "PUT":
			return -1
		}
		return 1
	}})
	h := l.Handler(ok)
	for _, test := range []struct {
		method string
		want   int
	}{{"POST", 200}, {"GET", 200}, {"POST", 429}, {"GET", 200}, {"DELETE", 429}, {"PUT", 429}, {"GET", 200}, {"GET", 200}, {"GET", 200}, {"GET", 429}, {"OPTIONS", 200}} {
		w := ask(h, request(test.method, "/", "192.0.2.1:1"))
		if w.Code != test.want {
			t.Errorf("%s: got %d, want %d", test.method, w.Code, test.want)
		}
		if never := test.method == "DELETE" || test.method == "PUT"; never != (w.Code == 429 && w.Header().Get("Retry-After") == "") {
			t.Errorf("%s: got Retry-After %q", test.method, w.Header().Get("Retry-After"))
		}
	}
}

// The same request sent again counts again, whatever it repeats.
func TestReplay(t *testing.T) {
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(3)})
	h := l.Handler(ok)
	r := request("POST", "/order?id=7", "192.0.2.1:1", "Idempotency-Key", "7", "If-Match", `"x"`, "X-Request-Id", "1")
	for i, want := range []int{200, 200, 200, 429, 429} {
		if w := ask(h, r.Clone(context.Background())); w.Code != want {
			t.Errorf("replay %d: got %d, want %d", i, w.Code, want)
		}
	}
}

// One limiter mounted twice counts once; two limiters both count.
func TestMountedTwice(t *testing.T) {
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(2)})
	other := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(1)})
	h := l.Handler(l.Handler(ok))
	for i, want := range []int{200, 200, 429} {
		if w := ask(h, request("GET", "/", "192.0.2.1:1")); w.Code != want {
			t.Errorf("request %d: got %d, want %d", i, w.Code, want)
		}
	}
	both := l.Handler(other.Handler(ok))
	for i, want := range []int{200, 429} {
		if w := ask(both, request("GET", "/", "192.0.2.2:1")); w.Code != want {
			t.Errorf("request %d through two: got %d, want %d", i, w.Code, want)
		}
	}
}

// The envelope shows what remains if a limiter has run, and otherwise nothing.
func TestEnvelope(t *testing.T) {
	e, err := envelope.New(envelope.Options{RequesterInformation: true})
	if err != nil {
		t.Fatal(err)
	}
	action := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.Render(w, r, map[string]any{"hello": "world"}, nil) })
	render := func(w http.ResponseWriter, r *http.Request, err error) { e.Render(w, r, nil, err) }
	wide := withClock(t, newClock(), 0, ratelimit.Options{Limits: []ratelimit.Limit{{Name: "a", Rate: 1000, Per: time.Hour}, {Name: "b", Rate: 990, Per: time.Hour}}})
	narrow := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(2), ErrorHandler: render})
	type answer struct {
		Error     string
		Requester struct {
			RemoteIP          string
			RequestsRemaining *int64
		} `json:"requesterInformation"`
	}
	read := func(h http.Handler) (int, answer) {
		var a answer
		w := ask(h, request("GET", "/", "192.0.2.1:1"))
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
			t.Fatalf("%v in %s", err, w.Body)
		}
		return w.Code, a
	}
	if _, a := read(action); a.Requester.RequestsRemaining != nil {
		t.Errorf("without a limiter: got %d", *a.Requester.RequestsRemaining)
	}
	if _, a := read(wide.Handler(action)); a.Requester.RequestsRemaining == nil || *a.Requester.RequestsRemaining != 989 || a.Requester.RemoteIP != "192.0.2.1" {
		t.Errorf("got %+v, want 989 remaining: the fewest of two limits", a.Requester)
	}
	another := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(2)})
	checked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := another.Check(r.Context(), r)
		e.Render(w, r, nil, err)
	})
	if _, a := read(wide.Handler(checked)); a.Requester.RequestsRemaining == nil || *a.Requester.RequestsRemaining != 1 {
		t.Errorf("checked by a handler: got %+v, want 1 remaining", a.Requester)
	}
	stacked := narrow.Handler(wide.Handler(action))
	for i, want := range []struct {
		status    int
		remaining int64
		text      string
	}{{200, 1, ""}, {200, 0, ""}, {429, 0, "too many requests: try again in 1800 seconds"}} {
		status, a := read(stacked)
		if got := a.Requester.RequestsRemaining; status != want.status || got == nil || *got != want.remaining || a.Error != want.text {
			t.Errorf("request %d through two limiters: got %d %+v %q, want %+v", i, status, got, a.Error, want)
		}
	}
}

func TestErrors(t *testing.T) {
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: []ratelimit.Limit{{Name: "burst", Rate: 1, Per: time.Second}, {Name: "hour", Rate: 100, Per: time.Hour}}})
	allow(t, l, "a")
	for _, test := range []struct {
		cost          int64
		text, message string
	}{
		{1, "ratelimit: burst allows the request in 1s", "too many requests: try again in 1 second"},
		{2, "ratelimit: a cost of 2 is never allowed by burst", "the request costs more than is ever allowed"},
		{101, "ratelimit: a cost of 101 is never allowed by burst, hour", "the request costs more than is ever allowed"},
	} {
		_, err := l.Allow(t.Context(), "a", test.cost)
		var limited *ratelimit.LimitedError
		if !errors.As(fmt.Errorf("wrapped: %w", err), &limited) {
			t.Fatalf("got %v, want a LimitedError", err)
		}
		if limited.Error() != test.text || limited.ClientMessage() != test.message || limited.StatusCode() != 429 || limited.ErrorCode() != "rate_limited" {
			t.Errorf("cost %d: got %q, %q, %d, %q", test.cost, limited.Error(), limited.ClientMessage(), limited.StatusCode(), limited.ErrorCode())
		}
	}
}

// Over real connections, in real time: requests that arrive in time are answered,
// and fields set by others are kept.
func TestOverTheWire(t *testing.T) {
	l := mustNew(t, ratelimit.Options{Limits: perHour(3), FieldsAlways: true})
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("HTTP/2 ", http2), func(t *testing.T) {
			l := l
			if http2 {
				l = mustNew(t, ratelimit.Options{Limits: perHour(3), FieldsAlways: true})
			}
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Outside", "stays")
				l.Handler(ok).ServeHTTP(w, r)
			}))
			server.EnableHTTP2 = http2
			server.StartTLS()
			defer server.Close()
			for i, want := range []int{200, 200, 200, 429, 429} {
				method := []string{"GET", "POST", "HEAD", "HEAD", "POST"}[i]
				r, _ := http.NewRequest(method, server.URL, strings.NewReader(strings.Repeat("x", 100*(i%2))))
				res, err := server.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(res.Body)
				res.Body.Close()
				if res.StatusCode != want || res.Header.Get("X-Outside") != "stays" || res.Header.Get("Ratelimit") == "" || (method == "HEAD") != (len(body) == 0) {
					t.Errorf("%s: got %d %v %q, want %d", method, res.StatusCode, res.Header, body, want)
				}
			}
		})
	}
}

// The default clock is the machine's.
func TestRealClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := mustNew(t, ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 1, Per: time.Minute}}})
		if !allow(t, l, "a") || allow(t, l, "a") {
			t.Error("a limit of 1 is none")
		}
		time.Sleep(time.Minute)
		if !allow(t, l, "a") {
			t.Error("after a minute it is still refused")
		}
	})
}

// Check decides in the same way as the handler.
func TestCheckDecidesLikeHandler(t *testing.T) {
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: perHour(2)})
	r := request("GET", "/", "192.0.2.1:1")
	d, err := l.Check(r.Context(), r)
	if err != nil || !d.Allowed || !d.Counted || d.Remaining != 1 || d.RetryAfter != 0 {
		t.Errorf("got %+v, %v", d, err)
	}
	h := http.Header{}
	d.SetFields(h)
	if got := h.Get("RateLimit"); got != `"default";r=1;t=1800` {
		t.Errorf("got %q", got)
	}
	if w := ask(l.Handler(ok), r); w.Code != 200 {
		t.Errorf("got %d", w.Code)
	}
	var limited *ratelimit.LimitedError
	if d, err = l.Check(r.Context(), r); !errors.As(err, &limited) || d.Allowed || d.RetryAfter != 30*time.Minute {
		t.Errorf("got %+v, %v", d, err)
	}
	(ratelimit.Decision{}).SetFields(h) // nothing was counted, so nothing changes
	if got := h.Get("RateLimit"); got != `"default";r=1;t=1800` {
		t.Errorf("got %q", got)
	}
}

func TestCopiesOptions(t *testing.T) {
	limits, paths := perHour(1), []string{"/free"}
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: limits, ExemptPaths: paths})
	limits[0].Rate, paths[0] = 100, "/"
	if !allow(t, l, "a") || allow(t, l, "a") {
		t.Error("the limit is not the one that New was given")
	}
	if _, err := l.Check(t.Context(), &http.Request{URL: &url.URL{Path: "/"}, RemoteAddr: "192.0.2.1:1"}); err != nil {
		t.Error(err)
	}
	if d, _ := l.Check(t.Context(), &http.Request{URL: &url.URL{Path: "/"}, RemoteAddr: "192.0.2.1:1"}); d.Allowed {
		t.Error("the exempt paths are not the ones that New was given")
	}
}
