package bounded_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sidekick-http/sidekick/internal/bounded"
)

func TestReading(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name, text string
		most       int64
		err        string
	}{
		{"less", "abc", 4, ""},
		{"as much as is accepted", "abcd", 4, ""},
		{"one byte more", "abcde", 4, "it has more than 4 bytes"},
		{"nothing", "", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, "a")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			data, err := bounded.ReadFile(file, tt.most)
			again, errAgain := bounded.ReadAll(strings.NewReader(tt.text), tt.most)
			if tt.err != "" {
				if err == nil || errAgain == nil || err.Error() != tt.err || errAgain.Error() != tt.err {
					t.Errorf("got %v and %v, want %s", err, errAgain, tt.err)
				}
				return
			}
			if err != nil || errAgain != nil || string(data) != tt.text || string(again) != tt.text {
				t.Errorf("got %q, %v and %q, %v", data, err, again, errAgain)
			}
		})
	}
	if _, err := bounded.ReadFile(filepath.Join(dir, "missing"), 4); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: got %v", err)
	}
	if _, err := bounded.ReadAll(io.MultiReader(strings.NewReader("a"), iotest.ErrReader(io.ErrUnexpectedEOF)), 4); err != io.ErrUnexpectedEOF {
		t.Errorf("a failure: got %v", err)
	}
}

func TestOnlyRegularFiles(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("abcd"), 0o600); err != nil {
		t.Fatal(err)
	}
	names := []string{file}
	if err := os.Symlink("file", link); err == nil { // not everybody may on Windows
		names = append(names, link)
	}
	for _, name := range names {
		if data, err := bounded.ReadRegular(name, 4); err != nil || string(data) != "abcd" {
			t.Errorf("%s: got %q, %v", name, data, err)
		}
	}
	for name, want := range map[string]string{dir: "it is not a regular file", file: "it has more than 3 bytes"} {
		var named *os.PathError
		if _, err := bounded.ReadRegular(name, 3); !errors.As(err, &named) || named.Path != name || named.Err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	if _, err := bounded.ReadRegular(filepath.Join(dir, "missing"), 4); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: got %v", err)
	}
}
