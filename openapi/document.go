package openapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	fail "github.com/sidekick-http/sidekick/internal/failure"
)

// Document is an OpenAPI 3.1 document and the handler that serves it. It is
// made once, when it is first asked for: routes that are registered later are
// not in it. It is safe for concurrent use.
type Document struct {
	make   func() (*made, error)
	logger *slog.Logger
}

// made is a document in bytes.
type made struct {
	json []byte
	etag string
}

// New returns a Document. Its error joins every [ConfigError].
func New(opts Options) (*Document, error) {
	if err := opts.withDefaults(); err != nil {
		return nil, err
	}
	return &Document{logger: opts.Logger, make: sync.OnceValues(func() (*made, error) {
		spec, err := build(&opts)
		if err != nil {
			return nil, err
		}
		w := writer{b: make([]byte, 0, 4096*(len(spec.Paths)+4))} // about as much as there will be
		if w.document(spec); w.err != nil {
			return nil, fmt.Errorf("openapi: %w", w.err)
		}
		sum := sha256.Sum256(w.b)
		return &made{json: bytes.Clone(w.b), etag: `"` + hex.EncodeToString(sum[:16]) + `"`}, nil
	})}, nil
}

// JSON returns the document: the same bytes for the same actions, routes and
// options. It is a copy. The error tells which default or schema of which
// action cannot be encoded as JSON.
func (d *Document) JSON() ([]byte, error) {
	m, err := d.make()
	if err != nil {
		return nil, err
	}
	return bytes.Clone(m.json), nil
}

// MarshalJSON is [Document.JSON].
func (d *Document) MarshalJSON() ([]byte, error) { return d.JSON() }

// ServeHTTP answers GET and HEAD with the document as application/json, with a
// strong ETag and its conditions; other methods are a 405. A document that
// cannot be made is a 500, whose reason is logged.
func (d *Document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	m, err := d.make()
	if err != nil {
		r, rec := facts.Ensure(r)
		f := fail.Of(r, rec, nil, fmt.Errorf("the document cannot be made: %w", err), http.StatusInternalServerError)
		fail.Log(r.Context(), f, d.logger, slog.LevelError, fail.Failed)
		rec.SetLogged(f.Err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	h.Set("Etag", m.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.json))
}
