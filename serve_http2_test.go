package sidekick_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

// The types and flags of the frames below (RFC 9113, section 6).
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	frameReset        = 0x3
	frameSettings     = 0x4
	framePing         = 0x6
	frameGoAway       = 0x7
	frameContinuation = 0x9

	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
)

// rawHTTP2 is a client that sends arbitrary frames.
type rawHTTP2 struct {
	t *testing.T
	net.Conn
	br *bufio.Reader
}

func dialHTTP2(t *testing.T, addr string, cert certificate) *rawHTTP2 {
	t.Helper()
	c, err := tls.Dial("tcp", addr, cert.client("h2"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.NetConn().Close() })
	return startHTTP2(t, c)
}

// startHTTP2 starts HTTP/2 over a connection.
func startHTTP2(t *testing.T, c net.Conn) *rawHTTP2 {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	h := &rawHTTP2{t, c, bufio.NewReader(c)}
	h.send(frameSettings, 0, 0, nil)
	return h
}

func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	b = append(b, flags)
	b = binary.BigEndian.AppendUint32(b, stream)
	return append(b, payload...)
}

func (h *rawHTTP2) send(kind, flags byte, stream uint32, payload []byte) error {
	_, err := h.Write(frame(kind, flags, stream, payload))
	return err
}

// request is the header of a GET, without Huffman codes or the dynamic table.
func request(path string) []byte {
	b := []byte{0x82, 0x87, 0x44, byte(len(path))} // GET, https, a path
	b = append(b, path...)
	return append(b, 0x41, 1, 'x') // authority
}

// read returns the next frame.
func (h *rawHTTP2) read() (kind, flags byte, stream uint32, payload []byte, err error) {
	var head [9]byte
	if _, err := io.ReadFull(h.br, head[:]); err != nil {
		return 0, 0, 0, nil, err
	}
	payload = make([]byte, binary.BigEndian.Uint32(head[:])>>8)
	_, err = io.ReadFull(h.br, payload)
	return head[3], head[4], binary.BigEndian.Uint32(head[5:]), payload, err
}

// until reads frames up to one of a kind.
func (h *rawHTTP2) until(want byte) (flags byte, stream uint32, payload []byte) {
	h.t.Helper()
	for {
		kind, flags, stream, payload, err := h.read()
		if err != nil {
			h.t.Fatalf("waiting for a frame of type %d: %v", want, err)
		}
		if kind == want && !(kind == frameSettings && flags&flagAck != 0) {
			return flags, stream, payload
		}
	}
}

// closed reports whether the server ends the connection.
func (h *rawHTTP2) closed() bool {
	for {
		if _, _, _, _, err := h.read(); err != nil {
			return !errors.Is(err, os.ErrDeadlineExceeded)
		}
	}
}

