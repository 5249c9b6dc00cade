package idempotency

import (
	"context"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/logtext"
)

// A Turn is the right to process one request: see [Replayer.Begin]. Its holder
// responds through Writer, and then calls End or Abort. It is for one goroutine.
type Turn struct {
	// Writer and Request replace those that Begin was given: the response is held
	// back until End, and the context does not end when the client leaves.
	Writer  http.ResponseWriter
	Request *http.Request

	end, abort func() // nil if the request passes because it has no key, and after either was called
}

// work holds what a turn with a key needs. The functions of Turn refer to it
// through closures, so that programs that use only the type do not link all this.
type work struct {
	request *http.Request
	claim   Claim
	body    *watched
	answer  *answer
}

func (p *Replayer) newTurn(w http.ResponseWriter, r *http.Request, rec *facts.Record, body *watched, c Claim, key string) *Turn {
	ctx, end := stay(r, rec, Work{Key: key, Fence: c.Fence})
	a := newAnswer(w, r, p.opts.MaxAnswerBytes)
	work := &work{request: r.WithContext(ctx), claim: c, body: body, answer: a}
	release := p.hold(c, ctx.cancel) // ends the renewal of the claim
	return &Turn{
		Writer: a.Face(), Request: work.request,
		end: func() {
			defer end()
			release()
			p.conclude(work)
		},
		abort: func() {
			defer end()
			release()
			p.abort(c)
		},
	}
}

// Abort ends a request that is not answered, because of a panic: the key is free
// again, and what was held back is dropped. It does nothing after End.
func (t *Turn) Abort() {
	if abort := t.abort; abort != nil {
		t.end, t.abort = nil, nil
		abort()
	}
}

// End stores the response, if possible, and sends what was held back of it. It does
// nothing after Abort.
func (t *Turn) End() {
	if end := t.end; end != nil {
		t.end, t.abort = nil, nil
		end()
	}
}

// conclude stores a complete response, if possible, and sends it.
func (p *Replayer) conclude(t *work) {
	a := t.answer
	a.end()
	unfit := a.reason != ""
	switch {
	case unfit:
	case !p.opts.StoreStatus(max(a.Status(), http.StatusOK)):
		a.reason = becauseStatus
	case t.body.failure() != nil:
		a.reason = becauseBody
	default:
		stored := a.record()
		stored.sum, stored.n, stored.ended = t.body.read()
		if !p.finish(t.request, t.claim, stored.encode()) {
			a.reason = becauseStore
		}
	}
	if a.reason != "" && a.reason != becauseStore {
		p.abort(t.claim)
		p.logUnstored(t.request, a, unfit)
	}
	if !a.Passing() {
		_ = a.send() // the client may have gone
	}
}

// logUnstored logs that a response is not stored, as a warning if the handler does
// not belong behind a Replayer.
func (p *Replayer) logUnstored(r *http.Request, a *answer, unfit bool) {
	log := p.opts.Logger.DebugContext
	if unfit {
		log = p.opts.Logger.WarnContext
	}
	log(context.WithoutCancel(r.Context()), "idempotency: a response is not stored", "reason", a.reason,
		"method", logtext.Printable(r.Method), "path", facts.From(r.Context()).ShownPath(r.URL.EscapedPath()), "status", a.Status())
}
