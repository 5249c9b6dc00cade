package fingerprint_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/securecookie"

	"github.com/sidekick-http/sidekick/fingerprint"
)

// forge signs as securecookie does, with a time of our choice.
func forge(key []byte, name string, at time.Time, id string) string {
	b, _ := hex.DecodeString(id)
	dated := fmt.Sprintf("%d|%s", at.Unix(), base64.URLEncoding.EncodeToString(b))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name + "|" + dated))
	return base64.URLEncoding.EncodeToString(append([]byte(dated+"|"), mac.Sum(nil)...))
}

func TestForgedExpiredMoved(t *testing.T) {
	f := signed(t)
	now := time.Now()
	good := forge(keyA, "sessionID", now, someID)
	if v := send(t, f, withCookie(good), nil); v.id != someID || v.cookie != nil {
		t.Fatalf("control: got id %q and cookie %v, want %q and none", v.id, v.cookie, someID)
	}
	bad := map[string]string{
		"expired":             forge(keyA, "sessionID", now.Add(-61*time.Minute), someID),
		"before the epoch":    forge(keyA, "sessionID", time.Unix(-100000000, 0), someID),
		"in the future":       forge(keyA, "sessionID", now.Add(5*time.Minute), someID),
		"of another cookie":   forge(keyA, "otherCook", now, someID),
		"of another key":      forge(keyB, "sessionID", now, someID),
		"a shorter id":        forge(keyA, "sessionID", now, someID[:38]),
		"a longer id":         forge(keyA, "sessionID", now, someID+"00"),
		"cut":                 good[:len(good)-1],
		"longer":              good + "A",
		"in other letters":    strings.ToUpper(good),
		"not base64":          strings.Repeat("*", len(good)),
		"base64 without bars": strings.Repeat("A", len(good)),
	}
	for i := range good {
		b := []byte(good)
		if b[i]++; b[i] > 'z' {
			b[i] = 'A'
		}
		bad[fmt.Sprintf("byte %d flipped", i)] = string(b)
	}
	var headers []string
	for name, value := range bad {
		t.Run("F3 "+name, func(t *testing.T) {
			v := send(t, f, withCookie(value), nil)
			if v.id == someID || !form.MatchString(v.id) || v.cookie == nil || v.res.StatusCode != http.StatusOK {
				t.Errorf("got id %q, cookie %v, status %d, want a new client", v.id, v.cookie, v.res.StatusCode)
			}
			// No oracle: except for the value and its date, all responses are the same.
			h := v.res.Header.Clone()
			h.Set("Set-Cookie", regexp.MustCompile(`=[^;]{96};|Expires=[^;]*`).ReplaceAllString(h.Get("Set-Cookie"), "…"))
			headers = append(headers, fmt.Sprint(h))
		})
	}
	for _, h := range headers {
		if h != headers[0] {
			t.Errorf("F3: answers differ: %s and %s", h, headers[0])
		}
	}
	t.Run("a clock that is a little ahead", func(t *testing.T) {
		if v := send(t, f, withCookie(forge(keyA, "sessionID", now.Add(30*time.Second), someID)), nil); v.id != someID {
			t.Errorf("got id %q, want %q", v.id, someID)
		}
	})
}

// The sent value is one of securecookie, for programs that read it with that.
func TestSecurecookieReadsTheCookie(t *testing.T) {
	first := send(t, signed(t), get(), nil)
	codec := securecookie.New(keyA, nil).MaxAge(3600).SetSerializer(securecookie.NopEncoder{})
	var b []byte
	if err := codec.Decode("sessionID", first.value(), &b); err != nil || hex.EncodeToString(b) != first.id {
		t.Errorf("got %x, %v, want %s", b, err, first.id)
	}
}

func TestKeyRotation(t *testing.T) {
	old := mustNew(t, fingerprint.Options{Keys: [][]byte{keyA}})
	rotated := mustNew(t, fingerprint.Options{Keys: [][]byte{keyB, keyA}})
	later := mustNew(t, fingerprint.Options{Keys: [][]byte{keyB}})

	first := send(t, old, get(), nil)
	second := send(t, rotated, withCookie(first.value()), nil)
	if second.id != first.id || second.cookie == nil {
		t.Fatalf("F5 old key: got id %q and cookie %v, want %q signed anew", second.id, second.cookie, first.id)
	}
	if v := send(t, rotated, withCookie(second.value()), nil); v.id != first.id || v.cookie != nil {
		t.Errorf("F5 new key: got id %q and cookie %v, want %q and none", v.id, v.cookie, first.id)
	}
	if v := send(t, later, withCookie(second.value()), nil); v.id != first.id {
		t.Errorf("F5 new key alone: got id %q, want %q", v.id, first.id)
	}
	if v := send(t, later, withCookie(first.value()), nil); v.id == first.id {
		t.Error("F5 dropped key: it is still accepted")
	}
}

func TestRandomKeys(t *testing.T) {
	f := mustNew(t, fingerprint.Options{RandomKeys: true})
	first := send(t, f, get(), nil)
	if v := send(t, f, withCookie(first.value()), nil); v.id != first.id {
		t.Errorf("F5: got id %q, want %q", v.id, first.id)
	}
	other := mustNew(t, fingerprint.Options{RandomKeys: true})
	if v := send(t, other, withCookie(first.value()), nil); v.id == first.id {
		t.Error("F5: two values share their random key")
	}
}

func TestKeysAreCopied(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	keys := [][]byte{key}
	f := mustNew(t, fingerprint.Options{Keys: keys})
	first := send(t, f, get(), nil)
	clear(key)
	keys[0] = keyB
	if v := send(t, f, withCookie(first.value()), nil); v.id != first.id {
		t.Errorf("got id %q, want %q", v.id, first.id)
	}
}

func TestRenewalBeforeTheEnd(t *testing.T) {
	tests := []struct {
		name    string
		options fingerprint.Options
		after   time.Duration
		known   bool
		renewed bool
	}{
		{"F9 in the first half", fingerprint.Options{}, 29 * time.Minute, true, false},
		{"F9 in the second half", fingerprint.Options{}, 31 * time.Minute, true, true},
		{"F9 at the end", fingerprint.Options{}, 60 * time.Minute, true, true},
		{"F9 after the end", fingerprint.Options{}, 60*time.Minute + time.Second, false, true},
		{"F9 own threshold, before", fingerprint.Options{RenewBefore: 10 * time.Minute}, 49 * time.Minute, true, false},
		{"F9 own threshold, after", fingerprint.Options{RenewBefore: 10 * time.Minute}, 51 * time.Minute, true, true},
		{"F9 never", fingerprint.Options{RenewBefore: -1}, 59 * time.Minute, true, false},
		{"F9 own age", fingerprint.Options{MaxAge: 24 * time.Hour}, 13 * time.Hour, true, true},
		{"F9 without an age", fingerprint.Options{MaxAge: -1}, 14 * 24 * time.Hour, true, false},
		{"F9 without an age, after the end", fingerprint.Options{MaxAge: -1}, 31 * 24 * time.Hour, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.options.Keys = [][]byte{keyA}
				f := mustNew(t, tt.options)
				first := send(t, f, get(), nil)
				time.Sleep(tt.after)
				v := send(t, f, withCookie(first.value()), nil)
				if known := v.id == first.id; known != tt.known || (v.cookie != nil) != tt.renewed {
					t.Errorf("got known %v, renewed %v, want %v, %v", known, v.cookie != nil, tt.known, tt.renewed)
				}
				if v.value() == first.value() {
					t.Error("the same value was sent again")
				}
			})
		})
	}
}
