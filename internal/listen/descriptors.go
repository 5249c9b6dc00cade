package listen

import (
	"log/slog"
	"net"
	"sync"
	"time"
)

// shortage logs that there are no file descriptors left for connections: at first,
// and once a minute while it lasts.
type shortage struct {
	logger *slog.Logger

	mu     sync.Mutex
	told   time.Time // zero if never
	failed int       // since then, including that one
	closed int       // connections closed for others, likewise
}

func (s *shortage) note(err error, closed int) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed++
	s.closed += closed
	if !s.told.IsZero() && now.Sub(s.told) < tellEvery {
		return
	}
	s.logger.Warn("no file descriptors are left for connections: raise the limit (LimitNOFILE of a systemd unit, ulimit -n), or lower server.maxConnections",
		"error", err, "attempts", s.failed, "idleClosed", s.closed)
	s.told, s.failed, s.closed = now, 0, 0
}

// The pauses between two attempts to accept a connection, as in net/http.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// accept accepts a connection. If there are no file descriptors left, it closes idle
// connections and waits. net/http would wait as well, but log each attempt.
func (m *member) accept() (net.Conn, error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		nc, err := m.Listener.Accept()
		if err == nil || !isOutOfFiles(err) {
			return nc, err
		}
		m.group.shortage.note(err, m.group.closeLongestIdle(time.Now()))
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-m.done:
			wait.Stop()
			return nil, net.ErrClosed
		}
	}
}
