package headers

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/respw"
)

const (
	hstsHeader = "Strict-Transport-Security"
	varyHeader = "Vary"
	typeHeader = "Content-Type"
)

// Fields sends configured headers, and tidies the headers of all responses:
//
//   - A field that is defined to have one value, such as Content-Type, Location or
//     X-Frame-Options, is sent once; the last value wins. All other fields,
//     including Set-Cookie and custom ones, keep all their lines.
//   - Vary becomes one line without repeats.
//   - Values with control characters, such as line breaks, are not sent, so that a
//     value copied from a request cannot start another header. net/http alone
//     would send them with spaces instead of line breaks. Without its value
//     Content-Type is application/octet-stream.
//
// It is immutable and safe for concurrent use.
type Fields struct {
	fields []field // all but the two below, by name
	hsts   []field // at most one
	vary   string
	logger *slog.Logger
}

// field is one configured header.
type field struct{ name, value string }

// New returns Fields. Its error joins all problems of the options.
func New(o Options) (*Fields, error) {
	o = o.WithDefaults()
	problems := cfgerr.For("headers")
	h := &Fields{logger: failure.Logger(o.Logger)}
	seen := map[string]bool{}
	for _, given := range slices.Sorted(maps.Keys(o.Set)) {
		name, value := http.CanonicalHeaderKey(given), o.Set[given]
		path := fmt.Sprintf("Set[%q]", given)
		switch {
		case !httpfield.IsToken(given):
			problems.Add(path, nil, "invalid name: want a token such as X-Frame-Options")
		case seen[name]:
			problems.Add(path, nil, "named twice: names are the same in upper and lower case")
		case reserved[name]:
			problems.Add(path, nil, "differs from response to response and cannot be configured")
		case !httpfield.IsValue(value):
			problems.Add(path, value, "want no control characters and no blanks around it")
		}
		seen[name] = true
		switch {
		case value == "":
		case name == hstsHeader:
			h.hsts = []field{{name, value}}
		case name == varyHeader:
			h.vary = value
		default:
			h.fields = append(h.fields, field{name, value})
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return h, nil
}

// Handler sets the headers before next runs, so that next sees and can change them.
// When the response is about to begin, it sets those that are missing again,
// because the error paths of [http.ServeContent] and [http.Error] delete some.
//
// It belongs inside middleware/clientaddr and outside everything that responds.
func (h *Fields) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tw, r, tap := respw.Of(w, r)
		h.set(tw.Header(), facts.SecureOf(r))
		tap.Add((*fieldsHook)(h), r)
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
	})
}

func (h *Fields) set(header http.Header, secure bool) {
	values := make([]string, len(h.fields)) // for all fields, in one allocation
	for i, f := range h.fields {
		values[i] = f.value
		header[f.name] = values[i : i+1 : i+1]
	}
	if secure {
		for _, f := range h.hsts {
			header[f.name] = []string{f.value}
		}
	}
	if h.vary != "" {
		header.Add(varyHeader, h.vary)
	}
}

// fieldsHook is Fields as a hook that runs when a response is about to begin.
type fieldsHook Fields

// BeforeHeader tidies the headers that are about to be sent.
func (h *fieldsHook) BeforeHeader(header http.Header, r *http.Request, _ int) {
	secure := facts.SecureOf(r)
	for _, f := range h.fields {
		httpfield.SetDefault(header, f.name, f.value)
	}
	if secure {
		for _, f := range h.hsts {
			httpfield.SetDefault(header, f.name, f.value)
		}
	}
	if h.vary != "" {
		header[varyHeader] = []string{mergeVary(append([]string{h.vary}, header[varyHeader]...))}
	}
	for name, values := range header {
		if len(values) > 1 {
			switch {
			case name == varyHeader:
				header[name] = []string{mergeVary(values)}
			case singletons[name]:
				h.reduce(r, header, name)
			}
			values = header[name]
		}
		if slices.ContainsFunc(values, httpfield.HasControl) {
			h.refuse(r, header, name)
		}
	}
}

// reduce removes all lines but the last from a field that may have only one value.
func (h *fieldsHook) reduce(r *http.Request, header http.Header, name string) {
	values := header[name]
	last := values[len(values)-1:]
	header[name] = last
	h.logger.DebugContext(r.Context(), "header lines dropped: the field has one value, the last one that was set",
		slog.String("header", name), slog.Int("dropped", len(values)-1))
}

// refuse removes values of a header that must not be sent. If no Content-Type is left, a neutral one
// takes its place: net/http would guess one from the body, and so might make a page of what was
// declared as something else.
func (h *fieldsHook) refuse(r *http.Request, header http.Header, name string) {
	h.logger.WarnContext(r.Context(), "header value refused", slog.String("header", name))
	if values := slices.DeleteFunc(slices.Clone(header[name]), httpfield.HasControl); len(values) > 0 {
		header[name] = values
	} else if name == typeHeader {
		header[name] = []string{"application/octet-stream"}
	} else {
		delete(header, name)
	}
}

// mergeVary joins lists of header names, each name once; "*" replaces them all.
func mergeVary(lists []string) string {
	var names []string
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			name = strings.Trim(name, " \t")
			if name == "*" {
				return name
			}
			if name != "" && !slices.ContainsFunc(names, func(s string) bool { return strings.EqualFold(s, name) }) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, ", ")
}
