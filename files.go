package sidekick

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/jsclient"
	"github.com/sidekick-http/sidekick/static"
)

// fillStatic fills in the defaults of Static. The message for missing files is that of
// Envelope, and if there is none, they are left to Unknown, if that is set.
func (c *Config) fillStatic() {
	s := &c.Static
	if c.answersMissing() {
		*s = s.WithDefaults()
		return
	}
	s.NotFound = c.Envelope.Errors.Texts[errcode.FileNotFound]
	none := s.NotFound == "" && c.Unknown != nil
	if *s = s.WithDefaults(); none {
		s.NotFound = ""
	}
}

// answersMissing reports whether Static says how to answer for missing files.
func (c *Config) answersMissing() bool {
	return c.Static.NotFound != "" || c.Static.NotFoundPage != "" || c.Static.NotFoundHandler != nil
}

// makeFiles makes the piece that serves files. If it is off, its options are checked all
// the same, but no folder is opened.
func (k *Kit) makeFiles(bad *cfgerr.List) {
	c := &k.cfg
	script := piece(bad, "client", jsclient.New, c.Client)
	if c.DisableStatic {
		o := c.Static
		o.Roots = nil
		if files := piece(bad, "static", static.New, o); files != nil {
			bad.Join(files.Close())
		} else {
			c.Static = static.Options{} // its problems have been reported
		}
		return
	}
	if !c.DisableClient && script != nil {
		// As the last root, so that a file of the user's comes first.
		c.Static.Roots = append(slices.Clone(c.Static.Roots), static.FS(script.FS()))
	}
	if c.Unknown != nil && !c.answersMissing() {
		c.Static.NotFoundHandler = k.unknownFile()
	}
	if k.files = piece(bad, "static", static.New, c.Static); k.files == nil {
		c.Static = static.Options{} // its problems have been reported
	}
}

// openFolder opens the folder of a route. Options that name a file of the roots do
// not apply to it.
func (k *Kit) openFolder(dir string) (dispatch.Files, error) {
	o := k.cfg.Static
	o.Roots = []static.Root{static.Dir(dir)}
	o.Fallback, o.FallbackDots, o.NotFoundPage = "", false, ""
	files, err := static.New(o)
	if err != nil {
		return nil, err
	}
	return k.guard(files), nil
}

// unknownFile answers requests for missing files with [Config.Unknown]. As where no
// action is found, Unknown gets the request as it was sent, with no prefix
// stripped, and knows the client. If an action asked for the file, the response is
// still a 404, because the request belongs to the action.
func (k *Kit) unknownFile() http.Handler {
	var unknown http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent := facts.From(r.Context()).Origin(); sent != nil {
			whole := *r
			whole.URL = sent.URL
			r = &whole
		}
		k.cfg.Unknown.ServeHTTP(w, r)
	})
	if k.fingerprint != nil {
		unknown = k.fingerprint.Handler(unknown)
	}
	contentType := "text/html; charset=utf-8"
	if k.cfg.Static.OmitCharset {
		contentType = "text/html"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rec := facts.From(r.Context()); rec == nil || rec.Action().Name == "" {
			unknown.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, static.DefaultNotFound) // an error means that the client has gone
	})
}

// guarded puts the middleware of Chain.Files around files that are not reached
// through split: the folders of routes and the action "file". The middleware is not
// around files that an action sends itself.
type guarded struct {
	files dispatch.Files
	chain func() http.Handler // nil if there is no middleware
}

// nameKey is the context key of the name passed to ServeName.
type nameKey struct{}

// guard puts the middleware around files. It does so once, because middleware may
// have state.
func (k *Kit) guard(files dispatch.Files) guarded {
	g := guarded{files: files}
	if len(k.cfg.Chain.Files) > 0 {
		g.chain = sync.OnceValue(func() http.Handler {
			return k.fileChain().ThenFunc(func(w http.ResponseWriter, r *http.Request) {
				name, _ := r.Context().Value(nameKey{}).(string)
				files.ServeName(w, r, name)
			})
		})
	}
	return g
}

func (g guarded) ServeName(w http.ResponseWriter, r *http.Request, name string) {
	rec := facts.From(r.Context())
	if g.chain == nil || rec != nil && rec.Action().Name != "" {
		g.files.ServeName(w, r, name)
		return
	}
	g.chain().ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nameKey{}, name)))
}

func (g guarded) Close() error {
	if c, ok := g.files.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}
