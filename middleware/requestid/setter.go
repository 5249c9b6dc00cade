package requestid

import (
	"context"
	"log/slog"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
	"github.com/sidekick-http/sidekick/logctx"
)

// Setter gives every request an id. It is immutable and safe for concurrent use.
type Setter struct {
	header     string
	omitHeader bool
	trusted    *proxyaddr.Resolver
	newID      func() string
}

// New returns a Setter. Its error joins every [ConfigError].
func New(o Options) (*Setter, error) {
	o = o.WithDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Setter{
		header:     textproto.CanonicalMIMEHeaderKey(o.Header),
		omitHeader: o.OmitHeader,
		trusted:    proxyaddr.NewWith(proxyaddr.Options{Trusted: o.TrustedProxies, TrustUnixPeers: o.TrustUnixPeers}),
		newID:      o.NewID,
	}, nil
}

// Handler gives requests their ids and passes them to next. An id that an outer
// piece has given is kept.
func (s *Setter) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, rec := facts.Ensure(r)
		if sent := r.Header[s.header]; len(sent) == 1 && rec.MessageID() == "" && IsValid(sent[0]) && s.trusted.Trusts(r) {
			rec.SetMessageID(sent[0])
		}
		id := rec.MessageIDOr(s.newID)
		if !s.omitHeader {
			w.Header()[s.header] = []string{id}
		}
		if trace, span, ok := parseTraceparent(r.Header[traceparent]); ok && !hasTrace(r.Context()) {
			r = r.WithContext(logctx.With(r.Context(), slog.String(traceID, trace), slog.String(spanID, span)))
		}
		next.ServeHTTP(w, r)
	})
}

// hasTrace reports whether the records of ctx already have the ids of a trace, from
// a span made further out.
func hasTrace(ctx context.Context) bool {
	return slices.ContainsFunc(logctx.Attrs(ctx), func(a slog.Attr) bool { return a.Key == traceID })
}

// The attributes of a trace in records, as OpenTelemetry names them.
const (
	traceID = "trace_id"
	spanID  = "span_id"
)

// maxID is the longest id that is accepted.
const maxID = 128

// IsValid reports whether an id from outside has an acceptable form: see the
// package comment.
func IsValid(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.:/+=@", c) >= 0:
		default:
			return false
		}
	}
	return true
}
