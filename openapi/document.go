package openapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	fail "github.com/sidekick-http/sidekick/internal/failure"
)

// Document is an OpenAPI 3.1 document and the handler that serves it. It is made once, on first
// use, so it does not contain routes registered later. It is safe for concurrent use.
type Document struct {
	make   func() (*made, error)
	logger *slog.Logger
}

// made is an encoded document.
type made struct {
	json []byte
	etag string
}

// New returns a Document. Its error joins a [ConfigError] for every problem.
func New(opts Options) (*Document, error) {
	opts = opts.WithDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	opts.Servers = slices.Clone(opts.Servers)
	for i, s := range opts.Servers {
		opts.Servers[i] = strings.TrimRight(s, "/")
	}
	opts.Logger = fail.Logger(opts.Logger)
	opts.ShowMeta = maps.Clone(opts.ShowMeta)
	return &Document{logger: opts.Logger, make: sync.OnceValues(func() (*made, error) {
		spec, err := build(&opts)
		if err != nil {
			return nil, err
		}
		w := writer{b: make([]byte, 0, 4096*(len(spec.Paths)+4))} // roughly the size of the document
		if w.document(spec); w.err != nil {
			return nil, fmt.Errorf("openapi: %w", w.err)
		}
		sum := sha256.Sum256(w.b)
		return &made{json: bytes.Clone(w.b), etag: `"` + hex.EncodeToString(sum[:16]) + `"`}, nil
	})}, nil
}

// JSON returns a copy of the document, with the same bytes for the same actions, routes and
// options. It fails if a default or schema cannot be encoded as JSON; the error names the action.
func (d *Document) JSON() ([]byte, error) {
	m, err := d.make()
	if err != nil {
		return nil, err
	}
	return bytes.Clone(m.json), nil
}

// MarshalJSON is [Document.JSON].
func (d *Document) MarshalJSON() ([]byte, error) { return d.JSON() }

// ServeHTTP answers GET and HEAD with the document as application/json. It sends a strong ETag
// and supports conditional requests; other methods are a 405. If the document cannot be made, the
// response is a 500 and the reason is logged.
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
