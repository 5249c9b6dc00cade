package redisurl_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/redisurl"
)

func TestComplete(t *testing.T) {
	for _, tt := range []struct {
		address, retries, want string
		cluster                bool
	}{
		{"redis://h:1/2", "-1", "redis://h:1/2?dial_timeout=1s&max_retries=-1&pool_timeout=1s&protocol=2&read_timeout=1s&write_timeout=1s", false},
		{"redis://h?protocol=3&dial_timeout=5s&max_retries=0", "1", "redis://h?dial_timeout=5s&max_retries=0&pool_timeout=1s&protocol=3&read_timeout=1s&write_timeout=1s", false},
		{"redis://u:p%40@h?addr=i:1&addr=j:2", "1", "redis://u:p%40@h?addr=i%3A1&addr=j%3A2&dial_timeout=1s&max_retries=1&pool_timeout=1s&protocol=2&read_timeout=1s&write_timeout=1s", true},
	} {
		got, cluster, err := redisurl.Complete(tt.address, tt.retries)
		if got != tt.want || cluster != tt.cluster || err != nil {
			t.Errorf("%s: got %s, %t, %v", tt.address, got, cluster, err)
		}
	}
}

func TestReasonHasNoPassword(t *testing.T) {
	const accepted = ": want one such as redis://localhost:6379/0"
	for address, want := range map[string]string{
		"redis://h:x": `invalid port ":x" after host`,
		// What cannot be read may be a password.
		"redis://u:secret@h:x":          "",
		"redis://u:secret/abc@h:6379":   "",
		"redis://:pa%zzsecret@h":        "",
		"redis://u:sec#ret/secret@h":    "",
		"redis://u:secret?secret=1@h:1": "",
	} {
		_, _, err := redisurl.Complete(address, "1")
		if err == nil {
			t.Fatalf("%s is accepted", address)
		}
		got := redisurl.Reason(address, err)
		if want != "" && got != want+accepted || want == "" && (strings.Contains(got, "sec") || !strings.Contains(got, "%2F")) {
			t.Errorf("%s: got %s", address, got)
		}
	}
	for _, tt := range []struct{ address, text, want string }{
		{"http://h", "redis: invalid URL scheme: http", "invalid URL scheme: http"},
		{"redis://:123/secret@h:6379", `redis: invalid database number: "secret@h:6379"`, ""},
		{"redis://u:secret@h/x", `redis: invalid database number: "x"`, `invalid database number: "x"`},
		{"redis://u:se%2Fcret@h/x", "cannot open redis://u:se%2Fcret@h/x", ""},
		{"redis://u:se%2Fcret@h/x", "wrong password: se/cret", ""},
		{"redis://u:se%2Fcret@h/x", "wrong password: se%2Fcret", ""},
		{"redis://u:secret@h", "dial tcp 10.0.0.1:6379: connection refused", "dial tcp 10.0.0.1:6379: connection refused"},
	} {
		got := redisurl.Safe(tt.address, errors.New(tt.text))
		if tt.want != "" && got != tt.want || tt.want == "" && !strings.HasPrefix(got, "the URL cannot be used") {
			t.Errorf("%s: got %s", tt.address, got)
		}
	}
}
