package shadow

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Comparer sends the same requests to two handlers. It is safe for concurrent use.
type Comparer struct {
	opts    Options
	rules   rules
	running chan struct{} // has room for MaxRunning
	tally   *tally
	style   string // of the page, as named in its policy

	mu     sync.Mutex // guards closed, and adding to work once it is
	closed bool
	work   sync.WaitGroup
}

// New returns a Comparer. Its error joins all problems of the options.
func New(o Options) (*Comparer, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.complete()
	c := &Comparer{opts: o, running: make(chan struct{}, o.MaxRunning), tally: newTally(), style: styleHash()}
	c.rules = rules{header: o.Header, showValues: o.ShowValues}
	for _, m := range o.Masks {
		c.rules.masks = append(c.rules.masks, compiledMask{steps(m.Path), m.Kind})
	}
	return c, nil
}

// Close stops comparing and waits for running comparisons. Each may take up to
// [Options.Timeout], and longer if its handler ignores its context. Clients still
// get their responses.
func (c *Comparer) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.work.Wait()
}

// Handler returns the handler for clients; next is the new handler. Requests that
// [Options.Name] does not name go to next alone. All others are answered by
// [Options.Old], or by next with [Options.NewAnswers], and the other handler is
// called afterwards.
func (c *Comparer) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := c.opts.Name(r)
		if name == "" {
			next.ServeHTTP(w, r)
			return
		}
		first, second := c.opts.Old, next
		if c.opts.NewAnswers {
			first, second = next, c.opts.Old
		}
		if leave := c.enter(name, r); leave != nil {
			c.serveAndCompare(w, r, c.prepare(name, w, r, second, leave), first)
			return
		}
		first.ServeHTTP(w, r)
	})
}

// serveAndCompare lets the first handler answer, and compares in a goroutine.
func (c *Comparer) serveAndCompare(w http.ResponseWriter, r *http.Request, p *pair, first http.Handler) {
	handedOver := false
	defer func() {
		if !handedOver { // first may have panicked
			p.leave()
		}
	}()
	r = p.listen(r, c.opts.MaxBodyBytes)
	seen := &witness{seen: &p.first, silent: r.Method == http.MethodHead}
	seen.Init(w, seen)
	began := c.opts.Now()
	first.ServeHTTP(seen.Face(), r)
	p.first.took = c.opts.Now().Sub(began)
	if reason := p.unfit(r, seen); reason != "" {
		c.tally.skip(p.name, reason)
		return
	}
	p.first.begin(http.StatusOK, w.Header()) // unless it has answered
	handedOver = true
	go func() {
		defer p.leave()
		c.compare(p)
	}()
}

// enter decides whether a request is compared. It returns the function that ends
// the comparison, or nil if the request is not compared.
func (c *Comparer) enter(name string, r *http.Request) (leave func()) {
	switch {
	case !slices.Contains(c.opts.Methods, r.Method):
		c.tally.skip(name, otherMethod)
		return nil
	case r.Header.Get("Upgrade") != "":
		c.tally.skip(name, streamed)
		return nil
	case c.opts.Share < 0 || c.opts.Share < 1 && c.opts.Rand() >= c.opts.Share:
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	select {
	case c.running <- struct{}{}:
	default:
		c.tally.skip(name, tooMany)
		return nil
	}
	c.work.Add(1)
	return func() {
		<-c.running
		c.work.Done()
	}
}

// pair is one request that goes to both handlers.
type pair struct {
	name      string
	leave     func()
	again     *http.Request // for second, without a body and a deadline
	header    http.Header   // the header that second starts with
	messageID string
	body      *heard // nil if there is none
	first     answer
	second    http.Handler
}

// prepare makes the request for the second handler, before the first can change it.
func (c *Comparer) prepare(name string, w http.ResponseWriter, r *http.Request, second http.Handler, leave func()) *pair {
	ctx, rec := facts.NewContext(context.WithoutCancel(r.Context()))
	rec.SetUncounted()
	p := &pair{
		name: name, leave: leave, again: r.Clone(ctx), header: w.Header().Clone(),
		first: answer{most: c.opts.MaxBodyBytes}, second: second,
	}
	if p.header == nil {
		p.header = http.Header{}
	}
	p.again.Body = http.NoBody
	for _, field := range []string{
		"Accept-Encoding", "Expect",
		"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range", // complete responses are compared
	} {
		p.again.Header.Del(field)
	}
	if rec := facts.From(r.Context()); rec.IsOfRequest() {
		p.messageID = rec.MessageIDOr(nil)
	}
	return p
}

// listen keeps the body while the first handler reads it.
func (p *pair) listen(r *http.Request, most int64) *http.Request {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return r
	}
	p.body = &heard{ReadCloser: r.Body, most: most}
	own := *r
	own.Body = p.body
	return &own
}

