package fingerprint_test

import (
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/fingerprint"
)

func TestIdsAreRandom(t *testing.T) {
	f := signed(t)
	seen := map[string]bool{}
	for range 1000 {
		v := send(t, f, get("User-Agent", "the same"), nil)
		if !form.MatchString(v.id) || seen[v.id] {
			t.Fatalf("F7: id %q", v.id)
		}
		seen[v.id] = true
	}
}

func TestStaticElements(t *testing.T) {
	f := mustNew(t, fingerprint.Options{Keys: [][]byte{keyA}, StaticElements: true})
	id := func(addr string, header ...string) string {
		r := get(header...)
		r.RemoteAddr = addr
		v := send(t, f, r, nil)
		if v.cookie == nil || !form.MatchString(v.id) {
			t.Fatalf("id %q, cookie %v", v.id, v.cookie)
		}
		return v.id
	}
	base := id("192.0.2.1:100", "User-Agent", "a", "Accept-Language", "en")
	if got := id("192.0.2.1:200", "User-Agent", "a", "Accept-Language", "en", "Accept", "*/*"); got != base {
		t.Error("another port or Accept makes another client")
	}
	for name, other := range map[string]string{
		"address":       id("192.0.2.2:100", "User-Agent", "a", "Accept-Language", "en"),
		"agent":         id("192.0.2.1:100", "User-Agent", "b", "Accept-Language", "en"),
		"language":      id("192.0.2.1:100", "User-Agent", "a", "Accept-Language", "fr"),
		"another field": id("192.0.2.1:100", "User-Agent", "a", "Accept-Encoding", "en"),
		"shifted bytes": id("192.0.2.1:100", "User-Agent", "ae", "Accept-Language", "n"),
		"unix socket":   id("@", "User-Agent", "a", "Accept-Language", "en"),
	} {
		if other == base {
			t.Errorf("%s: another client has the same id", name)
		}
	}
	r := get("User-Agent", "a", "Accept-Language", "en", "Cookie", "sessionID="+forge(keyA, "sessionID", time.Now(), someID))
	if v := send(t, f, r, nil); v.id != someID {
		t.Error("a signed cookie does not come before the elements")
	}
}
