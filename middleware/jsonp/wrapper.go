package jsonp

import (
	"maps"
	"net/http"
	"slices"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// Wrapper lets pages of other sites read JSON responses through a script element:
// with ?callback=app.done, a handler's JSON is sent as
//
//	/**/app.done({"the":"JSON"});
//
// It is made by [New], immutable and safe for concurrent use.
//
// # What is wrapped
//
// Responses to GET with a callback, if their media type is JSON (application/json,
// text/json, or any with +json; in UTF-8), they are complete (not 206), and they
// have no Content-Encoding. HEAD gets the header that GET would get. Everything
// else passes unchanged: other methods, other types, 204, 304. An empty callback
// counts as none. The type becomes text/javascript; charset=utf-8, with
// X-Content-Type-Options: nosniff. The Content-Length is recomputed, or left out if
// the JSON comes in several pieces. A strong ETag becomes weak, and Accept-Ranges
// and digests of the body are removed. A Range is removed from the request, so that
// the handler sends everything. If the handler panics, or writes less than it
// announced, the closing bracket is not sent, and the script does not run.
//
// # Callbacks
//
// A callback is a path of ASCII identifiers and whole numbers in brackets, such as
// f, app.done or handlers[3], of at most 128 bytes. Anything else gets a 400 that
// repeats none of it. So does a callback that
//
//   - is given twice or nested (callback[]=f);
//   - begins with a reserved word;
//   - starts at one of some 1240 names that browsers define for every page: objects
//     that control the page and its data (opener, document, localStorage,
//     navigator), functions that act on it (open, print, fetch, alert, stop) or run
//     a string (eval, setTimeout), constructors, and so on;
//   - passes through prototype, constructor or the like.
//
// A leading "window." is ignored, because window.app.done is app.done. A page that
// itself defines a function with such a name needs
// [Options.DangerouslyAllowGlobals]. Actionhero, in contrast, removes some
// characters and calls what is left.
//
// # Security
//
// JSONP cannot restrict who may read: every page on the web can include the script,
// and the browser sends the user's cookies along, unless they are SameSite=Lax or
// Strict. Use it for public data only. Exclude everything that depends on who is
// asking, by [Options.Skip] or the action's switch; if you can choose, CORS is the
// better way. Even the time that a cross-site response takes, or the fact that it
// is an error, can reveal something about the user.
//
// If a site's Content-Security-Policy allows scripts from its own origin, JSONP on
// that origin allows calling functions of its pages. The refused names above and
// [Options.PlainNames] narrow this, but the list cannot know the functions that a
// page defines.
//
// # Place in the chain
//
// It belongs between middleware/compress and the handlers whose responses it should
// wrap: it cannot wrap what is already encoded.
type Wrapper struct {
	o Options
}

// New returns a Wrapper. Its error joins all problems of the options, each a
// [*ConfigError].
func New(o Options) (*Wrapper, error) {
	o = o.WithDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	o.DangerouslyAllowGlobals = slices.Clone(o.DangerouslyAllowGlobals)
	if o.ErrorHandler == nil {
		o.ErrorHandler = failure.AnswerError
	}
	return &Wrapper{o}, nil
}

// Callback returns the callback that the request asks for, or "" if it asks for
// none or is neither GET nor HEAD. The error is a [*CallbackError]. Skip is not
// called.
func (j *Wrapper) Callback(r *http.Request) (string, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return "", nil
	}
	callback, err := callbackIn(r.URL.RawQuery, j.o.Param, j.o.Delimiter)
	if err != nil || callback == "" {
		return "", err
	}
	if err := j.check(callback); err != nil {
		return "", err
	}
	return callback, nil
}

// Handler returns a handler that runs next and wraps its JSON responses.
func (j *Wrapper) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if j.o.Skip != nil && j.o.Skip(r) {
			next.ServeHTTP(w, r)
			return
		}
		callback, err := j.Callback(r)
		if err != nil {
			j.o.ErrorHandler(w, r, err)
			return
		}
		if callback == "" {
			next.ServeHTTP(w, r)
			return
		}
		r, rec := facts.Ensure(r) // the matched action may refuse, and says so there
		b := &scripted{o: &j.o, rec: rec, callback: callback, head: r.Method == http.MethodHead}
		b.Init(w, b)
		next.ServeHTTP(b.Face(), withoutRange(r))
		b.finish() // not after a panic: the JSON is then incomplete
	})
}

// withoutRange returns a request for the whole representation.
func withoutRange(r *http.Request) *http.Request {
	if len(r.Header["Range"]) == 0 {
		return r
	}
	whole := r.WithContext(r.Context())
	whole.Header = maps.Clone(r.Header)
	delete(whole.Header, "Range")
	delete(whole.Header, "If-Range")
	return whole
}