// unfit returns why there is nothing to compare, or "".
func (p *pair) unfit(r *http.Request, seen *witness) string {
	switch {
	case seen.Hijacked():
		return streamed
	case r.Context().Err() != nil:
		return brokeOff
	case p.first.unfit != "":
		return p.first.unfit
	case p.body == nil:
		return ""
	}
	return p.body.unfit()
}

// outcome is the result of calling the second handler.
type outcome struct {
	answer   answer
	panicked any
}

// compare calls the second handler and counts the differences.
func (c *Comparer) compare(p *pair) {
	ctx, cancel := context.WithTimeout(p.again.Context(), c.opts.Timeout)
	defer cancel()
	done := make(chan outcome, 1)
	go func() { done <- c.ask(ctx, p) }()
	var out outcome
	select {
	case out = <-done:
	case <-ctx.Done():
		c.record(p, c.opts.Timeout, c.failed(p, fmt.Sprintf("no response within %v", c.opts.Timeout)))
		<-done // it counts as running until it ends
		return
	}
	switch {
	case out.panicked != nil:
		c.record(p, out.answer.took, c.failed(p, "panic"))
	case out.answer.unfit != "":
		c.tally.skip(p.name, out.answer.unfit)
	default:
		old, now := &p.first, &out.answer
		if c.opts.NewAnswers {
			old, now = now, old
		}
		found, err := c.rules.differences(p.again.Method, old, now)
		if err != nil {
			c.tally.skip(p.name, encoded)
			return
		}
		c.record(p, out.answer.took, found)
	}
}

// ask calls the second handler.
func (c *Comparer) ask(ctx context.Context, p *pair) (out outcome) {
	r := p.again.WithContext(ctx)
	if p.body != nil {
		body := p.body.bytes()
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.TransferEncoding = nil
	}
	out.answer.most = c.opts.MaxBodyBytes
	began := c.opts.Now()
	defer func() {
		out.answer.took = c.opts.Now().Sub(began)
		if out.panicked = recover(); out.panicked != nil && out.panicked != http.ErrAbortHandler {
			c.opts.Logger.LogAttrs(ctx, slog.LevelError, "shadow: panic", slog.String("name", p.name),
				slog.String("panic", fmt.Sprint(out.panicked)), slog.String("stack", string(debug.Stack())), slog.String("messageId", p.messageID))
		}
	}()
	w := &nowhere{p.header, &out.answer}
	p.second.ServeHTTP(w, r)
	out.answer.begin(http.StatusOK, w.header) // unless it has answered
	return out
}

// failed returns the difference between a response and no response.
func (c *Comparer) failed(p *pair, why string) []Difference {
	d := Difference{Kind: Failed, Old: fmt.Sprintf("status %d", p.first.status), New: why}
	if c.opts.NewAnswers {
		d.Old, d.New = d.New, d.Old
	}
	return []Difference{d}
}

// record counts and logs the differences. second is how long the second handler
// took, or was waited for.
func (c *Comparer) record(p *pair, second time.Duration, found []Difference) {
	at := example{messageID: p.messageID}
	if c.opts.ShowValues {
		at.path = p.again.URL.Path
	}
	old, now := p.first.took, second
	if c.opts.NewAnswers {
		old, now = now, old
	}
	for _, d := range c.tally.add(p.name, old, now, found, at, c.opts.Now()) {
		c.log(p, d)
	}
}
