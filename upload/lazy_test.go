package upload_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
)

func TestLazyDirStoreLooksWhenItIsNeeded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "late")
	s := upload.NewLazyDirStore(upload.DirStoreOptions{Dir: dir})
	if n, err := s.Sweep(0); n != 0 || err != nil {
		t.Errorf("a sweep before: got %d, %v", n, err)
	}
	var bad *upload.ConfigError
	if err := s.Check(); !errors.As(err, &bad) || bad.Field != "Dir" {
		t.Errorf("no folder: got %v", err)
	}
	if _, err := s.Create(t.Context(), &upload.File{Name: "a"}); !errors.As(err, &bad) {
		t.Errorf("an upload without a folder: got %v", err)
	}
	// A folder that is mounted late.
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o, err := s.Create(t.Context(), &upload.File{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if names := list(t, dir); len(names) == 0 {
		t.Error("got no file")
	}
	if err := errors.Join(o.Discard(), s.Check()); err != nil {
		t.Error(err)
	}
}

// A folder that every user may write to is accepted if there are no other users.
func TestDirStoreOfASoleUser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("others have no containers")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o2777); err != nil {
		t.Fatal(err)
	}
	proc := func(own, others []string) string {
		p := t.TempDir()
		for _, pid := range append(own, others...) {
			if err := os.Mkdir(filepath.Join(p, pid), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for _, pid := range others {
			if err := os.Chown(filepath.Join(p, pid), 12345, -1); err != nil {
				t.Skip("processes of others take root")
			}
		}
		return p
	}
	for _, tt := range []struct {
		name        string
		own, others []string
		want        bool
	}{
		{"alone", []string{"1", "7", "meminfo"}, nil, true},
		{"the first process is hidden", []string{"7"}, nil, false},
		{"nothing is shown", nil, nil, false},
		{"the first process is another user's", []string{"7"}, []string{"1"}, false},
		{"another user's process", []string{"1", "7"}, []string{"8"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			_, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))}.WithProc(proc(tt.own, tt.others)))
			if (err == nil) != tt.want {
				t.Errorf("got %v", err)
			}
			if n := strings.Count(log.String(), "level=WARN"); tt.want && n != 1 || !tt.want && n != 0 {
				t.Errorf("got %d warnings:\n%s", n, &log)
			}
		})
	}
}
