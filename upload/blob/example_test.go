package blob_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"

	"gocloud.dev/blob/memblob"

	"github.com/sidekick-http/sidekick/upload"
	sidekickblob "github.com/sidekick-http/sidekick/upload/blob"
)

// A handler that keeps uploads and records their keys.
func ExampleNew() {
	bucket := memblob.OpenBucket(nil) // blob.OpenBucket(ctx, "s3://…") elsewhere
	defer bucket.Close()
	store, err := sidekickblob.New(sidekickblob.Options{Bucket: bucket})
	if err != nil {
		fmt.Println(err)
		return
	}
	uploads, err := upload.New(upload.Options{Store: store, Hash: "sha256"})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, _ := upload.FromContext(r.Context())
		for _, file := range form.Files {
			if err := file.Keep(); err != nil {
				http.Error(w, "not stored", http.StatusInternalServerError)
				return
			}
			object, _ := sidekickblob.Of(file)
			fmt.Println(len(object.Key()), file.Size, file.Hash[:8])
		}
	}))
	r := httptest.NewRequest("POST", "/", bytes.NewReader([]byte("hello")))
	r.Header.Set("Content-Type", "application/octet-stream")
	h.ServeHTTP(httptest.NewRecorder(), r)
	// Output: 40 5 2cf24dba
}
