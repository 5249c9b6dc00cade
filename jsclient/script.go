package jsclient

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Path is the library's path in Actionhero, below the path for files.
const Path = "javascript/ActionheroWebsocketClient.js"

//go:embed client.js
var source []byte

// ConfigError is one problem of the options. errors.As finds it in the error of [New].
type ConfigError = cfgerr.Error

// Options configure a [Script]. The zero value is usable.
type Options struct {
	_ struct{}

	// APIPath is the path for actions, unless a page sets another. It begins with a slash; the
	// default is "/api".
	APIPath string
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
func (o Options) WithDefaults() Options {
	o.APIPath = cmp.Or(o.APIPath, "/api")
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	bad := cfgerr.For("jsclient")
	if !strings.HasPrefix(o.APIPath, "/") || strings.HasPrefix(o.APIPath, "//") || strings.ContainsAny(o.APIPath, `?#\`) {
		bad.Add("APIPath", o.APIPath, "want a path that begins with one slash")
	}
	return bad.Err()
}

// Script serves the library of one server. It is safe for concurrent use.
type Script struct {
	text []byte
	etag string
}

// New returns the library. Its error is a [*ConfigError].
func New(opts Options) (*Script, error) {
	opts = opts.WithDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	quoted, err := json.Marshal(opts.APIPath)
	if err != nil {
		return nil, err
	}
	s := &Script{text: bytes.Replace(source, []byte(`"/api"`), quoted, 1)}
	sum := sha256.Sum256(s.text)
	s.etag = `"` + hex.EncodeToString(sum[:16]) + `"`
	return s, nil
}

// ServeHTTP answers GET and HEAD with the library, whatever the path; other methods get 405. The
// response has an ETag and "Cache-Control: no-cache".
func (s *Script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "this file is read-only", http.StatusMethodNotAllowed)
		return
	}
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", s.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.text))
}

// FS returns a file system with the library as its only file, at [Path]; its folders cannot be
// opened. It is suitable for static.FS.
func (s *Script) FS() fs.FS { return fileSystem{s.text} }
