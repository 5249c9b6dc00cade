package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// discard takes a response and forgets it. It has every method of net/http's
// own writer for HTTP/1, since pieces wrap what they find.
type discard struct{ header http.Header }

func (w *discard) Header() http.Header                   { return w.header }
func (w *discard) WriteHeader(int)                       {}
func (w *discard) Write(p []byte) (int, error)           { return len(p), nil }
func (w *discard) WriteString(s string) (int, error)     { return len(s), nil }
func (w *discard) ReadFrom(src io.Reader) (int64, error) { return io.Copy(io.Discard, src) }
func (w *discard) Flush()                                {}
func (w *discard) FlushError() error                     { return nil }
func (w *discard) CloseNotify() <-chan bool              { return nil }
func (w *discard) SetReadDeadline(time.Time) error       { return nil }
func (w *discard) SetWriteDeadline(time.Time) error      { return nil }
func (w *discard) EnableFullDuplex() error               { return nil }
func (w *discard) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, errors.New("there is no connection")
}
