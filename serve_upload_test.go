package sidekick_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

// uploading is a kit with an action that takes files of up to a KiB, and its
// folder.
func uploading(t *testing.T) (sidekick.Config, dispatch.Action) {
	t.Helper()
	cfg := sidekick.Production()
	cfg.UploadDir.Dir = t.TempDir()
	cfg.Upload.MaxFileBytes = 1 << 10
	up := action("up", func(context.Context, *dispatch.Connection) (any, error) { return map[string]any{}, nil })
	up.Inputs = dispatch.Inputs{"f": {File: true}}
	return cfg, up
}

const partOfAFile = "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"

func uploadHead(length int) string {
	return fmt.Sprintf("POST /api/up HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n", length)
}

// A client that reads nothing before it has sent everything learns that it was too
// much.
func TestRefusedUploadIsAnswered(t *testing.T) {
	t.Parallel()
	cfg, up := uploading(t)
	// On a busy machine the client, too, may be silent for a while.
	cfg.Upload.LingerTime, cfg.Upload.LingerTimeout = time.Minute, time.Minute
	s := serve(t, cfg, up)
	const size = 32 << 20
	for range 2 {
		c := s.dial()
		c.SetDeadline(time.Now().Add(time.Minute))
		if _, err := io.WriteString(c, uploadHead(size)+partOfAFile+strings.Repeat("x", size-len(partOfAFile))); err != nil {
			t.Fatalf("sending: %v", err)
		}
		res, body := answer(t, bufio.NewReader(c))
		if res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, "too large") || !res.Close {
			t.Errorf("got %d %s, close %v", res.StatusCode, body, res.Close)
		}
	}
}

// Neither the response nor a stop waits for a client that continues to send.
func TestRefusedUploadDelaysNobody(t *testing.T) {
	t.Parallel()
	cfg, up := uploading(t)
	cfg.Server.ShutdownDelay, cfg.Server.ShutdownTimeout = 0, time.Minute
	s := serve(t, cfg, up)
	c := s.dial()
	if _, err := io.WriteString(c, uploadHead(1<<30)+partOfAFile); err != nil {
		t.Fatal(err)
	}
	go func() {
		more := strings.Repeat("x", 64<<10)
		for {
			if _, err := io.WriteString(c, more); err != nil {
				return // the server has closed the connection
			}
		}
	}()
	if res, _ := answer(t, bufio.NewReader(c)); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", res.StatusCode)
	}
	began := time.Now()
	s.stop()
	select {
	case err := <-s.done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(15 * time.Second):
		t.Error("the stop waits")
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the stop took %v", took)
	}
}

// What a killed process has left behind is gone when the next one serves, however
// young it is.
func TestServeSweepsUploads(t *testing.T) {
	cfg, up := uploading(t)
	lines := newLines()
	cfg.Logger = slog.New(slog.NewTextHandler(lines, nil))
	left := filepath.Join(cfg.UploadDir.Dir, "sidekick-upload-"+strings.Repeat("0a", 16))
	if err := os.WriteFile(left, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" { // there it must be a minute old
		old := time.Now().Add(-2 * time.Minute)
		if err := os.Chtimes(left, old, old); err != nil {
			t.Fatal(err)
		}
	}
	serve(t, cfg, up)
	eventually(t, "the left-over is gone", func() bool {
		_, err := os.Stat(left)
		return os.IsNotExist(err)
	})
	lines.wait(t, "files=1")
}
