package requestid_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/logctx"
	"github.com/sidekick-http/sidekick/middleware/requestid"
)

func newSetter(t testing.TB, o requestid.Options) *requestid.Setter {
	t.Helper()
	s, err := requestid.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tell answers with the id that the handler sees.
var tell = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	id, ok := requestid.FromContext(r.Context())
	if !ok {
		id = "none"
	}
	io.WriteString(w, id)
})

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// The address by which a proxy is recognized is that of a real connection.
func TestIDs(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	const random = "a random one"
	for _, tt := range []struct {
		name   string
		o      requestid.Options
		header []string
		want   string
		field  string // where the response has it
	}{
		{"none is sent", requestid.Options{}, nil, random, "X-Request-Id"},
		{"a stranger's", requestid.Options{}, []string{"X-Request-Id", "theirs"}, random, "X-Request-Id"},
		{"another proxy is trusted", requestid.Options{TrustedProxies: elsewhere}, []string{"X-Request-Id", "theirs"}, random, "X-Request-Id"},
		{"a proxy's", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", "Root=1-67891233-abcdef012345678912345678"}, "Root=1-67891233-abcdef012345678912345678", "X-Request-Id"},
		{"a proxy sends none", requestid.Options{TrustedProxies: loopback}, nil, random, "X-Request-Id"},
		{"two lines", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", "one", "X-Request-Id", "two"}, random, "X-Request-Id"},
		{"empty", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", ""}, random, "X-Request-Id"},
		{"the longest", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", strings.Repeat("x", 128)}, strings.Repeat("x", 128), "X-Request-Id"},
		{"too long", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", strings.Repeat("x", 129)}, random, "X-Request-Id"},
		{"a blank", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", "a b"}, random, "X-Request-Id"},
		{"quotes", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", `a"}`}, random, "X-Request-Id"},
		{"an escape code", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", "\u009b31m"}, random, "X-Request-Id"},
		{"markup", requestid.Options{TrustedProxies: loopback}, []string{"X-Request-Id", "<b>"}, random, "X-Request-Id"},
		{"another field", requestid.Options{TrustedProxies: loopback, Header: "x-amzn-trace-id"}, []string{"X-Amzn-Trace-Id", "Root=1", "X-Request-Id", "no"}, "Root=1", "X-Amzn-Trace-Id"},
		{"one's own", requestid.Options{NewID: func() string { return "mine" }}, nil, "mine", "X-Request-Id"},
		{"not in the answer", requestid.Options{OmitHeader: true}, nil, random, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(newSetter(t, tt.o).Handler(tell))
			defer srv.Close()
			r, err := http.NewRequest("GET", srv.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(tt.header); i += 2 {
				r.Header.Add(tt.header[i], tt.header[i+1])
			}
			res, err := srv.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(body); got != tt.want && (tt.want != random || !uuid.MatchString(got)) {
				t.Errorf("got %q, want %s", got, tt.want)
			}
			want := string(body)
			if tt.field == "" {
				want, tt.field = "", "X-Request-Id"
			}
			if got := res.Header.Get(tt.field); got != want {
				t.Errorf("the answer has %q, the handler %q", got, body)
			}
		})
	}
}

func TestUnixPeers(t *testing.T) {
	for _, trust := range []bool{false, true} {
		l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
		if err != nil {
			t.Skip(err)
		}
		srv := httptest.NewUnstartedServer(newSetter(t, requestid.Options{TrustUnixPeers: trust}).Handler(tell))
		srv.Listener.Close()
		srv.Listener = l
		srv.Start()
		c, err := net.Dial("unix", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "GET / HTTP/1.0\r\nX-Request-Id: theirs\r\n\r\n")
		got, err := io.ReadAll(c)
		if err != nil || strings.Contains(string(got), "theirs") != trust {
			t.Errorf("trusted %v: got %q, %v", trust, got, err)
		}
		srv.Close()
	}
}

// If an outer piece has given a request its id, that is kept.
func TestTheOuterIDStays(t *testing.T) {
	outer := newSetter(t, requestid.Options{NewID: func() string { return "outer" }})
	inner := newSetter(t, requestid.Options{NewID: func() string { return "inner" }, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}})
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Request-Id", "sent")
	w := httptest.NewRecorder()
	outer.Handler(inner.Handler(tell)).ServeHTTP(w, r)
	if w.Body.String() != "outer" || w.Header().Get("X-Request-Id") != "outer" {
		t.Errorf("got %s, %v", w.Body, w.Header())
	}
}

func TestTraceparent(t *testing.T) {
	const trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	const good = "00-" + trace + "-" + span + "-01"
	for _, tt := range []struct {
		lines []string
		want  string
	}{
		{nil, ""},
		{[]string{good}, "trace_id=" + trace + " span_id=" + span},
		{[]string{" " + good + "\t"}, "trace_id=" + trace + " span_id=" + span},
		{[]string{"00-" + trace + "-" + span + "-00"}, "trace_id=" + trace + " span_id=" + span},
		{[]string{"cc-" + trace + "-" + span + "-01-what-the-future-will-be-like"}, "trace_id=" + trace + " span_id=" + span},
		{[]string{good, good}, ""},
		{[]string{good + "-more"}, ""}, // of version 00
		{[]string{"cc-" + trace + "-" + span + "-01.what"}, ""},
		{[]string{"ff-" + trace + "-" + span + "-01"}, ""},
		{[]string{"00-" + strings.ToUpper(trace) + "-" + span + "-01"}, ""},
		{[]string{"00-" + strings.Repeat("0", 32) + "-" + span + "-01"}, ""},
		{[]string{"00-" + trace + "-" + strings.Repeat("0", 16) + "-01"}, ""},
		{[]string{"00-" + trace[:31] + "-" + span + "-01"}, ""},
		{[]string{"00-" + trace + "-" + span + "-0g"}, ""},
		{[]string{"00_" + trace + "_" + span + "_01"}, ""},
		{[]string{""}, ""},
		{[]string{"\n"}, ""},
	} {
		var b bytes.Buffer
		logger := slog.New(logctx.New(slog.NewTextHandler(&b, nil)))
		h := newSetter(t, requestid.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			logger.InfoContext(r.Context(), "x")
			if facts.From(r.Context()) == nil {
				t.Error("the record is lost")
			}
		}))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Traceparent"] = tt.lines
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got := b.String(); !strings.Contains(got, "messageId=") || !strings.HasSuffix(got, strings.TrimSpace(" "+tt.want)+"\n") || strings.Contains(got, "trace_id") != (tt.want != "") {
			t.Errorf("%q: got %swant %s", tt.lines, got, tt.want)
		}
	}
}

// If something further out has made a span for the request, records belong to that
// span.
func TestTheOuterSpanStays(t *testing.T) {
	var b bytes.Buffer
	logger := slog.New(logctx.New(slog.NewTextHandler(&b, nil)))
	h := newSetter(t, requestid.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		logger.InfoContext(r.Context(), "x")
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r = r.WithContext(logctx.With(r.Context(), slog.String("trace_id", "outer"), slog.String("span_id", "own")))
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got := b.String(); !strings.HasSuffix(got, " trace_id=outer span_id=own\n") {
		t.Errorf("got %s", got)
	}
}

func TestBadOptions(t *testing.T) {
	_, err := requestid.New(requestid.Options{Header: "a b", TrustedProxies: []netip.Prefix{{}}})
	var bad *requestid.ConfigError
	if !errors.As(err, &bad) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"requestid: Header: ", "requestid: TrustedProxies[0]: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
