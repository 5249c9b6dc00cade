package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/middleware/headers"
	"github.com/sidekick-http/sidekick/middleware/jsonp"
	"github.com/sidekick-http/sidekick/middleware/preflight"
	"github.com/sidekick-http/sidekick/middleware/recovery"
)

// piece is one middleware of the chain.
type piece struct {
	name string
	wrap func(http.Handler) http.Handler
}

// pieces are those of the assembled server from the inside out, as it makes
// them.
func pieces() ([]piece, error) {
	var errs [10]error
	env, err := envelope.New(envelope.Options{ServerInformation: true, RequesterInformation: true})
	errs[0] = err
	scripts, err := jsonp.New(jsonp.Options{})
	errs[1] = err
	clients, err := fingerprint.New(fingerprint.Options{Keys: [][]byte{[]byte(cookieKey)}})
	errs[2] = err
	compressor, err := compress.New(compress.Options{})
	errs[3] = err
	responder, err := preflight.New(preflight.Options{})
	errs[4] = err
	set := map[string]string{"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
	for _, f := range fixed {
		set[f[0]] = f[1]
	}
	fields, err := headers.New(headers.Options{Set: set})
	errs[5] = err
	names, err := hosts.New(hosts.Options{Allowed: []string{"http://" + host}})
	errs[6] = err
	clientAddr, err := clientaddr.New(clientaddr.Options{})
	errs[7] = err
	accessLog, err := accesslog.New(accesslog.Options{Logger: slog.New(asJSON())})
	errs[8] = err
	recoverer, err := recovery.New(recovery.Options{
		Respond: func(w http.ResponseWriter, r *http.Request, err error) { env.Render(w, r, nil, err) },
	})
	errs[9] = err
	return []piece{
		{"JSONP", scripts.Handler},
		{"fingerprint", clients.Handler},
		{"compress", compressor.Handler},
		{"OPTIONS", responder.Handler},
		{"headers", fields.Handler},
		{"hosts", names.Handler},
		{"client address", clientAddr.Handler},
		{"access log as JSON", accessLog.Handler},
		{"recover", recoverer.Handler},
	}, errors.Join(errs[:]...)
}

// comparePieces times, in process, what the chain costs as it grows piece by
// piece.
func comparePieces(out io.Writer, rounds int) error {
	all, err := pieces()
	if err != nil {
		return err
	}
	request, err := returning(all)
	if err != nil {
		return err
	}
	h, err := sidekickDispatch()
	if err != nil {
		return err
	}
	cases := []inProcess{newInProcess("encoding/json", byHand(false), request), newInProcess("dispatch and envelope", h, request)}
	for _, p := range all {
		h = p.wrap(h)
		cases = append(cases, newInProcess(p.name, h, request))
	}
	kit, err := sidekickChain(asJSON())()
	if err != nil {
		return err
	}
	cases = append(cases, newInProcess("the assembled server", kit, request))
	results := least(rounds, cases)
	fmt.Fprintf(out, "the chain as it grows, in process (the same answer by encoding/json and ServeMux: %.0f ns, %.0f allocations)\n", results[0].nanos, results[0].allocs)
	last := cost{}
	for _, r := range results[1:] {
		fmt.Fprintf(out, "  + %-26s %8.0f ns %4.0f allocs %6.0f B   %8.0f ns %4.0f allocs in all\n",
			r.name, r.nanos-last.nanos, r.allocs-last.allocs, r.bytes-last.bytes, r.nanos, r.allocs)
		last = r
	}
	return nil
}

// cost is what one call of a case takes.
type cost struct {
	name          string
	nanos         float64
	allocs, bytes float64
}

// batch is how many calls are timed together: few, so that what else the machine
// does spares some batches.
const batch = 64

// least times all cases in turn and keeps the shortest time of each, since
// differences of some nanoseconds drown in medians where others use the machine,
// too. The garbage collector's work is not in it; the bytes tell of that.
func least(rounds int, cases []inProcess) []cost {
	costs := make([]cost, len(cases))
	for i, c := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const n = 2000
		for range n {
			c.run()
		}
		runtime.ReadMemStats(&after)
		costs[i] = cost{
			name:   c.name,
			nanos:  math.Inf(1),
			allocs: testing.AllocsPerRun(1000, c.run),
			bytes:  float64(after.TotalAlloc-before.TotalAlloc) / n,
		}
	}
	for range 200 * rounds {
		for i, c := range cases {
			start := time.Now()
			for range batch {
				c.run()
			}
			costs[i].nanos = min(costs[i].nanos, float64(time.Since(start).Nanoseconds())/batch)
		}
	}
	return costs
}

// inProcess is a handler with one request to it.
type inProcess struct {
	name string
	run  func()
}

func newInProcess(name string, h http.Handler, r *http.Request) inProcess {
	w := &sink{h: http.Header{}}
	return inProcess{name, func() {
		clear(w.h)
		h.ServeHTTP(w, r)
	}}
}

// returning is the request of a client that has its cookie already.
func returning(all []piece) (*http.Request, error) {
	r := httptest.NewRequest("GET", target, nil)
	r.Host = host
	r.RemoteAddr = "127.0.0.1:12345"
	r.Header.Set("User-Agent", "bench/1.0")
	r.Header.Set("Accept", "*/*")
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	for _, p := range all {
		if p.name == "fingerprint" {
			w := httptest.NewRecorder()
			p.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
			for _, c := range w.Result().Cookies() {
				r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
			}
		}
	}
	if len(r.Cookies()) != 1 {
		return nil, errors.New("no cookie was sent")
	}
	return r, nil
}

// sink is a ResponseWriter that costs as little as one can, with the methods of
// net/http's own for HTTP/1: the pieces have a short way for those.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header                        { return s.h }
func (*sink) WriteHeader(int)                              {}
func (*sink) Write(p []byte) (int, error)                  { return len(p), nil }
func (*sink) WriteString(s string) (int, error)            { return len(s), nil }
func (*sink) ReadFrom(src io.Reader) (int64, error)        { return io.Copy(io.Discard, src) }
func (*sink) Flush()                                       {}
func (*sink) FlushError() error                            { return nil }
func (*sink) CloseNotify() <-chan bool                     { return nil }
func (*sink) SetReadDeadline(time.Time) error              { return nil }
func (*sink) SetWriteDeadline(time.Time) error             { return nil }
func (*sink) EnableFullDuplex() error                      { return nil }
func (*sink) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, errors.ErrUnsupported }
