package fingerprint_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/fingerprint"
)

// FuzzCookie holds that no Cookie field makes a client known but one with a
// value that was really signed, and that net/http sees the same cookie in it.
func FuzzCookie(f *testing.F) {
	// What is signed differs from run to run, so that seeds name it only.
	ids := mustNew(f, fingerprint.Options{Keys: [][]byte{keyA}})
	plain := mustNew(f, fingerprint.Options{DangerouslyUnsigned: true})
	good := forge(keyA, "sessionID", time.Now(), someID)
	for _, line := range []string{
		"sessionID=GOOD", `a=b; sessionID="GOOD"; c`, "sessionID=x; sessionID=GOOD", "sessionID=" + someID, "sessionID=\"" + someID + "\"",
		";; =; sessionID", "sessionID=", "sessionID==;sessionID=\"", "SESSIONID=GOOD", " sessionID =GOOD", "sessionID=GOODA",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		line = strings.ReplaceAll(line, "GOOD", good)
		if strings.ContainsAny(line, "\r\n\x00") {
			return // net/http lets no such field through
		}
		r := &http.Request{Header: http.Header{"Cookie": {line}}}
		values := func() (all []string) {
			for _, c := range r.CookiesNamed("sessionID") {
				all = append(all, c.Value)
			}
			return all
		}
		if id, fresh := ids.Of(r); !fresh && (id != someID || !slices.Contains(values(), good)) || !form.MatchString(id) {
			t.Fatalf("signed: %q makes the client %s known", line, id)
		}
		if id, fresh := plain.Of(r); !fresh && !slices.Contains(values(), id) || !form.MatchString(id) {
			t.Fatalf("unsigned: %q makes the client %s known", line, id)
		}
	})
}
