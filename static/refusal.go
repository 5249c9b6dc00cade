package static

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"
)

// refusal is a response other than a file.
type refusal struct {
	status       int
	contentType  string
	body         []byte
	contentRange string // "" leaves it out
}

// text sends a fixed message. It contains nothing from the request.
func (h *Handler) text(w http.ResponseWriter, r *http.Request, status int, text string) {
	refusal{status: status, contentType: plainText, body: []byte(text)}.send(w, r)
}

const plainText = "text/plain; charset=utf-8"

// send sends the response, which no cache may store. Header fields that describe a
// file do not apply to it.
func (a refusal) send(w http.ResponseWriter, r *http.Request) {
	f := fieldsOf(w, 5)
	f.withoutContent()
	if !f.bare {
		delete(f.head, "Etag")
		delete(f.head, "Content-Disposition")
	}
	f.set("Content-Type", a.contentType)
	f.set("Content-Length", strconv.Itoa(len(a.body)))
	f.set("Cache-Control", "no-store")
	f.set("X-Content-Type-Options", "nosniff")
	if a.contentRange != "" {
		f.set("Content-Range", a.contentRange)
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // an error means that the client has gone
	}
}

// inFile returns an error that names the file, as not every file system's errors do.
func inFile(name string, err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		return err
	}
	return &fs.PathError{Op: "serve", Path: name, Err: err}
}

// fail responds for the file of that name, which is not found or unavailable.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, name string, err error) {
	if errors.Is(err, ErrNotFound) {
		if err != ErrNotFound {
			h.logger.WarnContext(r.Context(), "static: file cannot be read", "error", inFile(name, err))
		}
		h.missing(w, r)
		return
	}
	h.logger.WarnContext(r.Context(), "static: file unavailable", "error", inFile(name, err))
	h.text(w, r, http.StatusServiceUnavailable, "that file cannot be read now")
}

// missing sends the 404 that the options ask for.
func (h *Handler) missing(w http.ResponseWriter, r *http.Request) {
	if h.otherwise != nil {
		h.otherwise.ServeHTTP(w, r)
		return
	}
	if h.notFoundPage != "" {
		if page, contentType, err := h.page(r); err == nil {
			refusal{status: http.StatusNotFound, contentType: contentType, body: page}.send(w, r)
			return
		}
	}
	refusal{status: http.StatusNotFound, contentType: h.notFoundType, body: []byte(h.notFound)}.send(w, r)
}

// page reads the page of the 404 response.
func (h *Handler) page(r *http.Request) (body []byte, contentType string, err error) {
	e, err := h.find(r.Context(), h.notFoundPage, false)
	if err == nil && e.alone != "" {
		err = ErrNotFound // there is no plain file, and no negotiation here
	}
	if err != nil {
		return nil, "", err
	}
	if e.body != nil {
		return e.body, e.contentType, nil
	}
	f, e, err := h.open(r, e)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	body = make([]byte, e.size)
	n, err := h.load(e, f, body)
	if err == errRestless {
		err = nil // send what was read
	}
	return body[:n], e.contentType, err
}
