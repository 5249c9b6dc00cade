package redisurl_test

import (
	"errors"
	"net/url"
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
	_, _, err := redisurl.Complete("redis://u:secret@h:x", "1")
	if _, ok := errors.AsType[*url.Error](err); !ok {
		t.Fatalf("got %v", err)
	}
	if got, want := redisurl.Reason(err), `invalid port ":x" after host; want one such as redis://localhost:6379/0`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := redisurl.Reason(errors.New("redis: invalid URL scheme: http")), "invalid URL scheme: http; want one such as redis://localhost:6379/0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
