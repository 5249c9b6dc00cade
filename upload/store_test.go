package upload_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
)

// failingStore is a store of the least kind that fails where it is told to, and
// counts what it holds.
type failingStore struct {
	failCreate, failCommit bool
	failWrite              error // once limit bytes were written
	limit                  int

	mu   sync.Mutex
	held int
}

var errBroken = errors.New("broken at /secret/path")

func (s *failingStore) Create(context.Context, *upload.File) (upload.Object, error) {
	if s.failCreate {
		return nil, errBroken
	}
	s.add(1)
	return &failingObject{store: s}, nil
}

func (s *failingStore) add(n int) {
	s.mu.Lock()
	s.held += n
	s.mu.Unlock()
}

type failingObject struct {
	store   *failingStore
	written int
}

func (o *failingObject) Write(p []byte) (int, error) {
	if o.written += len(p); o.store.failWrite != nil && o.written > o.store.limit {
		return 0, o.store.failWrite
	}
	return len(p), nil
}

func (o *failingObject) Commit() error {
	if o.store.failCommit {
		return errBroken
	}
	return nil
}

func (o *failingObject) Discard() error {
	o.store.add(-1)
	return nil
}

// statusError is a store's error that chooses its status.
type statusError int

func (e statusError) Error() string   { return "no" }
func (e statusError) StatusCode() int { return int(e) }

func TestStoreFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		store  *failingStore
		kind   error
		status int
	}{
		{"create", &failingStore{failCreate: true}, upload.ErrStore, 500},
		{"commit", &failingStore{failCommit: true}, upload.ErrStore, 500},
		{"write", &failingStore{failWrite: errBroken}, upload.ErrStore, 500},
		{"U12 disk full", &failingStore{failWrite: fmt.Errorf("write: %w", syscall.ENOSPC), limit: 300 << 10}, upload.ErrStoreFull, 507},
		{"U12 quota", &failingStore{failWrite: syscall.EDQUOT}, upload.ErrStoreFull, 507},
		{"U12 says itself that it is full", &failingStore{failWrite: fmt.Errorf("bucket: %w", upload.ErrStoreFull)}, upload.ErrStoreFull, 507},
		{"no descriptor left", &failingStore{failWrite: syscall.EMFILE}, upload.ErrStore, 503},
		{"own status", &failingStore{failWrite: statusError(502)}, upload.ErrStore, 502},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newParser(t, upload.Options{Store: tt.store})
			refused(t, p, request(form(field("a", "b"), file("f", "f", strings.Repeat("x", 1<<20)))), tt.kind, tt.status)
			if tt.store.held != 0 {
				t.Errorf("the store holds %d files", tt.store.held)
			}
		})
	}
	t.Run("the client is not told why", func(t *testing.T) {
		p, _ := newParser(t, upload.Options{Store: &failingStore{failCreate: true}})
		w := httptest.NewRecorder()
		p.Handler(nil).ServeHTTP(w, request(form(file("f", "f", "x"))))
		if strings.Contains(w.Body.String(), "secret") || w.Code != 500 {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
	})
}

func TestStoreOfTheLeastKind(t *testing.T) {
	store := &failingStore{}
	p, dir := newParser(t, upload.Options{Store: store})
	f := parse(t, p, request(form(file("f", "a", "x"), file("f", "b", "y"))))
	if _, err := f.Files[0].Open(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Open: got %v, want ErrUnsupported", err)
	}
	if err := f.Files[0].MoveTo(filepath.Join(dir, "x")); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("MoveTo: got %v, want ErrUnsupported", err)
	}
	if err := f.Files[0].Keep(); err != nil {
		t.Errorf("Keep: %v", err)
	}
	closeForm(t, f)
	if store.held != 1 {
		t.Errorf("the store holds %d files, want the kept one", store.held)
	}
}

func TestMemoryStore(t *testing.T) {
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{MaxBytes: 10})
	if err != nil {
		t.Fatal(err)
	}
	p, err := upload.New(upload.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	f := parse(t, p, request(form(file("f", "a", "12345"), file("f", "b", "6789"))))
	first, second := f.Files[0], f.Files[1]
	if content(t, first) != "12345" || first.Path != "" {
		t.Errorf("got path %q, or not what was sent", first.Path)
	}
	refused(t, p, request(form(file("f", "c", "xx"))), upload.ErrStoreFull, 507)

	moved := filepath.Join(t.TempDir(), "moved")
	if err := first.MoveTo(moved); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(moved); string(b) != "12345" || err != nil {
		t.Errorf("moved: got %q, %v", b, err)
	}
	if err := second.Keep(); err != nil {
		t.Fatal(err)
	}
	closeForm(t, f)
	if content(t, second) != "6789" || content(t, first) != "12345" {
		t.Error("not what was sent")
	}
	closeForm(t, parse(t, p, request(form(file("f", "c", "1234567890"))))) // all of the room is free again
}

func TestFileOutOfItsRequest(t *testing.T) {
	p, dir := newParser(t, upload.Options{})
	f := parse(t, p, request(form(file("f", "a", "kept"), file("f", "b", "moved"), file("f", "c", "gone"))))
	kept, moved, gone := f.Files[0], f.Files[1], f.Files[2]
	tmp := kept.Path
	if filepath.Dir(tmp) != dir {
		t.Errorf("got path %s, want it in %s", tmp, dir)
	}
	for range 2 { // the second does nothing
		if err := kept.Keep(); err != nil {
			t.Fatalf("Keep: %v", err)
		}
	}
	if !strings.HasPrefix(filepath.Base(kept.Path), "sidekick-kept-") {
		t.Errorf("kept as %s", kept.Path)
	}
	target := filepath.Join(dir, "target")
	if err := moved.MoveTo(filepath.Join(dir, "missing", "x")); err == nil {
		t.Error("MoveTo into a folder that is not there: got no error")
	}
	if content(t, moved) != "moved" {
		t.Error("a move that failed has lost the file")
	}
	if err := moved.MoveTo(target); err != nil {
		t.Fatalf("MoveTo: %v", err)
	}
	closeForm(t, f)
	if content(t, kept) != "kept" || content(t, moved) != "moved" || moved.Path != target {
		t.Error("a file is not what was sent, or not where it was moved")
	}
	if _, err := gone.Open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open: got %v, want ErrNotExist", err)
	}
	if err := gone.Keep(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Keep: got %v, want ErrNotExist", err)
	}
	if err := gone.MoveTo(target); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("MoveTo: got %v, want ErrNotExist", err)
	}
	if names := list(t, dir); len(names) != 2 {
		t.Errorf("the folder has %q, want the kept and the moved one", names)
	}
	again := filepath.Join(dir, "again")
	if err := moved.MoveTo(again); err != nil || content(t, moved) != "moved" {
		t.Errorf("moving again: %v", err)
	}
	for _, path := range []string{kept.Path, again} {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

func TestFileAsJSON(t *testing.T) {
	p, _ := newParser(t, upload.Options{Hash: "md5"})
	f := parse(t, p, request(form(part{name: "f", filename: "photo.png", kind: "image/png", value: "abc"}))).Files[0]
	b, err := f.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"path":%q,"name":"photo.png","type":"image/png","size":3,"lastModifiedDate":%q,"hash":"900150983cd24fb0d6963f7d28e17f72"}`,
		f.Path, f.ModTime.UTC().Format("2006-01-02T15:04:05.999999999Z07:00"))
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	f.Hash = ""
	if b, _ = f.MarshalJSON(); !strings.HasSuffix(string(b), `"hash":null}`) {
		t.Errorf("without a hash: got %s", b)
	}
}
