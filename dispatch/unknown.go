package dispatch

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// errOtherVersion is returned by an action if the body asks for a version that does not exist.
var errOtherVersion = fmt.Errorf("the body asks for another version: %w", ErrUnknownAction)

// failUnknown responds that there is no such action, or lets [Options.Unknown] answer. It shows
// the action's name if a route, not the client, chose it.
func (c *call) failUnknown() {
	if delete(c.set.Values, "action"); c.route != nil && c.route.route.Action != "" && c.set.Values != nil {
		c.set.Values["action"] = c.route.route.Action
	}
	c.standIn()
	switch {
	case c.d.opts.Unknown == nil:
		c.fail(ErrUnknownAction)
	case !c.restoreBody():
		c.fail(ErrBodyNotKept)
	default:
		c.conn.Params = c.paramsSoFar()
		c.answer(c.action.run(c.ctx, &c.conn))
	}
}

// passOn lets [Options.Unknown] answer a request that had reached an action before its body asked
// for another version.
func (c *call) passOn() {
	c.rec.SetAction(facts.Action{})
	c.rec.SetWithhold(facts.Withhold{})
	c.failUnknown()
}

// mostKept is how much of a body is kept while it is searched for the action or its version.
const mostKept = 1 << 20

// keptBody keeps what is read of a body.
type keptBody struct {
	io.ReadCloser
	kept []byte
	lost bool // the body was longer
}

func (b *keptBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case b.lost:
	case len(b.kept)+n > mostKept:
		b.kept, b.lost = nil, true
	default:
		b.kept = append(b.kept, p[:n]...)
	}
	return n, err
}

// keepBody arranges to keep what is read of the body, if [Options.Unknown] may have to answer.
func (c *call) keepBody() {
	if c.d.opts.Unknown == nil || c.versionFixed || c.getRare().body != nil || c.r.Body == nil || c.r.Body == http.NoBody {
		return
	}
	if _, decided := c.set.Values["apiVersion"]; decided && c.action != nil {
		return
	}
	kept := &keptBody{ReadCloser: c.r.Body}
	c.ensureRare().body = kept
	own := *c.request() // the request may be the caller's
	own.Body = kept
	c.r = &own
}

// restoreBody restores the body; ok is false if it was too long to be kept.
func (c *call) restoreBody() (ok bool) {
	var read []byte
	kept := c.getRare().body
	switch {
	case c.json != nil:
		read = c.json
	case kept == nil:
		return true
	case kept.lost:
		return false
	default:
		read = kept.kept
	}
	own := *c.request()
	rest := own.Body
	if kept != nil {
		rest = kept.ReadCloser
	}
	own.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(read), rest), rest}
	c.r = &own
	return true
}
