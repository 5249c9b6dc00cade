package listen

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"log/slog"
)

// ErrorLog returns a logger for the ErrorLog of an http.Server. Its lines become
// warnings, in which quoted client data is shortened. That a client left in the
// middle of a TLS handshake, as the probes of load balancers do, is a debug record.
func ErrorLog(logger *slog.Logger) *log.Logger { return log.New(lineLogger{logger}, "", 0) }

type lineLogger struct{ logger *slog.Logger }

// maxLine is how many bytes of a line are logged: net/http quotes what it cannot
// read in full.
const maxLine = 1 << 10

var (
	handshake = []byte("http: TLS handshake error from ")
	leaving   = [][]byte{[]byte(": EOF"), []byte(": connection reset by peer"), []byte(": broken pipe")}
)

func (l lineLogger) Write(p []byte) (int, error) {
	line := bytes.TrimRight(p, "\n")
	level := slog.LevelWarn
	if bytes.HasPrefix(line, handshake) {
		for _, end := range leaving {
			if bytes.HasSuffix(line, end) {
				level = slog.LevelDebug
			}
		}
	}
	text := string(line)
	if len(line) > maxLine {
		text = fmt.Sprintf("%s … (%d bytes)", bytes.ToValidUTF8(line[:maxLine], nil), len(line))
	}
	l.logger.Log(context.Background(), level, text)
	return len(p), nil
}