// An HTTP/2 connection without a request, as browsers open them ahead of time, does
// not delay a stop.
func TestHTTP2WithoutRequestsIsNotWaitedFor(t *testing.T) {
	for name, secure := range map[string]bool{"TLS": true, "plain": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert := newCertificate(t, t.TempDir(), "one")
				cfg := sidekick.Production()
				cfg.Server.Secure, cfg.Server.H2C = secure, !secure
				cfg.Server.Cert, cfg.Server.Key = cert.cert, cert.key
				cfg.Server.ShutdownTimeout = 10 * time.Second
				s := servePipes(t, cfg)
				c := s.dial()
				if secure {
					c = tls.Client(c, cert.client("h2"))
				}
				h := startHTTP2(t, c)
				h.until(frameSettings)
				h.send(framePing, 0, 0, make([]byte, 8))
				h.until(framePing)
				start := time.Now()
				s.stop()
				h.until(frameGoAway)
				go io.Copy(io.Discard, h.br) // it reads until the connection ends
				if err := <-s.done; err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// othersAreServed checks that another client of a server is served.
func othersAreServed(t *testing.T, s *running, cert certificate) {
	t.Helper()
	client := cert.https("h2")
	defer client.CloseIdleConnections()
	res, err := client.Get("https://" + s.addr + "/api/list")
	if err != nil || res.StatusCode != 200 {
		t.Errorf("another client: got %v, %v", res, err)
		return
	}
	res.Body.Close()
}

// Each flood ends its own connection or is harmless, and others are served.
func TestFloodsOverHTTP2AreLimited(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hang := action("hang", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
		<-release // whatever the client does, like a database query
		return nil, ctx.Err()
	})
	var at, most atomic.Int64
	counted := action("counted", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
		n := at.Add(1)
		defer at.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-release
		return nil, ctx.Err()
	})
	cert := newCertificate(t, t.TempDir(), "one")
	cfg := sidekick.Production()
	cfg.Server.Secure, cfg.Server.Cert, cfg.Server.Key = true, cert.cert, cert.key
	cfg.Server.WriteTimeout = time.Second
	cfg.Actions.MaxPending = -1 // so that net/http's own limit is tested
	s := serve(t, cfg, list, hang, counted)
	t.Cleanup(func() { close(release) })
	others := func(t *testing.T) { t.Helper(); othersAreServed(t, s, cert) }

	t.Run("streams", func(t *testing.T) {
		t.Parallel()
		h := dialHTTP2(t, s.addr, cert)
		_, _, settings := h.until(frameSettings)
		limit := uint32(0)
		for p := settings; len(p) >= 6; p = p[6:] {
			if binary.BigEndian.Uint16(p) == 3 { // SETTINGS_MAX_CONCURRENT_STREAMS
				limit = binary.BigEndian.Uint32(p[2:])
			}
		}
		if limit != 100 {
			t.Errorf("got a limit of %d streams", limit)
		}
		for i := range limit + 1 {
			h.send(frameHeaders, flagEndHeaders|flagEndStream, 2*i+1, request("/api/hang"))
		}
		if _, stream, code := h.until(frameReset); stream != 2*limit+1 || binary.BigEndian.Uint32(code) != 7 { // REFUSED_STREAM
			t.Errorf("got stream %d, %x", stream, code)
		}
		others(t)
	})
	t.Run("rapid reset", func(t *testing.T) {
		t.Parallel()
		h := dialHTTP2(t, s.addr, cert)
		go func() {
			for id := uint32(1); id < 40_000; id += 2 {
				b := frame(frameHeaders, flagEndHeaders|flagEndStream, id, request("/api/counted"))
				if _, err := h.Write(append(b, frame(frameReset, 0, id, []byte{0, 0, 0, 8})...)); err != nil {
					return
				}
			}
		}()
		if !h.closed() {
			t.Error("the connection stays")
		}
		if n := most.Load(); n == 0 || n > 100 {
			t.Errorf("%d actions ran at once", n)
		}
		others(t)
	})
	t.Run("continuation", func(t *testing.T) {
		t.Parallel()
		h := dialHTTP2(t, s.addr, cert)
		h.send(frameHeaders, flagEndStream, 1, request("/api/list"))
		field := append([]byte{0x00, 1, 'a', 0x7f, 0xa1, 0x7c}, make([]byte, 16_000)...) // a: 16000 bytes
		for i := 6; i < len(field); i++ {
			field[i] = 'b'
		}
		go func() {
			for h.send(frameContinuation, 0, 1, field) == nil {
			}
		}()
		if !h.closed() {
			t.Error("the connection stays")
		}
		others(t)
	})
	t.Run("a header that unpacks", func(t *testing.T) {
		t.Parallel()
		h := dialHTTP2(t, s.addr, cert)
		b := request("/api/list")
		b = append(b, 0x40, 1, 'a', 0x7f, 0x81, 0x1e) // a: 4000 bytes, kept in the dynamic table
		for range 4000 {
			b = append(b, 'b')
		}
		for range 5000 {
			b = append(b, 0xbe) // once more
		}
		h.send(frameHeaders, flagEndHeaders|flagEndStream, 1, b)
		_, _, header := h.until(frameHeaders)
		if !bytes.Contains(header, []byte("431")) {
			t.Errorf("got the header % x", header[:min(8, len(header))])
		}
		others(t)
	})
	t.Run("unknown frames", func(t *testing.T) {
		t.Parallel()
		h := dialHTTP2(t, s.addr, cert)
		for kind := byte(0x0a); kind <= 0x0f; kind++ {
			for _, stream := range []uint32{0, 1, 2, 77} {
				h.send(kind, 0xff, stream, []byte("what is this?"))
			}
		}
		h.send(frameHeaders, flagEndHeaders|flagEndStream, 1, request("/api/list"))
		if _, _, body := h.until(frameData); string(body) != `{"list":[1,"two"]}` {
			t.Errorf("got %q", body)
		}
	})
}

// The answers to floods of SETTINGS and PING are not kept for a client that does
// not read them.
func TestUnreadAnswersOverHTTP2TakeNoMemory(t *testing.T) { // measured, so not parallel
	cert := newCertificate(t, t.TempDir(), "one")
	cfg := sidekick.Production()
	cfg.Server.Secure, cfg.Server.Cert, cfg.Server.Key = true, cert.cert, cert.key
	cfg.Server.WriteTimeout = time.Second
	reached := make(chan struct{}, 1)
	s := serve(t, cfg, list, action("reached", func(context.Context, *dispatch.Connection) (any, error) {
		reached <- struct{}{}
		return nil, nil
	}))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, flood := range [][]byte{frame(frameSettings, 0, 0, nil), frame(framePing, 0, 0, make([]byte, 8))} {
		h := dialHTTP2(t, s.addr, cert)
		var err error
		for many, n := bytes.Repeat(flood, 1000), 0; n < 100 && err == nil; n++ { // without reading the responses
			_, err = h.Write(many)
		}
		othersAreServed(t, s, cert)
		h.send(frameHeaders, flagEndHeaders|flagEndStream, 1, request("/api/reached"))
		for read := false; !read && err == nil; { // or until the server has ended the connection
			select {
			case <-reached:
				read = true
			case <-time.After(10 * time.Millisecond):
				err = h.send(framePing, 0, 0, make([]byte, 8))
			}
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("the server neither reads on nor ends the connection")
		}
	}
	othersAreServed(t, s, cert)
	runtime.GC() // garbage does not count
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 3<<20 { // 32 bytes for each frame
		t.Errorf("the heap has grown by %d bytes", grown)
	}
}
