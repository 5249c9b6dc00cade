// Command fingerprint measures what it costs to check the client's cookie,
// against gorilla/securecookie as it comes, in one run:
//
//	go run ./fingerprint
//
// The same works are benchmarks: go test -bench . -benchmem ./fingerprint
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gorilla/securecookie"

	"github.com/sidekick-http/sidekick/fingerprint"
)

// work is one way of checking a cookie. run fails if it does not find the id.
type work struct {
	name string
	run  func() error
}

const (
	cookieName = "sessionID"
	checkName  = "fingerprint, the check"
)

// request returns a request as a browser sends it, with the cookie between two
// others.
func request(value string) *http.Request {
	r := httptest.NewRequest("GET", "/api/status", nil)
	r.Header.Set("Cookie", "theme=dark; "+cookieName+"="+value+"; lang=en-GB")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	return r
}

// works returns what is measured: a table, after what its rows share.
func works() ([]work, error) {
	key := []byte("a key of 32 bytes for benchmarks")
	const id = "0123456789abcdef0123456789abcdef01234567"

	withGob := securecookie.New(key, nil)
	gobValue, err := withGob.Encode(cookieName, id)
	if err != nil {
		return nil, err
	}
	gobRequest := request(gobValue)

	plain := securecookie.New(key, nil).SetSerializer(securecookie.NopEncoder{})
	plainValue, err := plain.Encode(cookieName, []byte(id))
	if err != nil {
		return nil, err
	}
	plainRequest := request(plainValue)

	clients, err := fingerprint.New(fingerprint.Options{Keys: [][]byte{key}})
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	ours := clients.Renew(w, httptest.NewRequest("GET", "/", nil))
	ourRequest := request(w.Result().Cookies()[0].Value)
	seen := ""
	handler := clients.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen, _ = fingerprint.FromContext(r.Context())
	}))

	want := func(got, id string, err error) error {
		if err == nil && got != id {
			err = fmt.Errorf("got the id %q, want %q", got, id)
		}
		return err
	}
	return []work{
		{"securecookie, gob (its default)", func() error {
			c, err := gobRequest.Cookie(cookieName)
			if err != nil {
				return err
			}
			var got string
			err = withGob.Decode(cookieName, c.Value, &got)
			return want(got, id, err)
		}},
		{"securecookie, gob, without reading the cookie", func() error {
			var got string
			err := withGob.Decode(cookieName, gobValue, &got)
			return want(got, id, err)
		}},
		{"securecookie, plain serializer", func() error {
			c, err := plainRequest.Cookie(cookieName)
			if err != nil {
				return err
			}
			var got []byte
			err = plain.Decode(cookieName, c.Value, &got)
			return want(string(got), id, err)
		}},
		{"reading the cookie alone", func() error {
			c, err := plainRequest.Cookie(cookieName)
			if err != nil {
				return err
			}
			return want(c.Value, plainValue, nil)
		}},
		{"HMAC-SHA-256 alone", func() error {
			h := hmac.New(sha256.New, key)
			_, _ = h.Write([]byte(plainValue[:57]))
			if len(h.Sum(nil)) != sha256.Size {
				return fmt.Errorf("no MAC")
			}
			return nil
		}},
		{checkName, func() error {
			got, _ := clients.Of(ourRequest)
			return want(got, ours, nil)
		}},
		{"fingerprint, the whole handler", func() error {
			handler.ServeHTTP(w, ourRequest)
			return want(seen, ours, nil)
		}},
	}, nil
}
