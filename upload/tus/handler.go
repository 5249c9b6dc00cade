package tus

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

const (
	version    = "1.0.0"
	extensions = "creation,creation-with-upload,expiration,checksum,termination"
)

// A Handler answers the requests of the protocol: at its root those that begin an upload, and
// one segment below it those about an existing upload. It is an http.Handler that is safe for
// concurrent use. Make it with [New].
type Handler struct {
	opts   Options
	folder *folder
	turns  turns
}

// New returns a Handler. Its error joins a [*ConfigError] for every problem of the options.
func New(o Options) (*Handler, error) {
	o = o.withDefaults()
	errs := cfgerr.For("upload/tus")
	o.check(errs)
	o = o.complete(errs)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	f := &folder{dir: o.Dir, expire: o.Expire}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.recount(); err != nil { // also removes expired uploads
		return nil, err
	}
	f.counted = time.Time{} // others may begin uploads before the first one here
	return &Handler{opts: o, folder: f, turns: turns{at: map[string]*turn{}}}, nil
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Tus-Resumable", version)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-store")
	err := h.serve(w, r)
	if err != nil {
		h.refuse(w, r, err)
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	method := r.Method
	if override := r.Header.Get("X-HTTP-Method-Override"); override != "" && method == http.MethodPost {
		method = override // for clients whose network blocks other methods
	}
	if method == http.MethodOptions {
		h.options(w)
		return nil
	}
	if r.Header.Get("Tus-Resumable") != version {
		w.Header().Set("Tus-Version", version)
		return refuse(ErrVersion, "")
	}
	if method == http.MethodPost || method == http.MethodPatch {
		if err := checkExtensions(r); err != nil {
			return err
		}
	}
	id := strings.Trim(r.URL.Path, "/")
	switch {
	case id == "" && method == http.MethodPost:
		return h.create(w, r)
	case id == "":
		w.Header().Set("Allow", "POST, OPTIONS")
		return refuse(ErrMethod, "")
	case strings.Contains(id, "/"):
		return refuse(ErrNotFound, "")
	}
	switch method {
	case http.MethodHead:
		return h.head(w, r, id)
	case http.MethodPatch:
		return h.patch(w, r, id)
	case http.MethodDelete:
		return h.terminate(w, r, id)
	}
	w.Header().Set("Allow", "HEAD, PATCH, DELETE, OPTIONS")
	return refuse(ErrMethod, "")
}

func (h *Handler) options(w http.ResponseWriter) {
	head := w.Header()
	head.Set("Tus-Version", version)
	head.Set("Tus-Extension", extensions)
	head.Set("Tus-Max-Size", strconv.FormatInt(h.opts.MaxBytes, 10))
	head.Set("Tus-Checksum-Algorithm", checksumAlgorithms)
	w.WriteHeader(http.StatusNoContent)
}

// announced reads what the client says about a new upload. header is its Upload-Metadata.
func (h *Handler) announced(r *http.Request) (u Upload, header string, err error) {
	size, err := number(r, "Upload-Length")
	if err != nil {
		return u, "", err
	}
	if size > uint64(h.opts.MaxBytes) {
		return u, "", refuse(ErrTooLarge, "The file is too large: at most "+strconv.FormatInt(h.opts.MaxBytes, 10)+" bytes are accepted.")
	}
	u.Size = int64(size)
	header = strings.Join(r.Header.Values("Upload-Metadata"), ",")
	if len(header) > h.opts.MaxMetadataBytes {
		return u, "", refuse(ErrMalformed, "Upload-Metadata is too long: at most "+strconv.Itoa(h.opts.MaxMetadataBytes)+" bytes are accepted.")
	}
	var problem string
	if u.Metadata, problem = parseMetadata(header); problem != "" {
		return u, "", refuse(ErrMalformed, problem)
	}
	return u, header, nil
}

