package tus_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
	"github.com/sidekick-http/sidekick/upload/tus"
)

// What relies on an extension that is not offered, or is not the bytes of the file, is refused and
// stored nowhere, whether it comes with the first request or later.
func TestNothingIsStoredThatIsNotAPieceOfTheFile(t *testing.T) {
	const piece = "application/offset+octet-stream"
	for _, tt := range []struct {
		name   string
		fields []string
		status int
		says   string
	}{
		{"a fragment", []string{"Upload-Concat", "partial"}, 400, "Upload-Concat is not supported: send each file as one upload"},
		{"a file made of fragments", []string{"Upload-Concat", "final;/a /b"}, 400, "Upload-Concat"},
		{"a deferred length", []string{"Upload-Defer-Length", "1"}, 400, "Upload-Defer-Length is not supported: send Upload-Length"},
		{"gzip", []string{"Content-Encoding", "gzip"}, 415, `\"gzip\" is not accepted`},
		{"gzip twice", []string{"Content-Encoding", "gzip, gzip"}, 415, "is not accepted"},
		{"br after identity", []string{"Content-Encoding", "identity, br"}, 415, "is not accepted"},
		{"another type", []string{"Content-Type", "application/octet-stream"}, 415, piece},
		{"no type", []string{"Content-Type", ""}, 415, piece},
		{"an empty checksum", []string{"Upload-Checksum", " "}, 400, "Upload-Checksum"},
	} {
		for _, length := range []string{"announced", "unknown"} {
			for _, method := range []string{"POST", "PATCH"} {
				d := newDesk(t, t.TempDir(), tus.Options{})
				target, want := "/", 0
				if method == "PATCH" {
					target, want = begin(t, d, 3), 2
				}
				body := io.Reader(strings.NewReader("abc"))
				if length == "unknown" {
					body = io.MultiReader(body)
				}
				res := send(d, method, target, body, append([]string{"Content-Type", piece, "Upload-Length", "3", "Upload-Offset", "0"}, tt.fields...)...)
				if said := text(res); res.StatusCode != tt.status || !strings.Contains(said, tt.says) {
					t.Errorf("%s by %s, length %s: got %d %s", tt.name, method, length, res.StatusCode, said)
				}
				if coded := tt.fields[0] == "Content-Encoding"; coded != (res.Header.Get("Accept-Encoding") == "identity") {
					t.Errorf("%s by %s: got Accept-Encoding %q", tt.name, method, res.Header.Get("Accept-Encoding"))
				}
				if len(d.done()) > 0 || len(d.files(t)) != want {
					t.Errorf("%s by %s, length %s: finished %q, left %q", tt.name, method, length, d.done(), d.files(t))
				}
				if method == "PATCH" && offset(t, d, target) != 0 {
					t.Errorf("%s, length %s: a part was stored", tt.name, length)
				}
			}
		}
	}
}

// A field that comes twice has no single meaning.
func TestFieldsThatComeTwiceAreRefused(t *testing.T) {
	for name, want := range map[string]int{"Content-Type": 415, "Upload-Checksum": 400, "Upload-Length": 400, "Upload-Offset": 400} {
		d := newDesk(t, t.TempDir(), tus.Options{})
		method, target := "PATCH", "/"
		if name == "Upload-Length" {
			method = "POST"
		} else {
			target = begin(t, d, 3)
		}
		r := httptest.NewRequest(method, target, strings.NewReader("abc"))
		for field, value := range map[string]string{
			"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Length": "3", "Upload-Offset": "0",
			"Upload-Checksum": "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
		} {
			r.Header.Add(field, value)
			if field == name {
				r.Header.Add(field, value)
			}
		}
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code != want || len(d.done()) > 0 {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, want)
		}
	}
}

