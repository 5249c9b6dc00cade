//go:build unix && !aix && !solaris

package listen_test

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// Of several servers at the same time one gets the socket, and the others get an
// error after which they try again: where nothing is, and where the socket of a dead
// server is.
func TestUnixSocketsAtOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		dead bool
	}{{"nothing is there", false}, {"a dead socket is there", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for round := range 100 {
				path := filepath.Join(dir, "s"+strconv.Itoa(round))
				if tt.dead {
					leaveSocket(t, path)
				}
				openAtOnce(t, path)
			}
		})
	}
}

// leaveSocket leaves a socket as a killed process does.
func leaveSocket(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func openAtOnce(t *testing.T, path string) {
	t.Helper()
	var mu sync.Mutex
	var won []net.Listener
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range 8 {
		wg.Go(func() {
			<-start
			opened, err := listen.Open(t.Context(), []listen.Place{{Port: path, Socket: listen.Socket{Mode: listen.DefaultSocketMode, Owner: -1, Group: -1}}}, 1, slog.New(slog.DiscardHandler))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won = append(won, opened[0]...)
			case !errors.Is(err, syscall.EADDRINUSE):
				t.Errorf("got %v, want an address in use", err)
			}
		})
	}
	close(start)
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("got %d listeners, want 1", len(won))
	}
	if c, err := net.Dial("unix", path); err != nil {
		t.Errorf("the socket is not there: %v", err)
	} else {
		c.Close()
	}
	for _, l := range won {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A folder that another program keeps locked delays a start, but does not
// prevent it.
func TestUnixSocketsInLockedFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		t.Skipf("folders cannot be locked here: %v", err)
	}
	openAtOnce(t, filepath.Join(dir, "s"))
}
