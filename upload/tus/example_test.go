package tus_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/sidekick-http/sidekick/upload"
	"github.com/sidekick-http/sidekick/upload/tus"
)

// A file of eleven bytes is sent in two pieces.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "unfinished")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	uploads, err := tus.New(tus.Options{
		Dir: dir,
		Finish: func(_ context.Context, file *upload.File, about tus.Upload) error {
			fmt.Println(file.Name, file.Size)
			return nil // in a program: file.Keep() or file.MoveTo(path)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/files/", http.StripPrefix("/files", uploads))

	ask := func(method, path, body string, fields map[string]string) http.Header {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Tus-Resumable", "1.0.0")
		for name, value := range fields {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(method, w.Code, w.Header().Get("Upload-Offset"))
		return w.Header()
	}
	const piece = "application/offset+octet-stream"
	at := ask("POST", "/files/", "", map[string]string{"Upload-Length": "11", "Upload-Metadata": "filename YS50eHQ="}).Get("Location")
	ask("PATCH", at, "hello ", map[string]string{"Upload-Offset": "0", "Content-Type": piece})
	ask("PATCH", at, "world", map[string]string{"Upload-Offset": "6", "Content-Type": piece})
	// Output:
	// POST 201 0
	// PATCH 204 6
	// a.txt 11
	// PATCH 204 11
}
