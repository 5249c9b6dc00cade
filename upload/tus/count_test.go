package tus_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
	"github.com/sidekick-http/sidekick/upload/tus"
)

// A refused empty upload makes no room for others.
func TestRefusedUploadsAreForgottenOnce(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{MaxUnfinished: 3})
	no := error(teapot{})
	d.fail.Store(&no)
	for range 3 {
		if res := ask(d, "POST", "/", "", "Upload-Length", "0"); res.StatusCode != 418 {
			t.Fatalf("got %d", res.StatusCode)
		}
		begin(t, d, 5)
	}
	for range 3 {
		if res := ask(d, "POST", "/", "", "Upload-Length", "5"); res.StatusCode != 503 {
			t.Errorf("got %d, want 503: three are unfinished", res.StatusCode)
		}
	}
}

func TestEmptyFilesAreRefusedIfTheParserDoes(t *testing.T) {
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := upload.New(upload.Options{Store: store, RefuseEmptyFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, t.TempDir(), tus.Options{Parser: p})
	if res := ask(d, "POST", "/", "", "Upload-Length", "0"); res.StatusCode != 400 || len(d.files(t)) > 1 {
		t.Errorf("got %d, left are %q", res.StatusCode, d.files(t))
	}
}

// What a process that was killed during a piece with a checksum left behind does not hold up
// pieces without one.
func TestPiecesAfterAnAbortedChecksum(t *testing.T) {
	dir := t.TempDir()
	d := newDesk(t, dir, tus.Options{})
	at := begin(t, d, 10)
	if res := patch(d, at, 0, "012"); res.StatusCode != 204 {
		t.Fatalf("got %d", res.StatusCode)
	}
	if err := os.WriteFile(filepath.Join(dir, "sidekick-tus-"+at[1:]+".at"), []byte("3"), 0o600); err != nil {
		t.Fatal(err)
	}
	if res := patch(d, at, 3, "345"); res.StatusCode != 204 {
		t.Fatalf("got %d", res.StatusCode)
	}
	if n := offset(t, d, at); n != 6 {
		t.Errorf("got the offset %d, want 6", n)
	}
	if res := patch(d, at, 6, "6789"); res.StatusCode != 204 || len(d.done()) != 1 || d.done()[0] != "0123456789" {
		t.Errorf("got %d, %q", res.StatusCode, d.done())
	}
}
