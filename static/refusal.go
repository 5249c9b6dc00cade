package static

import (
	"errors"
	"net/http"
	"strconv"
)

// refusal is an answer other than a file.
type refusal struct {
	status       int
	contentType  string
	body         []byte
	contentRange string // "" leaves it out
}

// text sends a fixed text. Nothing of the request is in it.
func (h *Handler) text(w http.ResponseWriter, r *http.Request, status int, text string) {
	refusal{status: status, contentType: plainText, body: []byte(text)}.send(w, r)
}

const plainText = "text/plain; charset=utf-8"

// send sends the answer, which no cache may keep. What the response had to say
// of a file does not hold for it.
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
		_, _ = w.Write(a.body) // an error says that the client has gone
	}
}

// fail answers for a file that is not found or cannot be had.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNotFound) {
		if err != ErrNotFound {
			h.logger.WarnContext(r.Context(), "static: file cannot be read", "error", err)
		}
		h.missing(w, r)
		return
	}
	h.logger.WarnContext(r.Context(), "static: file unavailable", "error", err)
	h.text(w, r, http.StatusServiceUnavailable, "that file cannot be read now")
}

// missing is the 404 that the options ask for.
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
	refusal{status: http.StatusNotFound, contentType: "text/html", body: []byte(h.notFound)}.send(w, r)
}

// page reads the page of the 404 answer.
func (h *Handler) page(r *http.Request) (body []byte, contentType string, err error) {
	e, err := h.find(r.Context(), h.notFoundPage, false)
	if err == nil && e.alone != "" {
		err = ErrNotFound // there is nobody to negotiate with
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
		err = nil // what was read will do
	}
	return body[:n], e.contentType, err
}
