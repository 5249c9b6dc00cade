package static_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/sidekick-http/sidekick/static"
)

// site stands for an embed.FS, which examples cannot have:
//
//	//go:embed index.html app.3f2a9c1d.js
//	var site embed.FS
var site = fstest.MapFS{
	"index.html":      {Data: []byte("<h1>Hello</h1>\n")},
	"app.3f2a9c1d.js": {Data: []byte("console.log(1)\n")},
}

func show(h http.Handler, target string, field ...string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", target, nil)
	if len(field) == 2 {
		r.Header.Set(field[0], field[1])
	}
	h.ServeHTTP(w, r)
	fmt.Println(target, w.Code, w.Header().Get("Content-Type"), "|", w.Header().Get("Cache-Control"))
	fmt.Print(w.Body.String())
}

// Embedded files.
func ExampleNew() {
	files, err := static.New(static.Options{
		Roots: []static.Root{static.FS(site)},
		Cache: []static.CacheRule{{Pattern: "app.????????.js", Immutable: true}},
	})
	if err != nil {
		log.Fatal(err)
	}
	show(files, "/")
	show(files, "/app.3f2a9c1d.js")
	// Output:
	// / 200 text/html; charset=utf-8 | max-age=60, must-revalidate, public
	// <h1>Hello</h1>
	// /app.3f2a9c1d.js 200 text/javascript; charset=utf-8 | max-age=31536000, immutable, public
	// console.log(1)
}

// A single-page application: its page answers its routes and is checked again each
// time, while files that the build names by content are kept forever. Clients that
// accept them get compressed files.
func ExampleNew_singlePageApplication() {
	dist := fstest.MapFS{ // as a build leaves it, in an embed.FS or a folder
		"index.html":                {Data: []byte("<div id=root></div>\n")},
		"assets/app-3f2a9c1d.js":    {Data: []byte("console.log(1)\n")},
		"assets/app-3f2a9c1d.js.br": {Data: []byte("(the same in brotli)\n")},
	}
	files, err := static.New(static.Options{
		Roots:         []static.Root{static.FS(dist)},
		Fallback:      "index.html",
		FallbackDots:  true, // routes such as /users/jane.doe
		Precompressed: []string{"br", "zstd", "gzip"},
		Cache: []static.CacheRule{
			{Pattern: "assets", Immutable: true},
			{Pattern: "index.html", Value: "no-cache"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	show(files, "/users/7/")
	show(files, "/users/jane.doe")
	show(files, "/assets/app-3f2a9c1d.js")
	show(files, "/assets/app-3f2a9c1d.js", "Accept-Encoding", "gzip, br")
	show(files, "/assets/app-00000000.js", "Sec-Fetch-Dest", "script")
	// Output:
	// /users/7/ 200 text/html; charset=utf-8 | no-cache
	// <div id=root></div>
	// /users/jane.doe 200 text/html; charset=utf-8 | no-cache
	// <div id=root></div>
	// /assets/app-3f2a9c1d.js 200 text/javascript; charset=utf-8 | max-age=31536000, immutable, public
	// console.log(1)
	// /assets/app-3f2a9c1d.js 200 text/javascript; charset=utf-8 | max-age=31536000, immutable, public
	// (the same in brotli)
	// /assets/app-00000000.js 404 text/html; charset=utf-8 | no-store
	// that file is not found
}

// Two folders under a prefix: the second is used if the first does not have a file.
func ExampleDir() {
	base, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(base)
	for name, content := range map[string]string{"own/hello.txt": "own\n", "shared/hello.txt": "shared\n", "shared/bye.txt": "bye\n"} {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			log.Fatal(err)
		}
	}

	files, err := static.New(static.Options{Roots: []static.Root{
		static.Dir(filepath.Join(base, "own")),
		static.Dir(filepath.Join(base, "shared")),
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer files.Close()
	mux := http.NewServeMux()
	mux.Handle("/public/", http.StripPrefix("/public", files))

	for _, target := range []string{"/public/hello.txt", "/public/bye.txt", "/public/..%2fsecret.txt"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		fmt.Println(target, w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// /public/hello.txt 200 own
	// /public/bye.txt 200 bye
	// /public/..%2fsecret.txt 404 that file is not found
}

// A download made by a handler, with a name from elsewhere.
func ExampleHandler_ServeContent() {
	files, err := static.New(static.Options{})
	if err != nil {
		log.Fatal(err)
	}
	report := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		files.ServeContent(w, r, static.Content{
			Reader:   strings.NewReader("a,b\n1,2\n"),
			Name:     "../Übersicht.csv",
			Download: true,
		})
	})
	w := httptest.NewRecorder()
	report.ServeHTTP(w, httptest.NewRequest("GET", "/report", nil))
	fmt.Println(w.Header().Get("Content-Type"))
	fmt.Println(w.Header().Get("Content-Disposition"))
	// Output:
	// text/csv
	// attachment; filename="_bersicht.csv"; filename*=UTF-8''%C3%9Cbersicht.csv
}

// A file of the roots under another name.
func ExampleAttachment() {
	files, err := static.New(static.Options{Roots: []static.Root{static.FS(fstest.MapFS{"reports/7f3a.pdf": {Data: []byte("%PDF")}})}})
	if err != nil {
		log.Fatal(err)
	}
	download := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", static.Attachment("Umsätze 2024.pdf"))
		files.ServeName(w, r, "reports/7f3a.pdf")
	})
	w := httptest.NewRecorder()
	download.ServeHTTP(w, httptest.NewRequest("GET", "/reports/2024", nil))
	fmt.Println(w.Header().Get("Content-Type"), w.Body)
	fmt.Println(w.Header().Get("Content-Disposition"))
	// Output:
	// application/pdf %PDF
	// attachment; filename="Ums_tze 2024.pdf"; filename*=UTF-8''Ums%C3%A4tze%202024.pdf
}

// A file of the roots, sent by a handler that decides which one.
func ExampleHandler_ServeName() {
	files, err := static.New(static.Options{Roots: []static.Root{static.FS(site)}})
	if err != nil {
		log.Fatal(err)
	}
	show(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		files.ServeName(w, r, "index.html")
	}), "/welcome")
	// Output:
	// /welcome 200 text/html; charset=utf-8 | max-age=60, must-revalidate, public
	// <h1>Hello</h1>
}