// Identity is no coding, and a body of unknown length may be empty.
func TestPiecesOfUnknownLengthAndIdentityAreStored(t *testing.T) {
	const piece = "application/offset+octet-stream"
	d := newDesk(t, t.TempDir(), tus.Options{})
	if res := send(d, "POST", "/", io.MultiReader(strings.NewReader("abc")), "Upload-Length", "3", "Content-Type", piece, "Content-Encoding", "Identity"); res.StatusCode != 201 || res.Header.Get("Upload-Offset") != "3" {
		t.Errorf("at once: got %d %s", res.StatusCode, text(res))
	}
	res := send(d, "POST", "/", io.MultiReader(), "Upload-Length", "3")
	if res.StatusCode != 201 || res.Header.Get("Upload-Offset") != "0" {
		t.Fatalf("an empty body: got %d %s", res.StatusCode, text(res))
	}
	if res := send(d, "PATCH", res.Header.Get("Location"), io.MultiReader(strings.NewReader("def")), "Upload-Offset", "0", "Content-Encoding", "identity"); res.StatusCode != 204 {
		t.Errorf("a piece: got %d %s", res.StatusCode, text(res))
	}
	if got := d.done(); len(got) != 2 || got[0] != "abc" || got[1] != "def" {
		t.Errorf("got %q", got)
	}
}

// A client that will send the checksum after the content expects the piece to be checked.
func TestAChecksumInATrailerIsRefused(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{})
	server := httptest.NewServer(d)
	defer server.Close()
	at := begin(t, d, 3)
	r, err := http.NewRequest("PATCH", server.URL+at, io.MultiReader(strings.NewReader("abc")))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Tus-Resumable": {"1.0.0"}, "Content-Type": {"application/offset+octet-stream"}, "Upload-Offset": {"0"}}
	r.Trailer = http.Header{"Upload-Checksum": {"sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA="}}
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if said := text(res); res.StatusCode != 400 || !strings.Contains(said, "trailer") || len(d.done()) > 0 {
		t.Errorf("got %d %s", res.StatusCode, said)
	}
}

// A file that could not be stored in the end is refused before any of it is sent.
func TestTheLowestLimitCountsFromTheBeginning(t *testing.T) {
	parser := func(o upload.Options) *upload.Parser {
		store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		o.Store, o.Hash = store, "sha256"
		p, err := upload.New(o)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, tt := range []struct {
		name    string
		options tus.Options
		want    string
	}{
		{"MaxBytes", tus.Options{MaxBytes: 7, Parser: parser(upload.Options{})}, "7"},
		{"MaxUnfinishedBytes", tus.Options{MaxUnfinishedBytes: 7}, "7"},
		{"MaxFileBytes", tus.Options{Parser: parser(upload.Options{MaxFileBytes: 7, MaxTotalFileBytes: 9})}, "7"},
		{"MaxTotalFileBytes", tus.Options{Parser: parser(upload.Options{MaxFileBytes: 9, MaxTotalFileBytes: 7})}, "7"},
		{"MaxBytesInFlight", tus.Options{Parser: parser(upload.Options{MaxBytesInFlight: 7})}, "7"},
		{"no other limit", tus.Options{MaxBytes: 1 << 35, Parser: parser(upload.Options{MaxFileBytes: upload.Unlimited, MaxBytesInFlight: upload.Unlimited})}, "34359738368"},
	} {
		d := newDesk(t, t.TempDir(), tt.options)
		if got := ask(d, "OPTIONS", "/", "").Header.Get("Tus-Max-Size"); got != tt.want {
			t.Errorf("%s: got Tus-Max-Size %s", tt.name, got)
		}
		if tt.want != "7" {
			continue
		}
		if res := ask(d, "POST", "/", "", "Upload-Length", "8"); res.StatusCode != 413 || !strings.Contains(text(res), "at most 7 bytes") || len(d.files(t)) > 0 {
			t.Errorf("%s: got %d, left %q", tt.name, res.StatusCode, d.files(t))
		}
		if res := patch(d, begin(t, d, 7), 0, "0123456"); res.StatusCode != 204 || len(d.done()) != 1 {
			t.Errorf("%s: the largest file: got %d %s", tt.name, res.StatusCode, text(res))
		}
	}
	// The handler's own parser allows what MaxBytes does.
	h, err := tus.New(tus.Options{Dir: t.TempDir(), Finish: func(context.Context, *upload.File, tus.Upload) error { return nil }, MaxBytes: 1 << 35})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(h, "OPTIONS", "/", "").Header.Get("Tus-Max-Size"); got != "34359738368" {
		t.Errorf("without a parser: got Tus-Max-Size %s", got)
	}
}
