package static

import (
	"errors"
	"net/http"
	"strconv"
)

// text sends a fixed text. Nothing of the request is in it.
func (h *Handler) text(w http.ResponseWriter, r *http.Request, status int, text string) {
	h.short(w, r, status, "text/plain; charset=utf-8", []byte(text))
}

// short sends an answer that no cache may keep.
func (h *Handler) short(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	f := fieldsOf(w, 4)
	f.set("Content-Type", contentType)
	f.set("Content-Length", strconv.Itoa(len(body)))
	f.set("Cache-Control", "no-store")
	f.set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // an error says that the client has gone
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
		if page, contentType, err := h.page(); err == nil {
			h.short(w, r, http.StatusNotFound, contentType, page)
			return
		}
	}
	h.short(w, r, http.StatusNotFound, "text/html", []byte(h.notFound))
}

// page reads the page of the 404 answer.
func (h *Handler) page() (body []byte, contentType string, err error) {
	e, err := h.find(h.notFoundPage, false)
	if err != nil {
		return nil, "", err
	}
	if e.body != nil {
		return e.body, e.contentType, nil
	}
	f, e, err := h.open(e)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	body, err = h.load(e, f, nil)
	return body, e.contentType, err
}
