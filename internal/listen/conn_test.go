package listen_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// pair returns both ends of a connection, the server's in a group.
func pair(t *testing.T, timeout time.Duration) (server, client net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = listen.NewGroup(listen.GroupOptions{WriteTimeout: timeout}).Listener(l).Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return server, client
}

// large is more than the buffers of the system take.
const large = 64 << 20

func TestWriteDeadlines(t *testing.T) {
	t.Parallel()
	// soon leaves enough time for a write to begin on a busy machine.
	const soon, late = 300 * time.Millisecond, time.Hour
	for name, tt := range map[string]struct {
		timeout, asked time.Duration
	}{
		"rolling":                {soon, 0},
		"asked for":              {late, soon},
		"rolling, asked for far": {soon, late},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _ := pair(t, tt.timeout)
			much := make([]byte, large) // before the time runs
			start := time.Now()
			if tt.asked != 0 {
				if err := server.SetWriteDeadline(time.Now().Add(tt.asked)); err != nil {
					t.Fatal(err)
				}
			}
			n, err := server.Write(much)
			if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == large || time.Since(start) < soon {
				t.Errorf("got %d, %v after %v", n, err, time.Since(start))
			}
		})
	}
	t.Run("in the past", func(t *testing.T) {
		server, _ := pair(t, late)
		server.SetWriteDeadline(time.Unix(1, 0))
		if n, err := server.Write([]byte("x")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %d, %v", n, err)
		}
		server.SetWriteDeadline(time.Time{})
		if n, err := server.Write([]byte("x")); n != 1 || err != nil {
			t.Errorf("taken back: got %d, %v", n, err)
		}
	})
	t.Run("set meanwhile", func(t *testing.T) {
		t.Parallel()
		server, _ := pair(t, late)
		time.AfterFunc(soon, func() { server.SetWriteDeadline(time.Now()) })
		if _, err := server.Write(make([]byte, large)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// slowTCP is a connection whose client reads a piece every now and then, in the
// time of a synctest bubble. Like TCP connections, it sends files itself.
type slowTCP struct {
	net.Conn
	taken    bytes.Buffer
	deadline time.Time
}

const (
	piece     = 64 << 10
	pieceTime = 100 * time.Millisecond
)

func (c *slowTCP) SetWriteDeadline(t time.Time) error { c.deadline = t; return nil }
func (c *slowTCP) Close() error                       { return nil }

// await waits until there is room for a piece.
func (c *slowTCP) await() error {
	if left := time.Until(c.deadline); left < pieceTime {
		time.Sleep(left)
		return os.ErrDeadlineExceeded
	}
	time.Sleep(pieceTime)
	return nil
}

func (c *slowTCP) Write(p []byte) (n int, err error) {
	for n < len(p) {
		if err := c.await(); err != nil {
			return n, err
		}
		m := min(piece, len(p)-n)
		c.taken.Write(p[n : n+m])
		n += m
	}
	return n, nil
}

// ReadFrom reads only what there is room for, as sendfile(2) does.
func (c *slowTCP) ReadFrom(src io.Reader) (n int64, err error) {
	for {
		if err := c.await(); err != nil {
			return n, err
		}
		m, err := io.CopyN(&c.taken, src, piece)
		if n += m; err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// A file arrives whole and in order although its deadline passes again and again,
// and so does anything else.
func TestReadFrom(t *testing.T) {
	content := make([]byte, 2<<20)
	for i := range content {
		content[i] = byte(i ^ i>>8 ^ i>>16)
	}
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for kind, source := range map[string]func(f *os.File) io.Reader{
		"file":           func(f *os.File) io.Reader { return f },
		"part of a file": func(f *os.File) io.Reader { return &io.LimitedReader{R: f, N: int64(len(content))} },
		"something else": func(f *os.File) io.Reader { return struct{ io.Reader }{f} },
		"part of it":     func(f *os.File) io.Reader { return io.LimitReader(struct{ io.Reader }{f}, int64(len(content))) },
	} {
		synctestRun(t, kind, func(t *testing.T) {
			near := &slowTCP{}
			group := listen.NewGroup(listen.GroupOptions{WriteTimeout: 5 * pieceTime / 2})
			server, err := group.Listener(one{conn: near}).Accept()
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			start := time.Now()
			if n, err := server.(io.ReaderFrom).ReadFrom(source(f)); n != int64(len(content)) || err != nil {
				t.Errorf("got %d, %v", n, err)
			}
			if took, least := time.Since(start), time.Duration(len(content)/piece)*pieceTime; took < least {
				t.Errorf("it took %v, want %v at least", took, least)
			}
			if !bytes.Equal(near.taken.Bytes(), content) {
				t.Errorf("got %d other bytes", near.taken.Len())
			}
		})
	}
	t.Run("nobody reads", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "large")
		if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, large)); err != nil {
			t.Fatal(err)
		}
		server, _ := pair(t, 50*time.Millisecond)
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := server.(io.ReaderFrom).ReadFrom(f); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// pacedTCP is a TCP connection that takes a byte at each of certain times, which do
// not depend on deadlines, and then nothing more.
type pacedTCP struct {
	net.Conn
	times    []time.Time
	deadline time.Time
}

func (c *pacedTCP) NetConn() net.Conn                  { return new(net.TCPConn) }
func (c *pacedTCP) SetWriteDeadline(t time.Time) error { c.deadline = t; return nil }

func (c *pacedTCP) Write(p []byte) (n int, err error) {
	for n < len(p) {
		if len(c.times) == 0 || c.times[0].After(c.deadline) {
			time.Sleep(time.Until(c.deadline))
			return n, os.ErrDeadlineExceeded
		}
		time.Sleep(time.Until(c.times[0]))
		c.times = c.times[1:]
		n++
	}
	return n, nil
}

// ReadFrom writes byte by byte what it reads, as sendfile(2) does.
func (c *pacedTCP) ReadFrom(src io.Reader) (n int64, err error) {
	l := src.(*io.LimitedReader)
	for l.N > 0 {
		if _, err := c.Write([]byte{0}); err != nil {
			return n, err
		}
		l.N--
		n++
	}
	return n, nil
}

// The timeout begins with the last progress, and is exceeded by half at most.
func TestAClientThatReadsNothingIsCutOffInTime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the system does not say how much went out")
	}
	const timeout = 2 * time.Second
	for _, tt := range []struct {
		name  string
		pause time.Duration // between the bytes that the client reads
		reads int
	}{
		{"nothing is read", 0, 0},
		{"only the buffers are filled", 0, 5},
		{"read for a while", time.Second, 5},
		{"read slowly", timeout - time.Millisecond, 20},
	} {
		for kind, send := range map[string]func(net.Conn) (int64, error){
			"written": func(c net.Conn) (int64, error) {
				n, err := c.Write(make([]byte, 100))
				return int64(n), err
			},
			"written in parts": func(c net.Conn) (n int64, err error) {
				for err == nil {
					var m int
					m, err = c.Write(make([]byte, 1))
					n += int64(m)
				}
				return n, err
			},
			"sent as a file": func(c net.Conn) (int64, error) {
				f, err := os.Open(os.Args[0]) // any file
				if err != nil {
					return 0, err
				}
				defer f.Close()
				return c.(io.ReaderFrom).ReadFrom(io.LimitReader(f, 100))
			},
		} {
			synctestRun(t, tt.name+", "+kind, func(t *testing.T) {
				near := &pacedTCP{}
				last := time.Now()
				for range tt.reads {
					last = last.Add(tt.pause)
					near.times = append(near.times, last)
				}
				c, err := listen.NewGroup(listen.GroupOptions{WriteTimeout: timeout}).Listener(one{conn: near}).Accept()
				if err != nil {
					t.Fatal(err)
				}
				n, err := send(c)
				if took := time.Since(last); n != int64(tt.reads) || !errors.Is(err, os.ErrDeadlineExceeded) || took < timeout || took > timeout*3/2 {
					t.Errorf("got %d, %v %v after the last progress, want %d within %v", n, err, took, tt.reads, timeout*3/2)
				}
			})
		}
	}
}

// TestPreface checks that HTTP/2 is recognized by the start of a connection, in
// however many pieces it arrives.
func TestPreface(t *testing.T) {
	const begin = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	for _, tt := range []struct {
		name   string
		pieces []string
		want   bool
	}{
		{"whole", []string{begin}, true},
		{"in two pieces", []string{begin[:7], begin[7:]}, true},
		{"cut behind what tells", []string{begin[:14], begin[14:]}, true},
		{"byte by byte", strings.Split(begin, ""), true},
		{"a part", []string{begin[:13]}, false},
		{"another beginning", []string{"GET / HTTP/1.1\r\n", begin}, false},
		{"another beginning that looks like it", []string{"PR", "OPFIND * HTTP/2.0"}, false},
		{"another version", []string{"PRI * HTTP/2", ".1"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server, client := pair(t, time.Second)
			room := make([]byte, 100)
			for _, piece := range tt.pieces {
				if _, err := io.WriteString(client, piece); err != nil {
					t.Fatal(err)
				}
				// Read before the next piece is sent, so that none are joined.
				if n, err := io.ReadFull(server, room[:len(piece)]); err != nil {
					t.Fatal(n, err)
				}
			}
			if got := listen.IsHTTP2(server); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
