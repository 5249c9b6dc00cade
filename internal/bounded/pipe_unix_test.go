//go:build unix

package bounded_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick/internal/bounded"
)

func TestANamedPipeIsNotWaitedFor(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{pipe, "/dev/zero"} {
		if _, err := bounded.ReadRegular(name, 4); err == nil || !strings.Contains(err.Error(), name+": it is not a regular file") {
			t.Errorf("got %v", err)
		}
	}
}
