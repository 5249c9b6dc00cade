package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/sidekick-http/sidekick/upload"
	"github.com/sidekick-http/sidekick/upload/tus"
)

// newUploads accepts files in pieces and moves complete ones to a folder of their
// own, each named by its id.
func newUploads(dir string) (http.Handler, error) {
	if dir == "" {
		return nil, errors.New("want -dir, the folder for uploads")
	}
	unfinished, finished := filepath.Join(dir, "unfinished"), filepath.Join(dir, "finished")
	for _, folder := range []string{unfinished, finished} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: finished})
	if err != nil {
		return nil, err
	}
	parser, err := upload.New(upload.Options{Store: store, Hash: "sha256"})
	if err != nil {
		return nil, err
	}
	return tus.New(tus.Options{
		Dir: unfinished, Parser: parser,
		Finish: func(_ context.Context, file *upload.File, about tus.Upload) error {
			return file.MoveTo(filepath.Join(finished, about.ID)) // repeating it replaces the file from the first time
		},
	})
}

// below sends requests below a path to a handler, and others to the next one.
func below(path string, h http.Handler) func(next http.Handler) http.Handler {
	h = http.StripPrefix(path, h)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, path+"/") {
				h.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
