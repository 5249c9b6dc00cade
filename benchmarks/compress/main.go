//go:build unix

// Command compress measures what middleware/compress costs beside gzhttp,
// chi's Compress and gorilla's CompressHandler, in process, and prints ratios
// of medians to Sidekick's. Run it in benchmarks/:
//
//	go run ./compress
//
// Every contender gets the same handler, request and level; what they answer is
// decoded and compared before anything is measured. The contenders take turns
// in short rounds, so that what disturbs the machine disturbs all of them; the
// figures are processor time, from getrusage.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/gorilla/handlers"
	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// level is gzip's for everybody: gzhttp's default.
const level = 5

type contender struct {
	name string
	wrap func(http.Handler) http.Handler
}

type work struct {
	name, accept, mediaType string
	body                    []byte
	taken                   bool
}

func main() {
	rounds := flag.Int("rounds", 41, "rounds of each contender and work")
	round := flag.Duration("round", 20*time.Millisecond, "length of a round")
	only := flag.String("work", "", "measure only works whose name contains this")
	flag.Parse()

	contenders := []contender{
		{"sidekick", newSidekick()},
		{"gzhttp", newGzhttp()},
		{"chi", middleware.Compress(level)},
		{"gorilla", func(h http.Handler) http.Handler { return handlers.CompressHandlerLevel(h, level) }},
	}
	works := []work{
		{"1 KiB", "gzip", "application/json", document(1 << 10), true},
		{"10 KiB", "gzip", "application/json", document(10 << 10), true},
		{"100 KiB", "gzip", "application/json", document(100 << 10), true},
		{"1 MiB", "gzip", "application/json", document(1 << 20), true},
		{"200 bytes, gzip accepted", "gzip", "application/json", document(200), false},
		{"10 KiB image/jpeg, gzip accepted", "gzip", "image/jpeg", document(10 << 10), false},
		{"10 KiB, browser's header, no such coding", "br, deflate", "application/json", document(10 << 10), false},
		{"10 KiB, no Accept-Encoding", "", "application/json", document(10 << 10), false},
	}

	fmt.Printf("%s, %d CPUs, gzip level %d, medians of %d rounds\n\n", runtime.Version(), runtime.NumCPU(), level, *rounds)
	out := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(out, "work\tsidekick ns\tallocs\tbytes out\t")
	for _, c := range contenders[1:] {
		fmt.Fprintf(out, "%s ns\tallocs\tsidekick/%s\t", c.name, c.name)
	}
	fmt.Fprintln(out)
	for _, w := range works {
		if !strings.Contains(w.name, *only) {
			continue
		}
		compare(out, contenders, w, *rounds, *round)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func newSidekick() func(http.Handler) http.Handler {
	c, err := compress.New(compress.Options{GzipLevel: level})
	if err != nil {
		log.Fatal(err)
	}
	return c.Handler
}

func newGzhttp() func(http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(level))
	if err != nil {
		log.Fatal(err)
	}
	return func(h http.Handler) http.Handler { return wrap(h) }
}

// document returns n bytes of JSON as an API would answer.
func document(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("alpha beta gamma delta sigma omega session request answer handler origin person")
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"%s %s","score":%.4f,"active":%t,"note":"%s"},`, i,
			words[random.IntN(len(words))], words[random.IntN(len(words))], random.Float64(), random.IntN(2) == 0, words[random.IntN(len(words))])
	}
	return b.Bytes()[:n]
}

func compare(out io.Writer, contenders []contender, w work, rounds int, round time.Duration) {
	rw := &discard{header: http.Header{}}
	handler := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		h := rw.Header()
		h.Set("Content-Type", w.mediaType)
		h.Set("Content-Length", strconv.Itoa(len(w.body)))
		rw.Write(w.body)
	})
	r, err := http.NewRequest(http.MethodGet, "http://localhost/", nil)
	if err != nil {
		log.Fatal(err)
	}
	accept := []string{w.accept}
	ready := func() {
		clear(rw.header)
		if w.accept != "" {
			r.Header["Accept-Encoding"] = accept // gorilla takes it out
		}
	}
	wrapped := make([]http.Handler, len(contenders))
	bytesOut := 0
	for i, c := range contenders {
		wrapped[i] = c.wrap(handler)
		ready()
		n := check(c.name, wrapped[i], r, w)
		if i == 0 {
			bytesOut = n
		}
	}

	serve := func(i int) {
		ready()
		wrapped[i].ServeHTTP(rw, r)
	}
	samples := sample(len(contenders), serve, rounds, round)
	allocs := make([]float64, len(contenders))
	for i := range contenders {
		allocs[i] = testing.AllocsPerRun(100, func() { serve(i) })
	}
	own := median(samples[0])
	fmt.Fprintf(out, "%s\t%.0f\t%.0f\t%d\t", w.name, own, allocs[0], bytesOut)
	for i := range contenders[1:] {
		peer := median(samples[i+1])
		fmt.Fprintf(out, "%.0f\t%.0f\t%.2f\t", peer, allocs[i+1], own/peer)
	}
	fmt.Fprintln(out)
}

// sample returns, for each of n contenders, the CPU time of a call in each round, in
// nanoseconds.
func sample(n int, serve func(i int), rounds int, round time.Duration) [][]float64 {
	samples := make([][]float64, n)
	for first := range rounds {
		for k := range n {
			i := (first + k) % n
			some := func() {
				for range 8 {
					serve(i)
				}
			}
			runtime.GC() // nobody pays for another's garbage,
			some()       // nor for pools that this has emptied
			runs, spent, start := 0, cpu(), time.Now()
			for runs == 0 || time.Since(start) < round {
				some()
				runs += 8
			}
			samples[i] = append(samples[i], float64(cpu()-spent)/float64(runs))
		}
	}
	return samples
}

// check runs the handler once and returns the length of what it sent. gorilla's
// and chi's filters differ from ours in what they take, which is not measured.
func check(name string, h http.Handler, r *http.Request, w work) int {
	var body bytes.Buffer
	rw := &discard{header: http.Header{}, to: &body}
	h.ServeHTTP(rw, r)
	sent := body.Len()
	encoded := rw.header.Get("Content-Encoding") == "gzip"
	if encoded != w.taken && (name == "sidekick" || name == "gzhttp") {
		log.Fatalf("%s: %s: encoded is %t, want %t", w.name, name, encoded, w.taken)
	}
	got := body.Bytes()
	if encoded {
		z, err := gzip.NewReader(&body)
		if err != nil {
			log.Fatalf("%s: %s: %v", w.name, name, err)
		}
		if got, err = io.ReadAll(z); err != nil {
			log.Fatalf("%s: %s: %v", w.name, name, err)
		}
	}
	// chi and gorilla answer gzip or deflate where we do not; their bodies are not read then.
	if !bytes.Equal(got, w.body) && rw.header.Get("Content-Encoding") != "deflate" {
		log.Fatalf("%s: %s: another body", w.name, name)
	}
	return sent
}

// cpu returns the processor time that this process has used, its collector's
// included; on a machine that does other things it is steadier than the clock.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(s []float64) float64 {
	slices.Sort(s)
	return s[len(s)/2]
}

// discard has the methods of net/http's response over HTTP/1, so that everybody
// wraps what they would wrap in a server.
type discard struct {
	header http.Header
	to     *bytes.Buffer
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	if d.to != nil {
		return d.to.Write(p)
	}
	return len(p), nil
}
func (d *discard) WriteString(s string) (int, error)     { return d.Write([]byte(s)) }
func (d *discard) ReadFrom(src io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{d}, src) }
func (d *discard) Flush()                                {}
func (d *discard) FlushError() error                     { return nil }
func (d *discard) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}
func (d *discard) CloseNotify() <-chan bool         { return nil }
func (d *discard) SetReadDeadline(time.Time) error  { return nil }
func (d *discard) SetWriteDeadline(time.Time) error { return nil }
func (d *discard) EnableFullDuplex() error          { return nil }
