package upload_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/sidekick-http/sidekick/upload"
)

// failingStore is a minimal store that fails on demand, and counts its objects.
type failingStore struct {
	failCreate, failCommit bool
	failWrite              error // after limit bytes
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
		{"own status that is none", &failingStore{failWrite: statusError(42)}, upload.ErrStore, 500},
		{"own status that is no error's", &failingStore{failWrite: statusError(200)}, upload.ErrStore, 500},
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
		p, _ := newParser(t, upload.Options{Store: &failingStore{failCreate: true}, Logger: slog.New(slog.DiscardHandler)})
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
	for range 2 { // the second call does nothing
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

// remoteStore behaves like a store that talks to a server: every call fails once the context of
// Create has ended.
type remoteStore struct {
	mu      sync.Mutex
	objects map[int]string // "uploading" or "there"
}

func (s *remoteStore) Create(ctx context.Context, _ *upload.File) (upload.Object, error) {
	o := &remoteObject{store: s, ctx: ctx}
	return o, o.set("uploading")
}

func (s *remoteStore) left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.objects)
}

type remoteObject struct {
	store *remoteStore
	ctx   context.Context
	key   int
	ETag  string
}

func (o *remoteObject) set(state string) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	if o.store.objects == nil {
		o.store.objects = make(map[int]string)
	}
	if o.key == 0 {
		o.key = len(o.store.objects) + 1
	}
	if o.store.objects[o.key] = state; state == "" {
		delete(o.store.objects, o.key)
	}
	return nil
}

func (o *remoteObject) Write(p []byte) (int, error) { return len(p), o.ctx.Err() }
func (o *remoteObject) Discard() error              { return o.set("") }

func (o *remoteObject) Commit() error {
	o.ETag = fmt.Sprintf(`"%d"`, o.key)
	return o.set("there")
}

// A store can use the context of Create as long as its object exists, even after the client has
// left.
func TestStoresContextOutlivesTheClient(t *testing.T) {
	type key struct{}
	for _, tt := range []struct {
		name string
		end  func(cancel func()) (body func(*http.Request), handler func())
	}{
		{"it leaves in the second file", func(cancel func()) (func(*http.Request), func()) {
			return func(r *http.Request) {
				whole := form(file("f", "a", "x"), file("f", "b", strings.Repeat("y", 1<<20)))
				r.Body = io.NopCloser(io.MultiReader(strings.NewReader(whole[:600<<10]), leaving{cancel}))
			}, nil
		}},
		{"it leaves while the handler runs", func(cancel func()) (func(*http.Request), func()) {
			return func(*http.Request) {}, cancel
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &remoteStore{}
			p, err := upload.New(upload.Options{Store: store, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
			defer cancel()
			r := request(form(file("f", "a", "x"), file("f", "b", "y"))).WithContext(ctx)
			body, handler := tt.end(cancel)
			body(r)
			p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				handler()
				f, _ := upload.FromContext(r.Context())
				object, ok := f.Files[1].Object().(*remoteObject)
				if !ok || object.ETag != `"2"` || object.ctx.Value(key{}) != "value" {
					t.Errorf("got the object %+v", f.Files[1].Object())
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
			if ctx.Err() == nil {
				t.Fatal("the client has not left")
			}
			if n := store.left(); n != 0 {
				t.Errorf("the store is left with %d objects", n)
			}
		})
	}
}

// leaving is a client that leaves when it is read from.
type leaving struct{ cancel func() }

func (l leaving) Read([]byte) (int, error) {
	l.cancel()
	return 0, io.ErrUnexpectedEOF
}

func TestFileObject(t *testing.T) {
	p, dir := newParser(t, upload.Options{})
	f := parse(t, p, request(form(file("f", "a", "kept"), file("f", "b", "moved"), file("f", "c", "gone"))))
	kept, moved, gone := f.Files[0], f.Files[1], f.Files[2]
	for _, file := range f.Files {
		if o, ok := file.Object().(interface{ Path() string }); !ok || o.Path() != file.Path {
			t.Errorf("got %T for %s", file.Object(), file.Path)
		}
	}
	if err := errors.Join(kept.Keep(), moved.MoveTo(filepath.Join(dir, "moved"))); err != nil {
		t.Fatal(err)
	}
	closeForm(t, f)
	if kept.Object() == nil || moved.Object() != nil || gone.Object() != nil {
		t.Errorf("got %v for a kept file, %v for a moved and %v for one that is gone", kept.Object(), moved.Object(), gone.Object())
	}
	if err := errors.Join(os.Remove(kept.Path), os.Remove(moved.Path)); err != nil {
		t.Error(err)
	}
}

func TestMoveMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such permissions")
	}
	memory, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		o    upload.Options
		want fs.FileMode
	}{
		{"default", upload.Options{}, 0o600},
		{"readable", upload.Options{MoveMode: 0o644}, 0o644},
		{"whatever the umask", upload.Options{MoveMode: 0o666}, 0o666},
		{"copied, default", upload.Options{Store: memory}, 0o600},
		{"copied, readable", upload.Options{Store: memory, MoveMode: 0o664}, 0o664},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newParser(t, tt.o)
			dir := t.TempDir()
			for _, path := range []string{filepath.Join(dir, "new"), filepath.Join(dir, "over")} {
				if err := os.WriteFile(filepath.Join(dir, "over"), []byte("old"), 0o640); err != nil {
					t.Fatal(err)
				}
				f := parse(t, p, request(form(file("f", "a", "content")))).Files[0]
				if err := f.MoveTo(path); err != nil {
					t.Fatal(err)
				}
				info, err := os.Stat(path)
				if err != nil || info.Mode().Perm() != tt.want || content(t, f) != "content" {
					t.Errorf("%s: got %v, %v, want %v", path, info.Mode(), err, tt.want)
				}
				if names := list(t, dir); len(names) != 2 {
					t.Errorf("the folder has %q", names)
				}
			}
		})
	}
	if _, err := upload.New(upload.Options{MoveMode: fs.ModeDir | 0o755}); err == nil {
		t.Error("a mode that is no permissions: got no error")
	}
}