// create begins an upload.
func (h *Handler) create(w http.ResponseWriter, r *http.Request) error {
	u, header, err := h.announced(r)
	if err != nil {
		return err
	}
	if err := h.authorize(r, Create, u); err != nil {
		return err
	}
	withPiece, err := h.bringsPiece(w, r)
	if err != nil {
		return err
	}
	sum, err := parseChecksum(r.Header.Values("Upload-Checksum"))
	if err != nil {
		return err
	}
	id, ok, err := h.folder.create(u.Size, about{Owner: hashOf(h.opts.Owner(r)), Metadata: u.Metadata, Header: header}, h.opts.MaxUnfinished, h.opts.MaxUnfinishedBytes)
	switch {
	case err != nil:
		return staging(err)
	case !ok:
		w.Header().Set("Retry-After", "60")
		return refuse(ErrBusy, "")
	}
	// The client learns the address even if its first piece fails.
	w.Header().Set("Location", addressOf(r, id))
	s, release, err := h.hold(r.Context(), id)
	if err != nil {
		return err
	}
	defer release()
	if withPiece {
		err = h.receive(w, r, s, sum)
	}
	if err == nil && u.Size == s.Offset {
		err = h.finish(r, s)
	}
	if err != nil && !withPiece { // there is nothing to resume
		if !refused(err) { // which finish has removed
			err = errors.Join(err, staging(h.folder.forget(id, s.Finished)))
		}
		w.Header().Del("Location")
	}
	if err != nil {
		return err
	}
	h.describe(w, s.Upload)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// head says how much has arrived.
func (h *Handler) head(w http.ResponseWriter, r *http.Request, id string) error {
	u, a, err := h.folder.find(id)
	if err != nil {
		return missing(err)
	}
	if err := h.allow(r, Read, u, a); err != nil {
		return err
	}
	h.describe(w, u)
	w.Header().Set("Upload-Length", strconv.FormatInt(u.Size, 10))
	if a.Header != "" {
		w.Header().Set("Upload-Metadata", a.Header)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// patch receives a piece.
func (h *Handler) patch(w http.ResponseWriter, r *http.Request, id string) error {
	if err := checkPiece(w, r); err != nil {
		return err
	}
	offset, err := number(r, "Upload-Offset")
	if err != nil {
		return err
	}
	sum, err := parseChecksum(r.Header.Values("Upload-Checksum"))
	if err != nil {
		return err
	}
	u, a, err := h.folder.find(id)
	if err != nil {
		return missing(err)
	}
	if err := h.allow(r, Write, u, a); err != nil {
		return err
	}
	s, release, err := h.hold(r.Context(), id)
	if err != nil {
		return err
	}
	defer release()
	if offset != uint64(s.Offset) {
		h.describe(w, s.Upload)
		return refuse(ErrOffset, "")
	}
	if r.ContentLength > s.Size-s.Offset {
		return refuse(ErrTooLarge, pastEnd)
	}
	if s.Finished {
		err = h.receiveNothing(w, r, refuse(ErrTooLarge, pastEnd))
	} else if err = h.receive(w, r, s, sum); err == nil && s.Offset == s.Size {
		err = h.finish(r, s)
	}
	if err != nil {
		return err
	}
	h.describe(w, s.Upload)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// terminate removes an upload.
func (h *Handler) terminate(w http.ResponseWriter, r *http.Request, id string) error {
	u, a, err := h.folder.find(id)
	if err != nil {
		return missing(err)
	}
	if err := h.allow(r, Terminate, u, a); err != nil {
		return err
	}
	s, release, err := h.hold(r.Context(), id)
	if err != nil {
		return err
	}
	defer release()
	if err := h.folder.forget(id, s.Finished); err != nil {
		return staging(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// receive stores the body as a piece of the file.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request, s *staged, sum *checksum) error {
	defer h.turns.interruptible(s.ID, w)()
	return s.take(sum, func(to io.Writer) error {
		_, err := h.opts.Parser.Receive(w, r, to)
		return err
	})
}

// finish passes a complete file on. If it is refused with a client error, the upload is removed.
func (h *Handler) finish(r *http.Request, s *staged) (err error) {
	ctx := context.WithoutCancel(r.Context())
	var content io.Reader = io.NewSectionReader(s.part, 0, s.Size)
	form, err := h.opts.Parser.Adopt(ctx, h.opts.Field, s.Name(), s.Type(), content)
	if err == nil {
		defer func() {
			if closed := form.Close(); closed != nil {
				h.log(r, closed, slog.LevelError, "upload/tus: a file that was not kept was not removed")
			}
		}()
		err = h.opts.Finish(ctx, form.Files[0], s.Upload)
	}
	if err != nil {
		if refused(err) {
			err = errors.Join(err, staging(h.folder.forget(s.ID, false)))
		}
		return err
	}
	return staging(s.finish())
}

// refused reports whether a complete file was refused with a client error.
func refused(err error) bool {
	status := failure.StatusOf(err)
	return status >= 400 && status < 500
}

// hold opens an upload for one request.
func (h *Handler) hold(ctx context.Context, id string) (s *staged, release func(), err error) {
	leave, err := h.turns.take(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	// Another process may hold it and still have to notice that its client has left.
	for until := time.Now().Add(patience); ; {
		s, err = h.folder.hold(id)
		if err == nil {
			return s, func() {
				if closed := s.close(); closed != nil {
					h.opts.Logger.ErrorContext(context.WithoutCancel(ctx), "upload/tus: closing a piece", "error", closed)
				}
				leave()
			}, nil
		}
		if !errors.Is(err, errHeld) || time.Now().After(until) {
			break
		}
		select {
		case <-time.After(patience / 50):
		case <-ctx.Done():
			leave()
			return nil, nil, refuse(ErrLocked, "")
		}
	}
	leave()
	if errors.Is(err, errHeld) {
		return nil, nil, refuse(ErrLocked, "")
	}
	return nil, nil, missing(err)
}

// allow checks that the client began the upload and that Options.Authorize accepts the request.
func (h *Handler) allow(r *http.Request, what Operation, u Upload, a about) error {
	if a.Owner != "" && a.Owner != hashOf(h.opts.Owner(r)) {
		return refuse(ErrNotFound, "")
	}
	return h.authorize(r, what, u)
}

func (h *Handler) authorize(r *http.Request, what Operation, u Upload) error {
	err := h.opts.Authorize(r, what, u)
	var own interface{ StatusCode() int }
	if err == nil || errors.As(err, &own) {
		return err
	}
	return &Error{Kind: ErrForbidden, Cause: err}
}

// describe sends how much has arrived and when the upload expires.
func (h *Handler) describe(w http.ResponseWriter, u Upload) {
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	w.Header().Set("Upload-Expires", u.Expires.UTC().Format(http.TimeFormat))
}

// refuse answers and logs a refused request.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	failure.Refuse(w, r, err, h.opts.ErrorHandler, h.opts.Logger)
}

func (h *Handler) log(r *http.Request, err error, level slog.Level, message string) {
	r, rec := facts.Ensure(r)
	rec.SetLogged(err)
	failure.Log(r.Context(), failure.Of(r, rec, nil, err, failure.StatusOf(err)), h.opts.Logger, level, message)
}

// missing returns the error for an upload that does not exist or cannot be read.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return refuse(ErrNotFound, "")
	}
	return staging(err)
}

// number reads a header that is a number. A number that is too large for 64 bits is the largest
// one, which exceeds every limit.
func number(r *http.Request, name string) (uint64, error) {
	n, err := strconv.ParseUint(r.Header.Get(name), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || len(r.Header.Values(name)) != 1 {
		return 0, refuse(ErrMalformed, name+" must be a number.")
	}
	return n, nil
}

// addressOf returns the address of an upload, below the path that the client sent: an outer mux
// may have stripped a prefix.
func addressOf(r *http.Request, id string) string {
	path := r.URL.EscapedPath()
	if sent, err := url.ParseRequestURI(r.RequestURI); err == nil {
		path = sent.EscapedPath()
	}
	// With several leading slashes it would name a host.
	return "/" + strings.TrimLeft(strings.TrimRight(path, "/")+"/", "/") + id
}

// hashOf returns the hash of an owner; "" for no owner.
func hashOf(owner string) string {
	if owner == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(owner))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
