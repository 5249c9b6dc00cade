package listen

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// manager is the connection to the service manager of a serving process.
type manager struct {
	logger   *slog.Logger
	notifier *Notifier
	done     chan struct{}
	watched  sync.WaitGroup
}

// notifyManager tells the service manager, if there is one, that the server is
// ready, and keeps its watchdog quiet.
func notifyManager(logger *slog.Logger, listeners []Listener, group *Group) *manager {
	m := &manager{logger: logger, done: make(chan struct{})}
	var err error
	if m.notifier, err = NewNotifier(); err == nil {
		err = m.notifier.Ready(fmt.Sprintf("serving %v", urls(listeners)))
	}
	m.log(err)
	m.watched.Go(func() {
		m.notifier.Watch(m.done, func() bool { return group.Len() >= 0 }) // Len takes the group's lock
	})
	return m
}

// stopping announces that the server stops, and how long that may take.
func (m *manager) stopping(within time.Duration) { m.log(m.notifier.Stopping(within)) }

func (m *manager) log(err error) {
	if err != nil {
		m.logger.Warn("the service manager cannot be notified", "error", err)
	}
}

func (m *manager) close() error {
	close(m.done)
	m.watched.Wait()
	return m.notifier.Close()
}
