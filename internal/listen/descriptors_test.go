package listen_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// exhausted is a listener for which there are no file descriptors for some time.
type exhausted struct {
	net.Listener
	until time.Time
	conn  net.Conn
}

func (e exhausted) Accept() (net.Conn, error) {
	if time.Now().Before(e.until) {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return e.conn, nil
}
func (e exhausted) Close() error { return nil }

func TestAShortageOfFileDescriptorsIsLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		group := listen.NewGroup(listen.GroupOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		server, client := net.Pipe()
		defer client.Close()
		conn, err := group.Listener(exhausted{until: time.Now().Add(150 * time.Second), conn: server}).Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 3 {
			t.Fatalf("got %d records, want 3:\n%s", len(lines), &log)
		}
		for _, part := range []string{"level=WARN", "LimitNOFILE", "ulimit -n", "too many open files", "attempts=1 "} {
			if !strings.Contains(lines[0], part) {
				t.Errorf("got %s, want %q in it", lines[0], part)
			}
		}
		if strings.Contains(lines[1], "attempts=1 ") {
			t.Errorf("got %s, want all attempts of that minute", lines[1])
		}
	})
}

func TestAStopEndsTheWaitForFileDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listen.NewGroup(listen.GroupOptions{}).Listener(exhausted{until: time.Now().Add(time.Hour)})
		time.AfterFunc(time.Minute+time.Millisecond, func() { l.Close() })
		began := time.Now()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) || time.Since(began) > time.Minute+time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}
