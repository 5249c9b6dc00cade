//go:build unix

package listen_test

import (
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// Of several servers at the same time one gets the socket, and the others get an
// error after which they try again.
func TestUnixSocketsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var mu sync.Mutex
	var won []net.Listener
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
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
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("got %d listeners, want 1", len(won))
	}
	for _, l := range won {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
