package upload_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/sidekick-http/sidekick/upload"
)

// post posts a form with a file to a handler and prints the answer.
func post(h http.Handler, body string) {
	r := httptest.NewRequest("POST", "/photos", strings.NewReader(body))
	r.Header.Set("Content-Type", formType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
}

// Middleware for an existing handler.
func ExampleNew() {
	uploads, err := upload.New(upload.Options{
		MaxFileBytes: 10 << 20,
		Hash:         "sha256",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("POST /photos", uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, ok := upload.FromContext(r.Context())
		if !ok {
			http.Error(w, "send a multipart form", http.StatusUnsupportedMediaType)
			return
		}
		title, _ := form.Value("title")
		photo, ok := form.File("photo")
		if !ok {
			http.Error(w, "choose a photo", http.StatusUnprocessableEntity)
			return
		}
		// photo.MoveTo(path) or photo.Keep() would keep it; otherwise it is removed when this
		// function returns.
		fmt.Fprintf(w, "%s: %s, %d bytes, %s…\n", title, photo.Name, photo.Size, photo.Hash[:8])
	})))

	post(mux, form(field("title", "Sea"), file("photo", `C:\photos\sea.jpg`, "not really a photo")))
	// Output: 200 Sea: sea.jpg, 18 bytes, 8edd7daf…
}

// Moving a file to its final place.
func ExampleFile_MoveTo() {
	photos, err := os.MkdirTemp("", "photos")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(photos)
	// In the same file system, moving only changes the name.
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: photos})
	if err != nil {
		fmt.Println(err)
		return
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, _ := upload.FromContext(r.Context())
		for i, photo := range form.Files {
			// Use the program's own name, never the client's.
			if err := photo.MoveTo(filepath.Join(photos, fmt.Sprintf("photo-%d.jpg", i))); err != nil {
				http.Error(w, "not saved", http.StatusInternalServerError)
				return
			}
		}
		fmt.Fprintln(w, len(form.Files), "saved")
	}))

	post(h, form(file("photo", "a.jpg", "a"), file("photo", "b.jpg", "b")))
	names, _ := filepath.Glob(filepath.Join(photos, "*"))
	for _, name := range names {
		fmt.Println(filepath.Base(name))
	}
	// Output:
	// 200 2 saved
	// photo-0.jpg
	// photo-1.jpg
}

// Your own folder, on the file system where the files will stay.
func ExampleNewDirStore() {
	dir, err := os.MkdirTemp("", "uploads")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir, KeepExtensions: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	// What killed processes have left behind is removed when the first file is created, or here,
	// to do it at once.
	removed, err := store.Sweep(0)
	fmt.Println(removed, err)
	// Output: 0 <nil>
}

// An existing handler that does not know this package.
func ExampleParser_Handler() {
	uploads, err := upload.New(upload.Options{
		MaxFileBytes:    10 << 20,
		CopyForFormFile: true, // for r.FormFile; r.FormValue needs no option
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	existing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, header, err := r.FormFile("photo")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		defer f.Close()
		fmt.Fprintln(w, r.FormValue("title"), header.Filename, header.Size)
	})
	post(uploads.Handler(existing), form(field("title", "Sea"), file("photo", "sea.jpg", "not really a photo")))
	// Output: 200 Sea sea.jpg 18
}

// The whole body is a single file, as curl -T sends it.
func ExampleOptions_wholeBody() {
	uploads, err := upload.New(upload.Options{
		WholeBodyTypes:   []string{"image/*"},
		WholeBodyUntyped: true,
		WholeBodyField:   "photo",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, ok := upload.FromContext(r.Context())
		if !ok {
			http.Error(w, "send a photo", http.StatusUnsupportedMediaType)
			return
		}
		photo, _ := form.File("photo")
		fmt.Fprintf(w, "%d bytes of %q\n", photo.Size, photo.Type)
	}))
	for _, kind := range []string{"", "image/jpeg", "application/json"} {
		r := httptest.NewRequest("PUT", "/photos", strings.NewReader("not really a photo"))
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 18 bytes of ""
	// 200 18 bytes of "image/jpeg"
	// 415 send a photo
}

// Small files that never touch the disk.
func ExampleNewMemoryStore() {
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{MaxBytes: 1 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	uploads, err := upload.New(upload.Options{Store: store, MaxFileBytes: 64 << 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, _ := upload.FromContext(r.Context())
		icon, err := form.Files[0].Open()
		if err != nil {
			http.Error(w, "not there", http.StatusInternalServerError)
			return
		}
		defer icon.Close()
		_, _ = io.Copy(w, icon)
	}))
	post(h, form(file("icon", "icon.svg", "<svg/>\n")))
	post(h, form(file("icon", "icon.svg", strings.Repeat("x", 70_000))))
	// Output:
	// 200 <svg/>
	// 413 {"error":"A file is too large: at most 65536 bytes are accepted."}
}

// Every part as it arrives, without storing anything.
func ExampleParser_Each() {
	uploads, err := upload.New(upload.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := uploads.Each(w, r, func(ctx context.Context, part *upload.Part) error {
			if !part.File {
				return nil // skip it
			}
			n, err := io.Copy(io.Discard, part) // or to another server, through a decoder, …
			fmt.Fprintln(w, part.Name, n)
			return err
		})
		if err != nil {
			fmt.Fprintln(w, err)
		}
	})
	post(h, form(field("a", "1"), file("log", "big.log", strings.Repeat("line\n", 100_000))))
	// Output: 200 big.log 500000
}

// bucket is a custom store: an upload goes straight into it, and is removed unless its request
// keeps it.
type bucket map[string]*strings.Builder

func (b bucket) Create(_ context.Context, f *upload.File) (upload.Object, error) {
	o := &object{bucket: b, key: fmt.Sprintf("object-%d", len(b))}
	b[o.key] = &o.Builder
	return o, nil
}

type object struct {
	strings.Builder
	bucket bucket
	key    string
}

func (o *object) Commit() error  { return nil }
func (o *object) Discard() error { delete(o.bucket, o.key); return nil }
func (o *object) Path() string   { return "bucket/" + o.key }

// Straight into your own store. (A real one is safe for concurrent use.)
func ExampleStore() {
	mine := bucket{}
	uploads, err := upload.New(upload.Options{Store: mine})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, _ := upload.FromContext(r.Context())
		photo, _ := form.File("photo")
		if err := photo.Keep(); err != nil {
			http.Error(w, "not kept", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "kept as", photo.Path)
	}))
	post(h, form(file("photo", "a.jpg", "first"), file("other", "b.jpg", "second")))
	for key, content := range mine {
		fmt.Println(key, content)
	}
	// Output:
	// 200 kept as bucket/object-0
	// object-0 first
}

// A folder that is mounted later than the program starts is checked when it is needed.
func ExampleNewLazyDirStore() {
	parent, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(parent)
	folder := filepath.Join(parent, "uploads")

	store := upload.NewLazyDirStore(upload.DirStoreOptions{Dir: folder})
	fmt.Println(store.Check() != nil)
	if err := os.Mkdir(folder, 0o700); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(store.Check())
	// Output:
	// true
	// <nil>
}
