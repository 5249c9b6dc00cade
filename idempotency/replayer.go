package idempotency

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/guard"
)

// The fields that describe a response to a request with a key.
const (
	// FieldReplayed is "true" in a repeated response.
	FieldReplayed = "Idempotent-Replayed"
	// FieldStored is "false" in a response that is not stored: a repeated request
	// will be processed again.
	FieldStored = "Idempotent-Stored"
)

// mostWaiting is how many requests wait for others at once.
const mostWaiting = 1024

// A Replayer gives a repeated request the response to the first one. It is made by
// [New], safe for concurrent use, and immutable except for what it stores.
type Replayer struct {
	opts    Options
	methods map[string]bool
	store   Store
	guard   *guard.Guard
	waiting atomic.Int64
	rest    *rest
}

// New returns a Replayer. Its error joins a [*ConfigError] for every problem of
// the options.
func New(o Options) (*Replayer, error) {
	o = o.WithDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.StoreStatus == nil {
		o.StoreStatus = storesStatus
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = failure.AnswerError
	}
	o.Logger = failure.Logger(o.Logger)
	o.Field = http.CanonicalHeaderKey(o.Field)
	p := &Replayer{opts: o, store: o.Store, methods: map[string]bool{}, rest: newRest()}
	for _, method := range o.Methods {
		p.methods[method] = true
	}
	if p.store == nil {
		p.store, _ = NewMemory(MemoryOptions{}) // the defaults cannot fail
	}
	p.guard = newGuard(o, p.store)
	return p, nil
}

// Handler lets next answer the first request with a key, and repeats that response
// for later ones. [Options.ErrorHandler] answers requests that are refused.
func (p *Replayer) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := p.Serve(w, r, next)
		var refused *Error
		if errors.As(err, &refused) {
			p.opts.ErrorHandler(w, r, err)
		}
	})
}

// Serve is [Replayer.Handler] for one request. An error, an [*Error], means that
// the request is refused: its header fields are set, and the caller must respond.
func (p *Replayer) Serve(w http.ResponseWriter, r *http.Request, next http.Handler) error {
	t, err := p.Begin(w, r)
	if t == nil {
		return err
	}
	defer t.Abort()
	next.ServeHTTP(t.Writer, t.Request)
	t.End()
	return nil
}

// Begin is [Replayer.Serve] for callers that process the request themselves. The
// Turn is nil if there is nothing to do: either the stored response was sent, or
// the request is refused with an [*Error], whose header fields are set.
func (p *Replayer) Begin(w http.ResponseWriter, r *http.Request) (*Turn, error) {
	through := &Turn{Writer: w, Request: r}
	if !p.methods[r.Method] {
		return through, nil
	}
	if _, at := FromContext(r.Context()); at { // by an outer Replayer
		return through, nil
	}
	t, err := p.begin(through)
	if err != nil {
		err.SetFields(w.Header())
		return nil, err
	}
	return t, nil
}

// Field returns the request field that holds the key for requests with this method,
// and whether it is required, for API documents. It is "" if keys do not apply to
// the method.
func (p *Replayer) Field(method string) (name string, required bool) {
	if !p.methods[method] {
		return "", false
	}
	return p.opts.Field, p.opts.Required && !repeatable(method)
}

// Watch returns r, or a replacement for it that records what is read of its body
// before [Replayer.Serve] is called. It is for callers that read some of the body
// to decide who answers, before they call Serve. It sends nothing and reads
// nothing.
func (p *Replayer) Watch(r *http.Request) *http.Request {
	if p.methods[r.Method] && len(r.Header[p.opts.Field]) > 0 {
		r, _ = watch(r)
	}
	return r
}

func (p *Replayer) begin(t *Turn) (*Turn, *Error) {
	key, scope, refused := p.keyOf(t.Request)
	if key == "" {
		return t, refused
	}
	r, rec := facts.Ensure(t.Request)
	r, body := watch(r)
	if err := body.lookAhead(); err != nil {
		return nil, p.refusal(ErrIncomplete, "", err)
	}
	c := p.newClaim(r, scope, key, body)
	begun, err := p.claim(r.Context(), c)
	if err == nil && begun.State == Finished {
		answer, badRecord := decode(begun.Answer)
		if badRecord == nil {
			return nil, p.replay(t.Writer, body, answer)
		}
		p.opts.Logger.ErrorContext(r.Context(), "idempotency: a stored response cannot be sent", "error", badRecord, "path", rec.ShownPath(r.URL.EscapedPath()))
		err = badRecord
	}
	body.settle()
	switch {
	case err != nil && r.Context().Err() != nil:
		return nil, p.refusal(ErrUnavailable, "", context.Cause(r.Context()))
	case err != nil && p.opts.Fallback == FallbackOpen:
		t.Writer.Header().Set(FieldStored, "false")
		t.Request = r
		return t, nil
	case err != nil:
		return nil, p.refusal(ErrUnavailable, "", err)
	case begun.State == Different:
		return nil, p.refusal(ErrKeyReused, "", nil)
	case begun.State == Running:
		return nil, p.refusal(ErrAtWork, "", nil)
	}
	c.Fence = begun.Fence
	return p.newTurn(t.Writer, r, rec, body, c, key), nil
}

// refusal makes the error for a refused request.
func (p *Replayer) refusal(kind error, reason string, cause error) *Error {
	e := &Error{Kind: kind, Reason: reason, Cause: cause, field: p.opts.Field, docs: p.opts.Documentation}
	switch kind {
	case ErrAtWork:
		e.RetryAfter = time.Second
	case ErrUnavailable:
		e.RetryAfter = p.opts.StorePause
	}
	return e
}

// replay sends the stored response, if the whole body equals that of the first
// request.
func (p *Replayer) replay(w http.ResponseWriter, body *watched, answer *record) *Error {
	same, err := body.is(answer.sum, answer.n, answer.ended)
	switch {
	case err != nil:
		return p.refusal(ErrIncomplete, "", err)
	case !same:
		return p.refusal(ErrKeyReused, "", nil)
	}
	answer.send(w)
	return nil
}
