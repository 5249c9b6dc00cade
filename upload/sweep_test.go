package upload_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/upload"
)

const never = -1 // as SweepInterval

func create(t *testing.T, s *upload.DirStore) upload.Object {
	t.Helper()
	o, err := s.Create(context.Background(), &upload.File{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func pathOf(o upload.Object) string { return o.(interface{ Path() string }).Path() }

func age(t *testing.T, path string, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

func sweep(t *testing.T, s *upload.DirStore, olderThan time.Duration) int {
	t.Helper()
	n, err := s.Sweep(olderThan)
	if err != nil {
		t.Fatalf("Sweep: %v", err)
	}
	return n
}

// Files of running requests are not swept, however old they are and by whichever store.
func TestSweepSparesWhatIsHeld(t *testing.T) {
	dir := t.TempDir()
	s, other := newDirStore(t, upload.DirStoreOptions{Dir: dir}), newDirStore(t, upload.DirStoreOptions{Dir: dir})
	writing, committed := create(t, s), create(t, s)
	if _, err := committed.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := committed.Commit(); err != nil {
		t.Fatal(err)
	}
	for _, o := range []upload.Object{writing, committed} {
		age(t, pathOf(o), 1000*time.Hour)
	}
	for range 2 {
		if n := sweep(t, s, 0) + sweep(t, other, 0); n != 0 {
			t.Fatalf("U20 swept %d files of running requests", n)
		}
	}
	for _, o := range []upload.Object{writing, committed} {
		if err := o.Discard(); err != nil {
			t.Error(err)
		}
	}
	wantEmpty(t, dir)
}

// Files released from their request are not swept either, at any moment.
func TestSweepSparesWhatIsKeptMeanwhile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files are at least a minute old there before they are swept")
	}
	p, dir := newParser(t, upload.Options{})
	other := newDirStore(t, upload.DirStoreOptions{Dir: dir, SweepInterval: never})
	stop := make(chan struct{})
	var sweeping sync.WaitGroup
	sweeping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				// It may count a new file, which is then made again.
				if _, err := other.Sweep(0); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for i := range rounds.Of(t, 100) {
		f := parse(t, p, request(form(file("f", "a", "kept"), file("f", "b", "moved"), file("f", "c", "gone"))))
		if err := f.Files[0].Keep(); err != nil {
			t.Error(err)
		}
		if err := f.Files[1].MoveTo(filepath.Join(dir, fmt.Sprint("moved-", i))); err != nil {
			t.Error(err)
		}
		closeForm(t, f)
		for _, file := range f.Files[:2] {
			if want := map[string]string{"a": "kept", "b": "moved"}[file.Name]; content(t, file) != want {
				t.Errorf("U20 %s is not what was sent", want)
			}
			if err := os.Remove(file.Path); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	sweeping.Wait()
}

// The name decides whether a file is swept by its lock, by its age, or not at all.
func TestSweepTakesLeftOversOnly(t *testing.T) {
	dir := t.TempDir()
	s := newDirStore(t, upload.DirStoreOptions{Dir: dir})
	id := strings.Repeat("0a", 16)
	for name, tt := range map[string]struct {
		age  time.Duration
		gone bool
	}{
		"sidekick-upload-" + id:                             {2 * time.Minute, true},
		"sidekick-upload-move-" + id:                        {2 * time.Minute, true},
		"sidekick-upload-loose-" + id:                       {23 * time.Hour, false},
		"sidekick-upload-loose-" + strings.Repeat("0b", 16): {25 * time.Hour, true},
		"sidekick-upload-move-12345":                        {25 * time.Hour, false}, // made by something else
		"sidekick-kept-" + id:                               {25 * time.Hour, false},
		"sidekick-upload-" + strings.Repeat("0c", 16):       {-time.Hour, true}, // from a wrong clock
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, path, tt.age)
		defer func() {
			if _, err := os.Stat(path); os.IsNotExist(err) != tt.gone {
				t.Errorf("U20 %s: got %v, want it gone: %v", name, err, tt.gone)
			}
		}()
	}
	if n := sweep(t, s, 0); n != 4 {
		t.Errorf("U20 swept %d files, want 4", n)
	}
}

// For files beyond the limit of locks, the age decides.
func TestFilesBeyondTheLimitOfLocks(t *testing.T) {
	dir := t.TempDir()
	s := newDirStore(t, upload.DirStoreOptions{Dir: dir})
	var all []upload.Object
	loose := 0
	for range 300 {
		o := create(t, s)
		all = append(all, o)
		if strings.HasPrefix(filepath.Base(pathOf(o)), "sidekick-upload-loose-") {
			loose++
		}
		age(t, pathOf(o), 23*time.Hour)
	}
	if loose != 300-256 {
		t.Errorf("got %d without a lock, want %d", loose, 300-256)
	}
	if n := sweep(t, s, 0); n != 0 {
		t.Errorf("U20 swept %d files of running requests", n)
	}
	kept := all[len(all)-1]
	if err := kept.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := kept.(interface{ Keep() error }).Keep(); err != nil || !strings.HasPrefix(filepath.Base(pathOf(kept)), "sidekick-kept-") {
		t.Errorf("kept as %s, %v", pathOf(kept), err)
	}
	for _, o := range all {
		if err := o.Discard(); err != nil {
			t.Error(err)
		}
	}
	if o := create(t, s); strings.Contains(pathOf(o), "loose") {
		t.Error("locks were not given back")
	} else if err := o.Discard(); err != nil {
		t.Error(err)
	}
	wantEmpty(t, dir)
}

// Creating files sweeps now and then, and logs what was removed.
func TestStoreSweepsByItself(t *testing.T) {
	dir := t.TempDir()
	log := &strings.Builder{}
	leave := func() string {
		path := filepath.Join(dir, "sidekick-upload-"+strings.Repeat("0a", 16))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, path, 2*time.Minute)
		return path
	}
	gone := func(path string) bool {
		_, err := os.Stat(path)
		return os.IsNotExist(err)
	}
	discard := func(o upload.Object) {
		if err := o.Discard(); err != nil {
			t.Error(err)
		}
	}
	s := newDirStore(t, upload.DirStoreOptions{Dir: dir, SweepInterval: time.Hour, Logger: debugLogger(log)})
	path := leave()
	discard(create(t, s))
	if !gone(path) || !strings.Contains(log.String(), "level=INFO") || !strings.Contains(log.String(), "files=1") {
		t.Errorf("U20 with the first file: gone %v, log %s", gone(path), log)
	}
	leave()
	discard(create(t, s))
	if gone(path) {
		t.Error("swept again before its time")
	}
	discard(create(t, newDirStore(t, upload.DirStoreOptions{Dir: dir, SweepInterval: never})))
	if gone(path) {
		t.Error("swept though it is off")
	}
	s = newDirStore(t, upload.DirStoreOptions{Dir: dir, SweepInterval: 1, Logger: debugLogger(log)})
	discard(create(t, s))
	leave()
	discard(create(t, s))
	if !gone(path) {
		t.Error("U20 not swept when it was time to")
	}
	log.Reset()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(context.Background(), &upload.File{}); err == nil || log.Len() > 0 {
		t.Errorf("a folder that is gone: got %v, and the log %s", err, log) // the caller logs it
	}
}

// A server can sweep its folder without waiting for an upload.
func TestSweepUntil(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sidekick-upload-"+strings.Repeat("0a", 16))
	leave := func() {
		// It gets its age before a sweep can find it.
		elsewhere := filepath.Join(t.TempDir(), "left")
		if err := os.WriteFile(elsewhere, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, elsewhere, 2*time.Minute)
		if err := os.Rename(elsewhere, path); err != nil {
			t.Fatal(err)
		}
	}
	gone := func() bool {
		_, err := os.Stat(path)
		return os.IsNotExist(err)
	}
	leave()
	newDirStore(t, upload.DirStoreOptions{Dir: dir, SweepInterval: never}).SweepUntil(t.Context()) // must return
	if !gone() {
		t.Error("U20 not swept at once")
	}
	ctx, cancel := context.WithCancel(t.Context())
	var sweeping sync.WaitGroup
	sweeping.Go(func() {
		newDirStore(t, upload.DirStoreOptions{Dir: dir, SweepInterval: time.Millisecond}).SweepUntil(ctx)
	})
	for range 3 {
		leave()
		for deadline := time.Now().Add(10 * time.Second); !gone(); {
			if time.Now().After(deadline) {
				t.Fatal("U20 not swept again")
			}
			runtime.Gosched()
		}
	}
	cancel()
	sweeping.Wait()
}

// Files of other users are left alone.
func TestSweepPassesOverOtherUsers(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() != 0 {
		t.Skip("only root can make files of other users")
	}
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(dir, 0o777|os.ModeSticky), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "sidekick-upload-"+strings.Repeat("0a", 16))
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	age(t, path, 1000*time.Hour)
	exe := filepath.Join(dir, "helper.test") // a place that every user can reach
	program, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(exe, program, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	child := helper("sweep", dir, exe)
	asNobody(child)
	out, err := child.CombinedOutput()
	if errors.Is(err, fs.ErrPermission) {
		t.Skipf("other users cannot reach %s", dir)
	}
	if err != nil || !strings.Contains(string(out), "swept 0 <nil>") {
		t.Errorf("got %s, %v", out, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// Two processes share a folder: files held by one are safe from the other, files left behind by a
// killed one are not.
func TestTwoProcessesInOneFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files are at least a minute old there before they are swept")
	}
	dir := t.TempDir()
	start := func() (*exec.Cmd, string) {
		child := helper("hold", dir, os.Args[0])
		in, err := child.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := child.StdoutPipe()
		if err == nil {
			err = child.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			in.Close()
			_ = child.Process.Kill() // if it is still running
			_ = child.Wait()         // the error is that it was killed
		})
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return child, strings.TrimSpace(line)
	}
	first, path := start()
	_, alive := start()
	age(t, path, 1000*time.Hour)
	age(t, alive, 1000*time.Hour)
	s := newDirStore(t, upload.DirStoreOptions{Dir: dir})
	if n := sweep(t, s, 0); n != 0 {
		t.Fatalf("U20 swept %d files of running processes", n)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() // the error is that it was killed
	if n := sweep(t, s, 0); n != 1 {
		t.Errorf("U20 swept %d files, want that of the killed process", n)
	}
	if _, err := os.Stat(alive); err != nil {
		t.Errorf("U20 that of the other: %v", err)
	}
}

const helperTask = "SIDEKICK_TEST_UPLOAD_TASK"

// helper returns a command that runs a task on a folder in a process of its own.
func helper(task, dir, exe string) *exec.Cmd {
	child := exec.Command(exe, "-test.run=^TestHelper$")
	child.Dir = dir
	child.Env = append(os.Environ(), helperTask+"="+task, childDir+"="+dir)
	return child
}

func TestHelper(t *testing.T) {
	task := os.Getenv(helperTask)
	if task == "" {
		t.Skip("for other tests")
	}
	s, err := upload.NewDirStore(upload.DirStoreOptions{Dir: os.Getenv(childDir), SweepInterval: never})
	if err != nil {
		t.Fatal(err)
	}
	switch task {
	case "sweep":
		n, err := s.Sweep(0)
		fmt.Println("swept", n, err)
	case "hold":
		o := create(t, s)
		if err := o.Commit(); err != nil {
			t.Fatal(err)
		}
		fmt.Println(pathOf(o))
		_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is done
	}
}

// A sweep that fails is logged once, to slog.Default unless a logger is set.
func TestSweepLogsAFailureOnce(t *testing.T) {
	lines := make(chan string, 100)
	before := slog.Default()
	defer slog.SetDefault(before)
	dir := t.TempDir()
	s := newDirStore(t, upload.DirStoreOptions{Dir: dir, SweepInterval: time.Millisecond})
	slog.SetDefault(slog.New(slog.NewTextHandler(lineWriter(lines), nil))) // programs often do this late
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s.SweepUntil(ctx)
	if line := <-lines; len(lines) > 0 || !strings.Contains(line, "level=WARN") || !strings.Contains(line, dir) {
		t.Errorf("got %s and %d more records", line, len(lines))
	}
}

type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}
