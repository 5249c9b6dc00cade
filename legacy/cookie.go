package legacy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// passIdentity passes the client's id to the old server in that server's own cookie.
func (s *Server) passIdentity(in *http.Request, out http.Header) {
	rec := facts.From(in.Context())
	if s.opts.FingerprintCookie == "" || rec == nil || rec.Fingerprint() == "" {
		return
	}
	var pairs []string
	for _, line := range out["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			name, _, _ := strings.Cut(pair, "=")
			if name = strings.TrimSpace(name); name != "" && name != s.opts.FingerprintCookie {
				pairs = append(pairs, strings.TrimSpace(pair))
			}
		}
	}
	pairs = append(pairs, s.opts.FingerprintCookie+"="+rec.Fingerprint())
	out["Cookie"] = []string{strings.Join(pairs, "; ")}
}

// dropIdentity drops the cookie with which the old server would give the client
// another id.
func (s *Server) dropIdentity(answer http.Header) {
	if s.opts.FingerprintCookie == "" {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(answer["Set-Cookie"]), func(cookie string) bool {
		name, _, _ := strings.Cut(cookie, "=")
		return strings.TrimSpace(name) == s.opts.FingerprintCookie
	})
	if len(kept) == 0 {
		answer.Del("Set-Cookie")
		return
	}
	answer["Set-Cookie"] = kept
}
