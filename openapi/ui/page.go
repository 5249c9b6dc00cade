package ui

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/accept"
	"github.com/sidekick-http/sidekick/internal/mimetypes"
)

//go:generate go run generate.go

//go:embed assets page
var embedded embed.FS

// policy is sent with every response. The scripts set single styles, which it allows; none of them
// evaluates strings as code.
const policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"

// Page serves the page and its files. It is safe for concurrent use.
//
// It answers GET and HEAD; other methods get 405, and unknown names 404. Every response has the
// policy that the package comment describes and "X-Content-Type-Options: nosniff". Files have a
// strong ETag and "Cache-Control: no-cache": browsers keep them and ask whether they have
// changed.
type Page struct {
	path  string
	files map[string]*file
}

// file is one file with the data for its responses.
type file struct {
	contentType string
	tag         string // the ETag without its quotes
	body        []byte
	packed      bool                   // body is compressed with gzip
	plain       func() ([]byte, error) // the uncompressed body, made on first use
}

// New returns the page. Its error joins a [*ConfigError] for every problem of the options.
func New(opts Options) (*Page, error) {
	opts = opts.WithDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	p := &Page{path: opts.Path, files: map[string]*file{}}
	for _, folder := range []string{"assets", "page"} {
		entries, err := fs.ReadDir(embedded, folder)
		if err != nil {
			return nil, fmt.Errorf("ui: %w", err)
		}
		for _, e := range entries {
			body, err := fs.ReadFile(embedded, folder+"/"+e.Name())
			if err != nil {
				return nil, fmt.Errorf("ui: %w", err)
			}
			p.add(e.Name(), body)
		}
	}
	// For two replacements no template engine is needed, which every server would have to link.
	index := strings.NewReplacer(
		"{{.Title}}", html.EscapeString(opts.Title),
		"{{.SpecURL}}", html.EscapeString(opts.SpecURL),
	).Replace(string(p.files["index.html"].body))
	p.add("index.html", []byte(index))
	return p, nil
}

func (p *Page) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	f := &file{tag: hex.EncodeToString(sum[:16]), body: body}
	if name, f.packed = strings.CutSuffix(name, ".gz"); f.packed {
		f.plain = sync.OnceValues(func() ([]byte, error) { return unpack(body) })
	}
	f.contentType = cmp.Or(mimetypes.ByExtension(path.Ext(name)), "text/plain")
	if strings.HasPrefix(f.contentType, "text/") {
		f.contentType += "; charset=utf-8"
	}
	p.files[name] = f
}

// ServeHTTP answers with the page at Options.Path and with its files below it. If only the final
// slash is missing, it redirects to the page.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "this page is only read", http.StatusMethodNotAllowed)
		return
	}
	if p.path != "/" && r.URL.Path == strings.TrimSuffix(p.path, "/") {
		// The redirect is relative, because a prefix may have been stripped from the path.
		h.Set("Location", (&url.URL{Path: path.Base(p.path) + "/"}).String())
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	name, below := strings.CutPrefix(r.URL.Path, p.path)
	f := p.files[cmp.Or(name, "index.html")]
	if !below || f == nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	f.serve(w, r)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "no-cache")
	body, tag := f.body, f.tag
	if f.packed {
		h.Add("Vary", "Accept-Encoding")
		if accept.Encoding(r.Header["Accept-Encoding"], "gzip") != "" {
			h.Set("Content-Encoding", "gzip")
			tag += "-gzip"
		} else {
			var err error
			if body, err = f.plain(); err != nil {
				http.Error(w, "this file is broken", http.StatusInternalServerError)
				return
			}
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func unpack(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
