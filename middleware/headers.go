package middleware

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw"
)

const (
	hstsHeader = "Strict-Transport-Security"
	varyHeader = "Vary"
)

// HeadersOptions configures a [Headers]. The zero value adds no header.
type HeadersOptions struct {
	_ struct{}

	// Headers are sent with every response. A handler that sets one of them itself
	// replaces it, and one that sets it to nil leaves it out
	// (w.Header()["X-Name"] = nil).
	//
	//   - Strict-Transport-Security is sent only where the client's own connection
	//     is encrypted, as [ClientAddr] decides it; browsers ignore it elsewhere
	//     (RFC 6797 section 7.2).
	//   - What is listed for Vary is added to what handlers list.
	//   - Refused are names that are no token, values with control characters or
	//     blanks around them, and headers that only the response itself can know:
	//     Content-Length, Content-Encoding, Content-Range, Transfer-Encoding,
	//     Trailer, Set-Cookie.
	Headers map[string]string

	// Logger is told of values that were refused at run time. nil discards.
	Logger *slog.Logger
}

// Headers sends configured headers, and keeps the headers of all responses in
// order:
//
//   - A header that has one value is sent once; the last value that was set wins.
//     Headers that are lists keep their lines, and so does Set-Cookie.
//   - Vary becomes one line without repeats.
//   - Values with control characters, line breaks above all, are not sent, so
//     that a value copied from a request cannot start a header of its own.
//     net/http alone sends them with blanks in the place of line breaks.
//
// It is immutable and safe for concurrent use.
type Headers struct {
	fields []field // all but the two below, by name
	hsts   []field // at most one
	vary   string
	logger *slog.Logger
}

// field is one configured header.
type field struct{ name, value string }

// NewHeaders returns a Headers, or every problem of the options.
func NewHeaders(o HeadersOptions) (*Headers, error) {
	problems := cfgerr.For("middleware")
	h := &Headers{logger: o.Logger}
	if h.logger == nil {
		h.logger = slog.New(slog.DiscardHandler)
	}
	seen := map[string]bool{}
	for _, given := range slices.Sorted(maps.Keys(o.Headers)) {
		name, value := http.CanonicalHeaderKey(given), o.Headers[given]
		path := fmt.Sprintf("HeadersOptions.Headers[%q]", given)
		switch {
		case !validFieldName(given):
			problems.Add(path, nil, "invalid name: want a token such as X-Frame-Options")
		case seen[name]:
			problems.Add(path, nil, "named twice: names are the same in upper and lower case")
		case reserved[name]:
			problems.Add(path, nil, "differs from response to response and cannot be configured")
		case !validFieldValue(value):
			problems.Add(path, value, "want no control characters and no blanks around it")
		}
		seen[name] = true
		switch name {
		case hstsHeader:
			h.hsts = []field{{name, value}}
		case varyHeader:
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

// reserved are the headers that no configuration can know.
var reserved = map[string]bool{
	"Content-Length": true, "Content-Encoding": true, "Content-Range": true,
	"Transfer-Encoding": true, "Trailer": true, "Set-Cookie": true,
}

// Handler sets the headers before next runs, so that it sees and can change
// them, and once more where they are missing when the response is about to
// begin: the error paths of [http.ServeContent] and [http.Error] delete some.
//
// It belongs inside [ClientAddr] and outside everything that answers.
func (h *Headers) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tw, r, tap := respw.Of(w, r)
		h.set(tw.Header(), facts.SecureOf(r))
		tap.Add((*headersHook)(h), r)
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
	})
}

