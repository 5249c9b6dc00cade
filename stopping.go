package sidekick

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/buildinfo"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// stopHooks are the functions that are called when a server begins to stop.
type stopHooks struct {
	mu    sync.Mutex
	begun bool
	funcs []func()
}

// OnStop has f called, in a goroutine of its own, when the server begins to
// stop: at the beginning of Config.ShutdownDelay, or at once where that is over
// already. It is for what goes on beside requests, as connections that were
// hijacked; like http.Server.RegisterOnShutdown, nobody waits for f. Actions have
// [dispatch.Connection.Stopping].
func (k *Kit) OnStop(f func()) {
	k.stop.mu.Lock()
	defer k.stop.mu.Unlock()
	if k.stop.begun {
		go f()
		return
	}
	k.stop.funcs = append(k.stop.funcs, f)
}

// beginStop tells everybody who wants to know.
func (k *Kit) beginStop() {
	k.dispatcher.AnnounceStop()
	k.stop.mu.Lock()
	defer k.stop.mu.Unlock()
	k.stop.begun = true
	for _, f := range k.stop.funcs {
		go f()
	}
}

// orStopped returns err, or nil where somebody has stopped the server before it
// could listen, which is no failure.
func (k *Kit) orStopped(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	k.logger.Info("stopped before it could listen", "cause", context.Cause(ctx), "error", err)
	return nil
}

// manager is the service manager of a process that serves.
type manager struct {
	k        *Kit
	notifier *listen.Notifier
	done     chan struct{}
	watched  sync.WaitGroup
}

// notifyManager tells the service manager, if there is one that wants to know,
// that the server is ready, and keeps its watchdog quiet.
func (k *Kit) notifyManager(listeners []net.Listener, group *listen.Group) *manager {
	m := &manager{k: k, done: make(chan struct{})}
	var err error
	if m.notifier, err = listen.NewNotifier(); err == nil {
		err = m.notifier.Ready(fmt.Sprintf("serving %v", urls(listeners)))
	}
	m.log(err)
	m.watched.Go(func() {
		m.notifier.Watch(m.done, func() bool { return group.Len() >= 0 }) // which takes its lock
	})
	return m
}

// stopping tells that the server stops, and how long that may take.
func (m *manager) stopping(within time.Duration) { m.log(m.notifier.Stopping(within)) }

func (m *manager) log(err error) {
	if err != nil {
		m.k.logger.Warn("the service manager cannot be told", "error", err)
	}
}

func (m *manager) close() error {
	close(m.done)
	m.watched.Wait()
	return m.notifier.Close()
}

// logStart logs what is served, and by what.
func (k *Kit) logStart(listeners []net.Listener) {
	for _, l := range listeners {
		k.logger.Info("listening", "at", URL(l))
	}
	k.logger.Info("serving", "version", buildinfo.Version(), "go", runtime.Version(), "at", urls(listeners), "actions", len(k.dispatcher.Actions()), "routes", len(k.dispatcher.Routes()),
		"http2", k.hasHTTP2(), "maxConnections", k.cfg.MaxConnections, "trustedProxies", k.cfg.TrustedProxies)
}

// logEnd logs that the stop is over. What has failed is for whoever has called
// Serve.
func (k *Kit) logEnd(cut int, err error) {
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
	}
	k.logger.Log(context.Background(), level, "stopped", "took", time.Since(k.stopBegan).Round(time.Millisecond), "cut", cut)
}

func urls(listeners []net.Listener) []string {
	all := make([]string, len(listeners))
	for i, l := range listeners {
		all[i] = URL(l)
	}
	return all
}
