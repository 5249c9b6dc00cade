package accesslog

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gorilla/handlers"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// combinedLog writes lines in Apache's combined form.
//
// They are made by gorilla's CombinedLoggingHandler. Around a real handler that
// would count 0 bytes for what goes through ReadFrom, and miss panics; so each
// request is played to it once more when it is over, with what was really sent,
// and without what it would write unquoted or should not write at all.
type combinedLog struct{ handler http.Handler }

func newCombinedLog(out io.Writer) *combinedLog {
	return &combinedLog{handlers.CombinedLoggingHandler(&lineWriter{out: out}, http.HandlerFunc(replay))}
}

// log writes the line for e. Its time is that of the end of the response.
func (c *combinedLog) log(e *entry, query bool) {
	client := e.client()
	if client == "" {
		client = "-"
	}
	r := &http.Request{
		Method:     e.method,
		Proto:      e.r.Proto,
		RemoteAddr: client,
		URL:        &url.URL{}, // without the user that an absolute target may name
		RequestURI: e.url.EscapedPath(),
		Header: http.Header{
			"Referer":    {e.r.Referer()},
			"User-Agent": {e.r.UserAgent()},
		},
	}
	if query {
		if e.url.RawQuery != "" {
			r.RequestURI += "?" + e.url.RawQuery
		}
	} else {
		referer, _, _ := strings.Cut(e.r.Referer(), "?")
		r.Header["Referer"] = []string{referer}
	}
	if r.RequestURI == "" {
		r.RequestURI = "-"
	}
	if !httpfield.IsToken(r.Method) { // gorilla does not quote it
		r.Method = "-"
	}
	if httpfield.HasControl(r.Proto) {
		r.Proto = "-"
	}
	c.handler.ServeHTTP(sent{status: e.status(), bytes: e.tap.Bytes()}, r)
}

// replay repeats to gorilla's counter what a response came to.
func replay(w http.ResponseWriter, _ *http.Request) {
	if s, ok := w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().(sent); ok {
		w.WriteHeader(s.status)
		_, _ = w.Write(nil)
	}
}

// sent is a writer that takes nothing and reports the size of a response.
type sent struct {
	status int
	bytes  int64
}

func (sent) Header() http.Header         { return http.Header{} }
func (sent) WriteHeader(int)             {}
func (s sent) Write([]byte) (int, error) { return int(s.bytes), nil }

// lineWriter lets one line be written at a time.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}
