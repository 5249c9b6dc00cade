package listen_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/listen"
)

func TestErrorLog(t *testing.T) {
	for _, tt := range []struct{ name, line, level, want string }{
		{"a line", "http: something", "WARN", "http: something"},
		{"two lines in one", "http: panic\nat 1", "WARN", `http: panic\nat 1`},
		{"a probe that leaves", "http: TLS handshake error from 10.0.0.1:5: EOF", "DEBUG", "EOF"},
		{"a probe that resets", "http: TLS handshake error from 10.0.0.1:5: read tcp 10.0.0.2:443->10.0.0.1:5: read: connection reset by peer", "DEBUG", "reset"},
		{"another handshake", "http: TLS handshake error from 10.0.0.1:5: tls: first record does not look like a TLS handshake", "WARN", "first record"},
		{"a client hello that is quoted", "http: TLS handshake error from 10.0.0.1:5: tls: " + strings.Repeat("\x00", 150_000), "WARN", "… (150048 bytes)"},
		{"cut inside of a character", strings.Repeat("x", 1023) + "ééé", "WARN", "x … (1029 bytes)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			l := listen.ErrorLog(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})))
			l.Print(tt.line)
			got := b.String()
			if !strings.Contains(got, "level="+tt.level) || !strings.Contains(got, tt.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("got %.200s", got)
			}
			if len(got) > 5000 || !utf8.ValidString(got) { // a quoted NUL has four characters
				t.Errorf("got %d bytes", len(got))
			}
		})
	}
}