// A file takes little more memory than its size.
func TestMemoryStoreTakesLittleMoreThanTheFile(t *testing.T) {
	const size = 48 << 20
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range []int{100, 4096, 100_000, 256 << 10} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		o, err := store.Create(t.Context(), &upload.File{})
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, piece)
		for n := 0; n < size; n += piece {
			if _, err := o.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		// TotalAlloc counts every allocation, so that collections do not matter.
		if n := after.TotalAlloc - before.TotalAlloc; n > size*13/10 {
			t.Errorf("in pieces of %d: %d MiB were allocated for %d", piece, n>>20, size>>20)
		}
		if err := o.Discard(); err != nil {
			t.Fatal(err)
		}
	}
	small, err := store.Create(t.Context(), &upload.File{})
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = small.Write([]byte("x")) }); n > 1 {
		t.Errorf("a byte costs %v allocations", n)
	}
}

// A file in memory reads like any other, across its chunks.
func TestMemoryStoreReads(t *testing.T) {
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o, err := store.Create(t.Context(), &upload.File{})
	if err != nil {
		t.Fatal(err)
	}
	open := func() io.ReadSeekCloser {
		r, err := o.(interface {
			Open() (io.ReadSeekCloser, error)
		}).Open()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if err := iotest.TestReader(open(), nil); err != nil {
		t.Errorf("empty: %v", err)
	}
	var want []byte
	for i := range 60 {
		piece := bytes.Repeat([]byte{byte(i)}, 1+i*i*7)
		want = append(want, piece...)
		if n, err := o.Write(piece); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := iotest.TestReader(open(), want); err != nil {
		t.Error(err)
	}
	var copied bytes.Buffer
	r := open()
	if _, err := r.Seek(-5000, io.SeekEnd); err != nil {
		t.Error(err)
	}
	if n, err := io.Copy(&copied, r); n != 5000 || err != nil || !bytes.Equal(copied.Bytes(), want[len(want)-5000:]) {
		t.Errorf("copied %d bytes, %v", n, err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("at the end: got %d, %v", n, err)
	}
	if at, err := r.Seek(10, io.SeekEnd); at != int64(len(want))+10 || err != nil {
		t.Errorf("behind the end: got %d, %v", at, err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("behind the end: got %d, %v", n, err)
	}
}