// set sets the configured headers.
func (h *Headers) set(header http.Header, secure bool) {
	values := make([]string, len(h.fields)) // of all of them, in one allocation
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

// headersHook is a Headers when a response is about to begin.
type headersHook Headers

// BeforeHeader puts the headers in order that are about to be sent.
func (h *headersHook) BeforeHeader(header http.Header, r *http.Request, _ int) {
	secure := facts.SecureOf(r)
	for _, f := range h.fields {
		setDefault(header, f.name, f.value)
	}
	if secure {
		for _, f := range h.hsts {
			setDefault(header, f.name, f.value)
		}
	}
	if h.vary != "" {
		header[varyHeader] = []string{mergeVary(append([]string{h.vary}, header[varyHeader]...))}
	}
	for name, values := range header {
		switch {
		case name == hstsHeader && !secure:
			delete(header, name)
			continue
		case len(values) <= 1:
		case name == varyHeader:
			values = []string{mergeVary(values)}
			header[name] = values
		case !repeatable[name] && !strings.HasPrefix(name, http.TrailerPrefix):
			values = values[len(values)-1:]
			header[name] = values
		}
		for _, v := range values {
			if hasControl(v) {
				h.refuse(r, header, name)
				break
			}
		}
	}
}

// refuse takes the values of a header away that must not be sent.
func (h *headersHook) refuse(r *http.Request, header http.Header, name string) {
	h.logger.WarnContext(r.Context(), "header value refused", slog.String("header", name))
	if values := slices.DeleteFunc(slices.Clone(header[name]), hasControl); len(values) > 0 {
		header[name] = values
	} else {
		delete(header, name)
	}
}

// mergeVary joins lists of header names, each name once; "*" swallows the rest.
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

// repeatable are the response headers that may come in several lines, which
// mean the same as one line with commas, or each for itself. Taking away one of
// several policies or challenges would change what a browser does.
var repeatable = map[string]bool{
	"Accept-Ch": true, "Accept-Encoding": true, "Accept-Patch": true, "Accept-Signature": true, "Accept-Post": true, "Accept-Ranges": true,
	"Access-Control-Allow-Headers": true, "Access-Control-Allow-Methods": true, "Access-Control-Expose-Headers": true,
	"Allow": true, "Alt-Svc": true, "Cache-Control": true, "Cache-Status": true, "Cdn-Cache-Control": true,
	"Clear-Site-Data": true, "Connection": true, "Content-Digest": true, "Content-Encoding": true, "Content-Language": true,
	"Content-Security-Policy": true, "Content-Security-Policy-Report-Only": true, "Critical-Ch": true,
	"Dav": true, "Digest": true, "Origin-Trial": true, "Priority": true, "Report-To": true, "Repr-Digest": true,
	"Signature": true, "Signature-Input": true, "Speculation-Rules": true, "Want-Content-Digest": true, "Want-Repr-Digest": true,
	"Link": true, "Permissions-Policy": true, "Pragma": true, "Preference-Applied": true,
	"Proxy-Authenticate": true, "Proxy-Status": true, "Reporting-Endpoints": true,
	"Sec-Websocket-Extensions": true, "Sec-Websocket-Protocol": true, "Server-Timing": true,
	"Set-Cookie": true, "Timing-Allow-Origin": true, "Trailer": true, "Transfer-Encoding": true,
	"Upgrade": true, "Via": true, "Warning": true, "Www-Authenticate": true, "X-Robots-Tag": true,
}

// hasControl tells whether a value holds a control character other than a tab
// (RFC 9110 section 5.5).
func hasControl(s string) bool {
	// Every value of every response comes here: eight bytes at a time, of which
	// the highest bits of x are set where one may be a control character.
	const ones = 0x0101010101010101
	for len(s) >= 8 {
		b := s[:8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		del := w ^ ones*0x7f
		if x := (w-ones*' ')&^w | (del-ones)&^del; x&(ones<<7) != 0 && hasControlByte(b) {
			return true
		}
		s = s[8:]
	}
	return hasControlByte(s)
}

func hasControlByte(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

func validFieldValue(s string) bool {
	return !hasControl(s) && strings.Trim(s, " \t") == s
}

// validFieldName tells whether s is a token (RFC 9110 section 5.6.2).
func validFieldName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}
