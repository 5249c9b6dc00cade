package accesslog

import (
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// combinedLog writes lines in Apache's combined form:
//
//	client - - [time] "method target protocol" status bytes "referer" "agent"
//
// https://httpd.apache.org/docs/2.4/logs.html#combined
type combinedLog struct {
	mu  sync.Mutex
	out io.Writer
}

// combinedTime is Apache's %t.
const combinedTime = "[02/Jan/2006:15:04:05 -0700]"

// log writes the line for e. Its time is the end of the response.
func (c *combinedLog) log(a *Log, e *entry, now time.Time) {
	target := e.rec.ShownPath(e.url.EscapedPath())
	if a.logQuery && e.url.RawQuery != "" {
		target += "?" + a.maskOf(e.rec).apply(e.url.RawQuery)
	}
	method, proto := e.method, e.r.Proto
	if !httpfield.IsToken(method) { // they are not escaped
		method = "-"
	}
	if httpfield.HasControl(proto) || strings.ContainsAny(proto, `"\`) {
		proto = "-"
	}
	line := append(make([]byte, 0, 256), orDash(e.client())...)
	line = append(line, " - - "...)
	line = now.AppendFormat(line, combinedTime)
	line = append(append(line, ` "`...), method...)
	line = appendEscaped(append(line, ' '), orDash(target))
	line = append(append(append(line, ' '), proto...), `" `...)
	line = strconv.AppendInt(line, int64(e.status()), 10)
	line = strconv.AppendInt(append(line, ' '), e.tap.Bytes(), 10)
	line = appendEscaped(append(line, ` "`...), orDash(a.referer(e)))
	line = appendEscaped(append(line, `" "`...), orDash(e.r.UserAgent()))
	line = append(line, "\"\n"...)

	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.out.Write(line) // there is nowhere to report an error
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// appendEscaped appends s with quotes, backslashes and unprintable characters
// escaped, and without quotes around it.
func appendEscaped(line []byte, s string) []byte {
	quote := len(line)
	line = strconv.AppendQuote(line, s)
	return append(line[:quote], line[quote+1:len(line)-1]...)
}
