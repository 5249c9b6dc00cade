package reftest

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	const (
		print = "0123456789abcdef0123456789abcdef01234567"
		uuid  = "01234567-89ab-4def-8123-456789abcdef"
	)
	tests := []struct{ name, text, want string }{
		{"fingerprint", `{"fingerprint": "` + print + `"}`, `{"fingerprint": "<fingerprint>"}`},
		{"fingerprint of another form", `{"fingerprint": "abc"}`, `{"fingerprint": "abc"}`},
		{"fingerprint in capitals", `{"fingerprint":"` + strings.ToUpper(print) + `"}`, `{"fingerprint":"` + strings.ToUpper(print) + `"}`},
		{"message id", `{"messageId":"` + uuid + `"}`, `{"messageId":"<uuid>"}`},
		{"message id of the client", `{"messageId":"aaa"}`, `{"messageId":"aaa"}`},
		{"id with a fingerprint", `{"id":  "` + print + "-" + uuid + `"}`, `{"id":  "<fingerprint>-<uuid>"}`},
		{"id with something else", `{"id":"127.0.0.1-a-` + uuid + `"}`, `{"id":"127.0.0.1-a-<uuid>"}`},
		{"id of another form", `{"id":"7"}`, `{"id":"7"}`},
		{"times and sizes", `{"requestDuration": 1,"currentTime":17.5,"uptime":0,"sizeResp":3}`, `{"requestDuration": "<number>","currentTime":"<number>","uptime":"<number>","sizeResp":"<number>"}`},
		{"a time that is no number", `{"currentTime":"now"}`, `{"currentTime":"now"}`},
		{"a negative time", `{"uptime":-1}`, `{"uptime":-1}`},
		{"random number", `{"randomNumber":1.5e-7}`, `{"randomNumber":"<number>"}`},
		{"random number in words", `Your random number is 0.5!`, `Your random number is <number>!`},
		{"folder of the app", `{"dir":"/any/where/public/special"}`, `{"dir":"<special>"}`},
		{"another folder", `{"dir":"/any/where/public"}`, `{"dir":"/any/where/public"}`},
		{"a line break before the value", "{\"messageId\":\n\"" + uuid + `"}`, "{\"messageId\":\n\"<uuid>\"}"},
		{"a wide space before the value", "{\"uptime\":\u20031}", "{\"uptime\":\u2003\"<number>\"}"},
		{"twice", `"uptime":1,"uptime":2`, `"uptime":"<number>","uptime":"<number>"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := maskText(tt.text); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestMaskOfTheRecording(t *testing.T) {
	cases, _, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if got := maskText(c.Response.Text); got != c.Response.Text {
			t.Errorf("%s: masked a second time: %s", c.ID, got)
		}
	}
}

func TestDecodeUTF8(t *testing.T) {
	tests := []struct{ name, bytes, want string }{
		{"valid", "aé☃𝄞", "aé☃𝄞"},
		{"a byte that begins nothing", "a\xffb\x80c\xc0d", "a\ufffdb\ufffdc\ufffdd"},
		{"cut after two of three", "\xe2\x98A", "\ufffdA"},
		{"cut after three of four", "\xf0\x9f\x92", "\ufffd"},
		{"an overlong form", "\xe0\x80\x80", "\ufffd\ufffd\ufffd"},
		{"half a surrogate pair", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"past the last character", "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},
		{"a replacement character that was sent", "\ufffd\xff", "\ufffd\ufffd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decodeUTF8([]byte(tt.bytes)); got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
		})
	}
}
