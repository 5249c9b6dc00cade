package upload_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"net/http/httptest"

	"github.com/sidekick-http/sidekick/upload"
)

func newDirStore(tb testing.TB, o upload.DirStoreOptions) *upload.DirStore {
	tb.Helper()
	s, err := upload.NewDirStore(o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestDirStoreFiles(t *testing.T) {
	p, dir := newParser(t, upload.Options{})
	f := parse(t, p, request(form(file("f", "a", "x"), file("f", "a", "x"))))
	seen := map[string]bool{}
	for _, file := range f.Files {
		name := filepath.Base(file.Path)
		if !regexp.MustCompile(`^sidekick-upload-[0-9a-f]{32}$`).MatchString(name) || seen[name] || filepath.Dir(file.Path) != dir {
			t.Errorf("U9 got %s, want 128 random bits behind the prefix", file.Path)
		}
		seen[name] = true
		info, err := os.Stat(file.Path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("U9 got mode %v, want 0600", info.Mode())
		}
	}
}

func TestKeepExtensions(t *testing.T) {
	dir := t.TempDir()
	p, _ := newParser(t, upload.Options{Store: newDirStore(t, upload.DirStoreOptions{Dir: dir, KeepExtensions: true})})
	for name, want := range map[string]string{
		"photo.png":                     ".png",
		"a.php%00.png":                  ".png",
		"a.tar.gz":                      ".gz",
		"a." + strings.Repeat("x", 16):  "." + strings.Repeat("x", 16),
		"a." + strings.Repeat("x", 17):  "",
		"a." + strings.Repeat("x", 300): "",
		"a.p/../x.sh":                   ".sh",
		"a.p_p":                         "",
		"a.pÿ":                          "",
		"a.png.":                        ".png",
		"none":                          "",
		".htaccess":                     "",
	} {
		f := parse(t, p, request(form(file("f", name, "x")))).Files[0]
		if got := filepath.Ext(filepath.Base(f.Path)); got != want {
			t.Errorf("U6 %q: got %q, want %q", name, got, want)
		}
		if err := f.Keep(); err != nil || filepath.Ext(f.Path) != want {
			t.Errorf("U6 %q: kept as %s, %v", name, f.Path, err)
		}
	}
}

func TestDirStoreChecksItsFolder(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	open := filepath.Join(dir, "open")
	sticky := filepath.Join(dir, "sticky")
	err := errors.Join(
		os.WriteFile(plain, nil, 0o600),
		os.Mkdir(open, 0o700), os.Chmod(open, 0o777),
		os.Mkdir(sticky, 0o700), os.Chmod(sticky, 0o777|os.ModeSticky),
	)
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{plain, filepath.Join(dir, "missing")}
	good := []string{"", dir, sticky}
	if runtime.GOOS != "windows" {
		bad = append(bad, open)
	}
	if closed := filepath.Join(dir, "closed"); os.Getuid() > 0 { // root may write everywhere
		if err := os.Mkdir(closed, 0o500); err != nil {
			t.Fatal(err)
		}
		bad = append(bad, closed)
	}
	for _, d := range bad {
		_, err := upload.NewDirStore(upload.DirStoreOptions{Dir: d}.WithProc(t.TempDir()))
		var ce *upload.ConfigError
		if !errors.As(err, &ce) || ce.Field != "Dir" {
			t.Errorf("U9 %s: got %v, want a ConfigError", d, err)
		}
	}
	for _, d := range good {
		if _, err := upload.NewDirStore(upload.DirStoreOptions{Dir: d}); err != nil {
			t.Errorf("%s: %v", d, err)
		}
	}
	if names := list(t, sticky); len(names) > 0 {
		t.Errorf("the check leaves %q", names)
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s := newDirStore(t, upload.DirStoreOptions{Dir: dir})
	id := strings.Repeat("0a", 16)
	old := time.Now().Add(-2 * time.Hour)
	for name, age := range map[string]time.Time{
		"sidekick-upload-" + id:                       old,
		"sidekick-upload-" + id + ".png":              old,
		"sidekick-upload-" + strings.Repeat("0b", 16): time.Now(),
		"sidekick-kept-" + id:                         old,
		"sidekick-upload-notes.txt":                   old,
		"sidekick-upload-" + id + "00":                old,
		"sidekick-upload-" + id + ".tar.gz":           old,
		"someone's":                                   old,
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, age, age)); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "sidekick-upload-"+strings.Repeat("0c", 16))
	if err := os.Symlink(filepath.Join(dir, "someone's"), link); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	before := len(list(t, dir))
	n, err := s.Sweep(time.Hour)
	if n != 2 || err != nil || len(list(t, dir)) != before-2 {
		t.Errorf("U20 removed %d, %v; left are %q", n, err, list(t, dir))
	}
	if n, err = s.Sweep(0); n != 1 || err != nil {
		t.Errorf("U20 removed %d, %v, want the young one", n, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err = s.Sweep(time.Hour); err == nil {
		t.Error("a folder that is gone: got no error")
	}
}

func TestObjectTwice(t *testing.T) {
	s := newDirStore(t, upload.DirStoreOptions{Dir: t.TempDir()})
	o, err := s.Create(context.Background(), &upload.File{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // someone else may have removed it
		if err := o.Discard(); err != nil {
			t.Errorf("Discard: %v", err)
		}
	}
}

const childDir = "SIDEKICK_TEST_UPLOAD_DIR"

// A killed process leaves a file behind, and the next one removes it.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		serveChild(t, dir)
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), childDir+"="+dir)
	stdout, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill() // after a failure
		_ = child.Wait()         // the error is that it was killed
	}()
	addr := make([]byte, 100)
	n, err := stdout.Read(addr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", strings.TrimSpace(string(addr[:n])))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	send(t, c, head(1<<30, "")+"--"+boundary+"\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n")
	go io.Copy(c, &endless{again: strings.Repeat("x", 64<<10)}) // until the child is killed
	deadline := time.After(10 * time.Second)
	for tick := time.NewTicker(time.Millisecond); len(list(t, dir)) == 0; {
		select {
		case <-deadline:
			t.Fatal("no file appears")
		case <-tick.C:
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // the error is that it was killed

	s := newDirStore(t, upload.DirStoreOptions{Dir: dir})
	if n, err := s.Sweep(time.Hour); n != 0 || err != nil {
		t.Errorf("U20 swept %d young files, %v", n, err)
	}
	if n, err := s.Sweep(0); n != 1 || err != nil {
		t.Errorf("U20 swept %d files, %v, want the left-over", n, err)
	}
	wantEmpty(t, dir)
}

// serveChild serves uploads until it is killed.
func serveChild(t *testing.T, dir string) {
	p, err := upload.New(upload.Options{Store: newDirStore(t, upload.DirStoreOptions{Dir: dir}), MaxFileBytes: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(p.Handler(nil))
	os.Stdout.WriteString(s.Listener.Addr().String() + "\n")
	select {}
}
