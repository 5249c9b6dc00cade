package listen

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Notifier tells a service manager the state of the process: see sd_notify(3). A
// nil Notifier does nothing.
type Notifier struct {
	socket   *net.UnixConn
	watchdog time.Duration // 0 if there is none
}

// NewNotifier returns the Notifier that the environment asks for, or nil. It leaves
// the variables as they are.
func NewNotifier() (*Notifier, error) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil, nil
	}
	// A path, or a name in Linux' abstract namespace of sockets. systemd uses no
	// others ("vsock:" is for whole virtual machines).
	if !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "@") {
		return nil, fmt.Errorf("NOTIFY_SOCKET is %q, want the path of a socket", path)
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	n := &Notifier{socket: c}
	if n.watchdog, err = watchdog(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return n, nil
}

// watchdog returns how long the process may be silent; see sd_watchdog_enabled(3).
func watchdog() (time.Duration, error) {
	text := os.Getenv("WATCHDOG_USEC")
	if pid := os.Getenv("WATCHDOG_PID"); text == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > int64(time.Duration(1<<63-1)/time.Microsecond) {
		return 0, fmt.Errorf("WATCHDOG_USEC is %q, want microseconds", text)
	}
	return time.Duration(n) * time.Microsecond, nil
}

// Ready announces that the process serves, with a status line.
func (n *Notifier) Ready(status string) error { return n.tell("READY=1\nSTATUS=" + status) }

// Stopping announces that the process is about to end, and how long that may take.
func (n *Notifier) Stopping(within time.Duration) error {
	// The server limits how long a stop takes, not the unit's TimeoutStopSec.
	return n.tell(fmt.Sprintf("STOPPING=1\nEXTEND_TIMEOUT_USEC=%d\nSTATUS=stopping", within.Microseconds()))
}

// Watch keeps telling the watchdog that all is well, for as long as alive says so,
// until done is closed. Without a watchdog it does nothing.
func (n *Notifier) Watch(done <-chan struct{}, alive func() bool) {
	if n == nil || n.watchdog == 0 {
		return
	}
	tick := time.NewTicker(n.watchdog / 2)
	defer tick.Stop()
	for {
		if alive() {
			// The manager notices if it did not get through.
			_ = n.tell("WATCHDOG=1")
		}
		select {
		case <-tick.C:
		case <-done:
			return
		}
	}
}

func (n *Notifier) tell(state string) error {
	if n == nil {
		return nil
	}
	if _, err := n.socket.Write([]byte(state)); err != nil {
		return fmt.Errorf("telling the service manager: %w", err)
	}
	return nil
}

// Close closes the socket.
func (n *Notifier) Close() error {
	if n == nil {
		return nil
	}
	return n.socket.Close()
}
