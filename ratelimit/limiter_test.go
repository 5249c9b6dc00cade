package ratelimit_test

import (
	"net/http"
	"net/http/httptest"
)

// request returns a request from an address.
func request(method, target, remote string, fields ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.RemoteAddr = remote
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}
