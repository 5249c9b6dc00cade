package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
)

func TestForPeople(t *testing.T) {
	for addr, want := range map[net.Addr]string{
		&net.TCPAddr{IP: net.IPv6unspecified, Port: 8080}:  "localhost:8080",
		&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}: "127.0.0.1:80",
		&net.TCPAddr{IP: net.ParseIP("::1"), Port: 80}:     "[::1]:80",
		&net.UnixAddr{Name: "/tmp/s.sock", Net: "unix"}:    "/tmp/s.sock",
	} {
		if got := forPeople(addr); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for want, args := range map[string][]string{
		"-address":            {"-address", l.Addr().String()},
		"unexpected argument": {"serve"},
		"static: Roots[0]":    {"-public", t.TempDir() + "/missing"},
	} {
		if err := run(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q in it", args, err, want)
		}
	}
}

// TestExamples asks every example action for what its page would.
func TestExamples(t *testing.T) {
	kit, err := sidekick.New(sidekick.Production(), actions()...)
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	for _, tt := range []struct {
		target string
		status int
		want   string
	}{
		{"/api/status", 200, `"nodeStatus":"Node Healthy"`},
		{"/api/randomNumber", 200, `"stringRandomNumber":"Your random number is 0.`},
		{"/api/cacheTest?key=foo&value=bar", 200, `"loadResp":{"createdAt":`},
		{"/api/cacheTest?key=f&value=bar", 422, "inputs should be at least 3 letters long"},
		{"/api/cacheTest", 422, "key is a required parameter for this action; value is a required parameter"},
		{"/api/sleepTest?sleepDuration=1", 200, `"sleepDuration":1,`},
		{"/api/sleepTest?sleepDuration=-1", 422, "sleepDuration must be from 0 to 30000"},
		{"/api/sleepTest?sleepDuration=soon", 422, "sleepDuration must be a whole number"},
		{"/api/validationTest?string=word", 200, `{"string":"word"}`},
		{"/api/validationTest?string=word&number=7", 200, `"number":7`},
		{"/api/validationTest?string[]=word", 422, "failed validation"},
		{"/api/echo?obj[a]=1", 200, `"obj":{"a":"1"}`},
		{"/api/uploader", 422, "file1 is a required parameter"},
		{"/api/uploader?file1=text", 422, "file1 must be a file"},
		{"/api/actions", 200, `"name":"uploader"`},
	} {
		w := httptest.NewRecorder()
		kit.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.target, nil))
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: got %d %s, want %d with %s", tt.target, w.Code, w.Body, tt.status, tt.want)
		}
	}
}
