package fingerprint_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/securecookie"

	"github.com/sidekick-http/sidekick/fingerprint"
)

// FuzzCookie checks that a Cookie field identifies a client only if it has a value
// that was really signed, and that net/http sees the same cookie in it.
func FuzzCookie(f *testing.F) {
	// Signed values differ from run to run, so seeds only name them.
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
			return // net/http would refuse such a field
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

// FuzzSignature checks that a value is valid exactly when securecookie says so, and
// that what was signed has the form and the date of an id. The fuzzer chooses what
// is signed, with which key, and how the value is changed afterwards.
func FuzzSignature(f *testing.F) {
	keys := [][]byte{keyA, keyB}
	ids := mustNew(f, fingerprint.Options{Keys: keys, AcceptHeader: true})
	var codecs []*securecookie.SecureCookie
	for _, key := range keys {
		codecs = append(codecs, securecookie.New(key, nil).MaxAge(3600).SetSerializer(securecookie.NopEncoder{}))
	}
	id, _ := hex.DecodeString(someID)
	good := base64.URLEncoding.EncodeToString(id)
	for _, age := range []int64{0, 1, 3599, 3600, 3601, -59, -60, -61, -300, 1 << 40} {
		f.Add(age, "", good, "sessionID", uint8(0), "", 0, uint8(0))
	}
	for _, date := range []string{"", "+", "-1", "0", "1e9", "0x10", "999999999", "9999999999", "99999999999", "1_0", " 1"} {
		f.Add(int64(0), date, good, "sessionID", uint8(1), "", 0, uint8(0))
	}
	for _, payload := range []string{"", "|", good[:24], good + "AAAA", good[:27], good + "=", good[:14] + "\n" + good[14:], strings.ToUpper(good)} {
		f.Add(int64(0), "", payload, "sessionID", uint8(0), "", 0, uint8(0))
	}
	f.Add(int64(0), "", good, "sessionI", uint8(0), "", 0, uint8(0))
	f.Add(int64(0), "", good, "sessionID|", uint8(1), "", 0, uint8(0))
	f.Add(int64(0), "", good, "sessionID", uint8(2), "", 0, uint8(0)) // of a key that is not ours
	f.Add(int64(0), "", good, "sessionID", uint8(0), "A", 0, uint8(0))
	f.Add(int64(0), "", good, "sessionID", uint8(0), "\n", 96, uint8(0))
	for at := range 96 {
		f.Add(int64(0), "", good, "sessionID", uint8(0), "", at, uint8(1))
	}
	f.Fuzz(func(t *testing.T, age int64, date, payload, name string, key uint8, insert string, at int, flip uint8) {
		for {
			now := time.Now().Unix()
			dated := date
			if dated == "" {
				dated = strconv.FormatInt(now-age, 10)
			}
			dated += "|" + payload
			mac := hmac.New(sha256.New, append(slices.Clone(keys), bytes.Repeat([]byte("c"), 32))[key%3])
			mac.Write([]byte(name + "|" + dated))
			value := []byte(base64.URLEncoding.EncodeToString(append([]byte(dated+"|"), mac.Sum(nil)...)))
			at = max(0, min(at, len(value)))
			if at < len(value) {
				value[at] ^= flip
			}
			value = slices.Insert(value, at, []byte(insert)...)

			want := ""
			for _, codec := range codecs {
				var b []byte
				if codec.Decode("sessionID", string(value), &b) == nil && len(b) == 20 && len(value) == 96 {
					raw, _ := base64.URLEncoding.DecodeString(string(value))
					signed, _ := strconv.ParseInt(string(raw[:bytes.IndexByte(raw, '|')]), 10, 64)
					if signed <= now+60 {
						want = hex.EncodeToString(b)
					}
					break
				}
			}
			got, fresh := ids.Of(&http.Request{Header: http.Header{"X-Sessionid": {string(value)}}})
			if time.Now().Unix() != now {
				continue // the two checks were not at the same time
			}
			if fresh {
				got = ""
			}
			if got != want {
				t.Fatalf("%q: got id %q, want %q as securecookie has it", value, got, want)
			}
			return
		}
	})
}
