package tus_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/bubble"
	"github.com/sidekick-http/sidekick/upload"
	"github.com/sidekick-http/sidekick/upload/tus"
)

// desk is a handler that records the finished files.
type desk struct {
	*tus.Handler
	dir  string
	fail atomic.Pointer[error]

	mu       sync.Mutex
	finished []string
	names    []string
}

func newDesk(t testing.TB, dir string, o tus.Options) *desk {
	t.Helper()
	d := &desk{dir: dir}
	o.Dir = dir
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Parser == nil {
		store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if o.Parser, err = upload.New(upload.Options{Store: store, Hash: "sha256", Logger: o.Logger}); err != nil {
			t.Fatal(err)
		}
	}
	o.Finish = func(_ context.Context, f *upload.File, about tus.Upload) error {
		if fail := d.fail.Load(); fail != nil {
			return *fail
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(r)
		if sum := sha256.Sum256(content); err != nil || f.Hash != fmt.Sprintf("%x", sum) {
			return fmt.Errorf("the hash is %s (%v)", f.Hash, err)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.finished = append(d.finished, string(content))
		d.names = append(d.names, f.Name+" "+f.Type+" "+about.Name())
		return nil
	}
	h, err := tus.New(o)
	if err != nil {
		t.Fatal(err)
	}
	d.Handler = h
	return d
}

func (d *desk) done() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.finished)
}

// files lists the files in the folder.
func (d *desk) files(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func ask(h http.Handler, method, target, body string, fields ...string) *http.Response {
	var content io.Reader = strings.NewReader(body)
	if body == "" {
		content = http.NoBody
	}
	return send(h, method, target, content, fields...)
}

func send(h http.Handler, method, target string, body io.Reader, fields ...string) *http.Response {
	r := httptest.NewRequest(method, target, body)
	r.Header.Set("Tus-Resumable", "1.0.0")
	if method == "PATCH" {
		r.Header.Set("Content-Type", "application/offset+octet-stream")
	}
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i+1] == "" {
			r.Header.Del(fields[i])
		} else {
			r.Header.Set(fields[i], fields[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// begin begins an upload and returns its address.
func begin(t *testing.T, h http.Handler, size int, fields ...string) string {
	t.Helper()
	res := ask(h, "POST", "/", "", append([]string{"Upload-Length", strconv.Itoa(size)}, fields...)...)
	if res.StatusCode != 201 {
		t.Fatalf("got %d %s", res.StatusCode, text(res))
	}
	return res.Header.Get("Location")
}

func text(r *http.Response) string {
	b, _ := io.ReadAll(r.Body)
	return strings.TrimSpace(string(b))
}

// offset asks how much has arrived; -1 if there is no upload.
func offset(t *testing.T, h http.Handler, at string, fields ...string) int {
	t.Helper()
	res := ask(h, "HEAD", at, "", fields...)
	if res.StatusCode == 404 {
		return -1
	}
	n, err := strconv.Atoi(res.Header.Get("Upload-Offset"))
	if res.StatusCode != 200 || err != nil || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Upload-Length") == "" || res.Header.Get("Upload-Expires") == "" {
		t.Fatalf("got %d %v", res.StatusCode, res.Header)
	}
	return n
}

func patch(h http.Handler, at string, offset int, body string, fields ...string) *http.Response {
	return ask(h, "PATCH", at, body, append([]string{"Upload-Offset", strconv.Itoa(offset)}, fields...)...)
}

// A file sent in pieces is finished once, with the client's description.
func TestUpload(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{})
	name := base64.StdEncoding.EncodeToString([]byte("../päss.png"))
	at := begin(t, d, 10, "Upload-Metadata", "filename "+name+", filetype aW1hZ2UvcG5n,empty")
	if res := ask(d, "HEAD", at, ""); res.Header.Get("Upload-Offset") != "0" || res.Header.Get("Upload-Length") != "10" || !strings.HasPrefix(res.Header.Get("Upload-Metadata"), "filename ") {
		t.Errorf("got %v", res.Header)
	}
	for _, piece := range []struct {
		offset int
		body   string
	}{{0, "0123"}, {4, ""}, {4, "45678"}, {9, "9"}} {
		res := patch(d, at, piece.offset, piece.body)
		if want := strconv.Itoa(piece.offset + len(piece.body)); res.StatusCode != 204 || res.Header.Get("Upload-Offset") != want || res.Header.Get("Tus-Resumable") != "1.0.0" || res.Header.Get("Upload-Expires") == "" {
			t.Errorf("%d %q: got %d %v %s", piece.offset, piece.body, res.StatusCode, res.Header, text(res))
		}
	}
	if got := d.done(); len(got) != 1 || got[0] != "0123456789" || d.names[0] != "päss.png image/png ../päss.png" {
		t.Errorf("got %q %q", got, d.names)
	}
	// A client that missed the answer finds that the upload is complete.
	if n := offset(t, d, at); n != 10 {
		t.Errorf("afterwards: got %d", n)
	}
	if res := send(d, "PATCH", at, io.MultiReader(strings.NewReader("x")), "Upload-Offset", "10"); res.StatusCode != 413 {
		t.Errorf("past the end of the complete file: got %d", res.StatusCode)
	}
	if res := patch(d, at, 10, ""); res.StatusCode != 204 || len(d.done()) != 1 {
		t.Errorf("the last piece again: got %d", res.StatusCode)
	}
	if files := d.files(t); len(files) != 1 || !strings.HasSuffix(files[0], ".done") {
		t.Errorf("left are %q", files)
	}
}

func TestUploadAtOnce(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{})
	for _, body := range []string{"", "whole", "ha"} {
		size := len(body)
		if body == "ha" {
			size = 4
		}
		fields := []string{"Upload-Length", strconv.Itoa(size)}
		if body != "" {
			fields = append(fields, "Content-Type", "application/offset+octet-stream")
		}
		res := ask(d, "POST", "/", body, fields...)
		if res.StatusCode != 201 || res.Header.Get("Upload-Offset") != strconv.Itoa(len(body)) {
			t.Fatalf("%q: got %d %v", body, res.StatusCode, res.Header)
		}
		if body == "ha" {
			if res := patch(d, res.Header.Get("Location"), 2, "lf"); res.StatusCode != 204 {
				t.Errorf("got %d", res.StatusCode)
			}
		}
	}
	if got := d.done(); !slices.Equal(got, []string{"", "whole", "half"}) {
		t.Errorf("got %q", got)
	}
}

func TestOptions(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{MaxBytes: 1000})
	res := ask(d, "OPTIONS", "/", "", "Tus-Resumable", "")
	for name, want := range map[string]string{
		"Tus-Version": "1.0.0", "Tus-Resumable": "1.0.0", "Tus-Max-Size": "1000", "Tus-Checksum-Algorithm": "sha1,sha256,md5",
		"Tus-Extension": "creation,creation-with-upload,expiration,checksum,termination",
	} {
		if got := res.Header.Get(name); res.StatusCode != 204 || got != want {
			t.Errorf("%s: got %d %q, want %q", name, res.StatusCode, got, want)
		}
	}
}

// Mistakes of a client are refused, and change nothing.
func TestRefusals(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{MaxBytes: 100, MaxMetadataBytes: 50})
	at := begin(t, d, 10)
	patch(d, at, 0, "0123")
	unknown := "/" + strings.Repeat("0", 32) + "-a"
	for _, tt := range []struct {
		name, method, target, body string
		fields                     []string
		status                     int
	}{
		{"no version", "POST", "/", "", []string{"Tus-Resumable", "", "Upload-Length", "1"}, 412},
		{"another version", "HEAD", at, "", []string{"Tus-Resumable", "0.2.2"}, 412},
		{"no length", "POST", "/", "", nil, 400},
		{"a length that is none", "POST", "/", "", []string{"Upload-Length", "-1"}, 400},
		{"a length beyond int64", "POST", "/", "", []string{"Upload-Length", "9223372036854775808"}, 413},
		{"a length beyond 64 bits", "POST", "/", "", []string{"Upload-Length", "99999999999999999999"}, 413},
		{"an offset beyond 64 bits", "PATCH", at, "x", []string{"Upload-Offset", "99999999999999999999"}, 409},
		{"a length with a sign", "POST", "/", "", []string{"Upload-Length", "+1"}, 400},
		{"a deferred length", "POST", "/", "", []string{"Upload-Defer-Length", "1"}, 400},
		{"too large", "POST", "/", "", []string{"Upload-Length", "101"}, 413},
		{"metadata that are too long", "POST", "/", "", []string{"Upload-Length", "1", "Upload-Metadata", "a " + strings.Repeat("YWFh", 20)}, 400},
		{"metadata without base64", "POST", "/", "", []string{"Upload-Length", "1", "Upload-Metadata", "a !"}, 400},
		{"metadata with a key twice", "POST", "/", "", []string{"Upload-Length", "1", "Upload-Metadata", "a YQ==,a YQ=="}, 400},
		{"metadata that are not UTF-8", "POST", "/", "", []string{"Upload-Length", "1", "Upload-Metadata", "a /w=="}, 400},
		{"another type", "PATCH", at, "x", []string{"Upload-Offset", "4", "Content-Type", "text/plain"}, 415},
		{"no offset", "PATCH", at, "x", nil, 400},
		{"an offset behind", "PATCH", at, "x", []string{"Upload-Offset", "5"}, 409},
		{"an offset before", "PATCH", at, "x", []string{"Upload-Offset", "3"}, 409},
		{"past the end", "PATCH", at, "4567890", []string{"Upload-Offset", "4"}, 413},
		{"an unknown checksum", "PATCH", at, "x", []string{"Upload-Offset", "4", "Upload-Checksum", "crc32 AAAA"}, 400},
		{"a checksum that is none", "PATCH", at, "x", []string{"Upload-Offset", "4", "Upload-Checksum", "sha1 AAAA"}, 400},
		{"a wrong checksum", "PATCH", at, "x", []string{"Upload-Offset", "4", "Upload-Checksum", "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA="}, 460},
		{"unknown", "HEAD", unknown, "", nil, 404},
		{"unknown", "PATCH", unknown, "x", []string{"Upload-Offset", "0"}, 404},
		{"unknown", "DELETE", unknown, "", nil, 404},
		{"a path", "HEAD", "/..%2f..%2fetc%2fpasswd", "", nil, 404},
		{"deeper", "HEAD", at + "/x", "", nil, 404},
		{"GET", "GET", at, "", nil, 405},
		{"PUT at the root", "PUT", "/", "", nil, 405},
	} {
		res := ask(d, tt.method, tt.target, tt.body, tt.fields...)
		if res.StatusCode != tt.status || tt.method != "HEAD" && text(res) == "" {
			t.Errorf("%s: got %d, want %d", tt.name, res.StatusCode, tt.status)
		}
	}
	// A body of unknown length that extends past the end is detected while it is read.
	if res := send(d, "PATCH", at, io.MultiReader(strings.NewReader("45"), strings.NewReader("67890")), "Upload-Offset", "4"); res.StatusCode != 413 {
		t.Errorf("past the end, without a length: got %d", res.StatusCode)
	}
	if n := offset(t, d, at); n != 4 {
		t.Errorf("afterwards: got %d, want 4", n)
	}
	if res := patch(d, at, 4, "456789"); res.StatusCode != 204 || d.done()[0] != "0123456789" {
		t.Errorf("got %d %q", res.StatusCode, d.done())
	}
	if files := d.files(t); len(files) != 1 {
		t.Errorf("left are %q", files)
	}
}

func TestMethodOverride(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{})
	at := begin(t, d, 1)
	if res := ask(d, "POST", at, "x", "X-HTTP-Method-Override", "PATCH", "Content-Type", "application/offset+octet-stream", "Upload-Offset", "0"); res.StatusCode != 204 || len(d.done()) != 1 {
		t.Errorf("got %d", res.StatusCode)
	}
}

func TestTerminate(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{MaxUnfinished: 1})
	for _, whole := range []bool{false, true} {
		at := begin(t, d, 2)
		patch(d, at, 0, "01"[:1+strings.Count(fmt.Sprint(whole), "true")])
		if res := ask(d, "DELETE", at, ""); res.StatusCode != 204 {
			t.Errorf("got %d", res.StatusCode)
		}
		if n := offset(t, d, at); n != -1 || len(d.files(t)) > 0 {
			t.Errorf("got %d, left are %q", n, d.files(t))
		}
	}
}

// Interrupted pieces count as far as they have arrived, and another process can continue.
func TestCutPieces(t *testing.T) {
	dir := t.TempDir()
	desks := []*desk{newDesk(t, dir, tus.Options{}), newDesk(t, dir, tus.Options{})}
	content := strings.Repeat("0123456789", 50_000)
	at := begin(t, desks[0], len(content))
	at2 := 0
	for i := 0; at2 < len(content); i++ {
		d := desks[i%2]
		n := min(30_000, len(content)-at2)
		body := io.Reader(strings.NewReader(content[at2 : at2+n]))
		cut := at2+n < len(content)
		if cut {
			body = io.MultiReader(body, iotest.ErrReader(io.ErrUnexpectedEOF))
		}
		res := send(d, "PATCH", at, body, "Upload-Offset", strconv.Itoa(at2))
		if cut != (res.StatusCode == 400) || i > 100 {
			t.Fatalf("piece %d: got %d %s", i, res.StatusCode, text(res))
		}
		if at2 += n; offset(t, desks[(i+1)%2], at) != at2 {
			t.Fatalf("piece %d: got %d, want %d", i, offset(t, d, at), at2)
		}
	}
	if got := slices.Concat(desks[0].done(), desks[1].done()); len(got) != 1 || got[0] != content {
		t.Errorf("got %d files", len(got))
	}
}

// A piece with a checksum counts whole or not at all, even if the process is killed in the
// middle.
func TestChecksums(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{})
	at := begin(t, d, 10)
	sum := func(s string) string {
		h := sha1.Sum([]byte(s))
		return "sha1 " + base64.StdEncoding.EncodeToString(h[:])
	}
	if res := patch(d, at, 0, "0123", "Upload-Checksum", sum("0123")); res.StatusCode != 204 {
		t.Errorf("right: got %d", res.StatusCode)
	}
	if res := patch(d, at, 4, "4x", "Upload-Checksum", sum("45")); res.StatusCode != 460 || offset(t, d, at) != 4 {
		t.Errorf("wrong: got %d, offset %d", res.StatusCode, offset(t, d, at))
	}
	cut := io.MultiReader(strings.NewReader("45"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if res := send(d, "PATCH", at, cut, "Upload-Offset", "4", "Upload-Checksum", sum("456")); res.StatusCode != 400 || offset(t, d, at) != 4 {
		t.Errorf("cut: got %d, offset %d", res.StatusCode, offset(t, d, at))
	}
	// The files as a killed process leaves them behind.
	id := strings.TrimPrefix(at, "/")
	if err := os.WriteFile(filepath.Join(d.dir, "sidekick-tus-"+id+".at"), []byte("4"), 0o600); err != nil {
		t.Fatal(err)
	}
	part, err := os.OpenFile(filepath.Join(d.dir, "sidekick-tus-"+id+".part"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.WriteString("wrong")
	_ = part.Close()
	if n := offset(t, d, at); n != 4 {
		t.Errorf("killed: got %d", n)
	}
	if res := patch(d, at, 4, "456789", "Upload-Checksum", sum("456789")); res.StatusCode != 204 || !slices.Equal(d.done(), []string{"0123456789"}) {
		t.Errorf("got %d %q", res.StatusCode, d.done())
	}
}

type teapot struct{}

func (teapot) Error() string   { return "short and stout" }
func (teapot) StatusCode() int { return 418 }

// After a failure, finishing is tried again with the last byte; a refusal is final.
func TestFinishFails(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{})
	at := begin(t, d, 4)
	broken := errors.New("the database is gone")
	d.fail.Store(&broken)
	if res := patch(d, at, 0, "0123"); res.StatusCode != 500 || strings.Contains(text(res), "database") {
		t.Errorf("got %d", res.StatusCode)
	}
	if n := offset(t, d, at); n != 3 {
		t.Errorf("got %d, want all but the last byte", n)
	}
	d.fail.Store(nil)
	if res := patch(d, at, 3, "3"); res.StatusCode != 204 || !slices.Equal(d.done(), []string{"0123"}) {
		t.Errorf("got %d %q", res.StatusCode, d.done())
	}
	no := error(teapot{})
	d.fail.Store(&no)
	at = begin(t, d, 1)
	if res := patch(d, at, 0, "x"); res.StatusCode != 418 || offset(t, d, at) != -1 {
		t.Errorf("got %d, offset %d", res.StatusCode, offset(t, d, at))
	}
	if res := ask(d, "POST", "/", "", "Upload-Length", "0"); res.StatusCode != 418 || res.Header.Get("Location") != "" || len(d.files(t)) != 1 {
		t.Errorf("an empty one: got %d %v, left are %q", res.StatusCode, res.Header, d.files(t))
	}
}

// An upload belongs to the client that began it.
func TestOwners(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{})
	at := begin(t, d, 2, "Authorization", "Bearer ann")
	open := begin(t, d, 2)
	for _, who := range []string{"Bearer bob", ""} {
		for _, method := range []string{"HEAD", "PATCH", "DELETE"} {
			if res := ask(d, method, at, "", "Authorization", who, "Upload-Offset", "0"); res.StatusCode != 404 {
				t.Errorf("%s by %q: got %d", method, who, res.StatusCode)
			}
		}
		if offset(t, d, open, "Authorization", who) != 0 {
			t.Errorf("nobody's: not there for %q", who)
		}
	}
	if offset(t, d, at, "Authorization", "Bearer ann") != 0 {
		t.Error("it is not there for its owner")
	}
	for _, name := range d.files(t) {
		if content, _ := os.ReadFile(filepath.Join(d.dir, name)); bytes.Contains(content, []byte("ann")) {
			t.Errorf("%s has the credential: %s", name, content)
		}
	}
}

func TestAuthorize(t *testing.T) {
	var asked []string
	d := newDesk(t, t.TempDir(), tus.Options{Authorize: func(r *http.Request, what tus.Operation, u tus.Upload) error {
		asked = append(asked, fmt.Sprint(what, " ", u.Size, " ", u.Name()))
		switch r.Header.Get("X-No") {
		case "plainly":
			return errors.New("secret reason")
		case "teapot":
			return teapot{}
		}
		return nil
	}})
	at := begin(t, d, 1, "Upload-Metadata", "filename YQ==")
	for no, want := range map[string]int{"plainly": 403, "teapot": 418} {
		for _, method := range []string{"HEAD", "PATCH", "DELETE"} {
			res := ask(d, method, at, "", "X-No", no, "Upload-Offset", "0")
			if res.StatusCode != want || strings.Contains(text(res), "secret") {
				t.Errorf("%s: got %d, want %d", method, res.StatusCode, want)
			}
		}
		if res := ask(d, "POST", "/", "", "X-No", no, "Upload-Length", "7"); res.StatusCode != want {
			t.Errorf("POST: got %d", res.StatusCode)
		}
	}
	if len(asked) != 9 || asked[0] != "create 1 a" || !slices.Contains(asked, "terminate 1 a") || !slices.Contains(asked, "create 7 ") {
		t.Errorf("asked %q", asked)
	}
}

// Unfinished uploads are limited, and expired ones make room.
func TestLimits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := newDesk(t, dir, tus.Options{MaxUnfinished: 3, MaxUnfinishedBytes: 100, Expire: time.Hour})
	other := newDesk(t, dir, tus.Options{MaxUnfinished: 3, MaxUnfinishedBytes: 100, Expire: time.Hour})
	first := begin(t, d, 50)
	begin(t, d, 40)
	for _, h := range []*desk{d, other} {
		if res := ask(h, "POST", "/", "", "Upload-Length", "11"); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
			t.Errorf("too many bytes: got %d", res.StatusCode)
		}
	}
	third := begin(t, d, 10)
	if res := ask(d, "POST", "/", "", "Upload-Length", "0"); res.StatusCode != 503 {
		t.Errorf("too many: got %d", res.StatusCode)
	}
	if res := patch(d, third, 0, "0123456789"); res.StatusCode != 204 {
		t.Errorf("got %d", res.StatusCode)
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "sidekick-tus-"+first[1:]+".part"), old, old); err != nil {
		t.Fatal(err)
	}
	if n := offset(t, d, first); n != -1 {
		t.Errorf("expired: got %d", n)
	}
	if res := patch(d, first, 0, "x"); res.StatusCode != 404 {
		t.Errorf("expired: got %d", res.StatusCode)
	}
	for left := 50; ; left-- { // a full folder is counted again after a second
		res := ask(other, "POST", "/", "", "Upload-Length", "60")
		if res.StatusCode == 201 {
			break
		}
		if left == 0 {
			t.Fatalf("there is room again: got %d", res.StatusCode)
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, name := range d.files(t) {
		if strings.Contains(name, first[1:]) {
			t.Errorf("%s is left", name)
		}
	}
}

// A client whose connection hangs can return over another one, without waiting for this server to
// notice.
func TestHangingConnections(t *testing.T) {
	t.Parallel()
	d := newDesk(t, t.TempDir(), tus.Options{})
	s := httptest.NewServer(d)
	defer s.Close()
	at := begin(t, d, 10)
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 10\r\n\r\n012", at)
	for deadline := time.Now().Add(10 * time.Second); offset(t, d, at) != 3; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the piece does not arrive")
		}
	}
	if res := patch(d, at, 3, "3456789"); res.StatusCode != 204 || !slices.Equal(d.done(), []string{"0123456789"}) {
		t.Errorf("got %d %q", res.StatusCode, d.done())
	}
}

// While a file is being finished, no other request can write to it, here or in another process;
// it is finished once.
func TestConcurrentPieces(t *testing.T) {
	dir := t.TempDir()
	a, b := newDesk(t, dir, tus.Options{}), newDesk(t, dir, tus.Options{})
	at := begin(t, a, 4000)
	var wg sync.WaitGroup
	var took atomic.Int64
	for i := range 16 {
		d := []*desk{a, b}[i%2]
		wg.Go(func() {
			for n := 0; n < 4000; {
				res := patch(d, at, n, strings.Repeat(string(rune('a'+i)), 40))
				switch res.StatusCode {
				case 204:
					took.Add(1)
				case 409, 423:
				default:
					t.Errorf("got %d %s", res.StatusCode, text(res))
					return
				}
				if n = offset(t, d, at); n == 3999 {
					return // the last byte counts once the file is finished
				}
			}
		})
	}
	wg.Wait()
	got := slices.Concat(a.done(), b.done())
	if len(got) != 1 || len(got[0]) != 4000 || took.Load() != 100 {
		t.Fatalf("%d files, %d pieces", len(got), took.Load())
	}
	for i := 0; i < 4000; i += 40 {
		if piece := got[0][i : i+40]; strings.Count(piece, piece[:1]) != 40 {
			t.Errorf("a piece is mixed: %q", piece)
		}
	}
}

// Slow clients are refused, but what they have sent remains.
func TestSlowClients(t *testing.T) { synctest.Test(t, slowClient) }

func slowClient(t *testing.T) {
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := upload.New(upload.Options{Store: store, Hash: "sha256", ReadTimeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, t.TempDir(), tus.Options{Parser: p})
	s := bubble.NewServer(d)
	defer s.Close()
	at := begin(t, d, 10)
	body, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = w.Write([]byte("012")) }()
	r, _ := http.NewRequest("PATCH", s.URL+at, body)
	r.Header.Set("Tus-Resumable", "1.0.0")
	r.Header.Set("Upload-Offset", "0")
	r.Header.Set("Content-Type", "application/offset+octet-stream")
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 408 || offset(t, d, at) != 3 {
		t.Errorf("got %d, offset %d", res.StatusCode, offset(t, d, at))
	}
}

// Addresses are below the path of the request, and never on another host.
func TestLocations(t *testing.T) {
	d := newDesk(t, t.TempDir(), tus.Options{})
	mounted := http.StripPrefix("/api/files", d)
	for path, prefix := range map[string]string{"/api/files": "/api/files/", "/api/files/": "/api/files/"} {
		res := ask(mounted, "POST", path, "", "Upload-Length", "1")
		if got := res.Header.Get("Location"); !strings.HasPrefix(got, prefix) || strings.Count(got, "/") != 3 || res.StatusCode != 201 {
			t.Errorf("%s: got %d %q", path, res.StatusCode, got)
		}
		if res := ask(mounted, "HEAD", res.Header.Get("Location"), ""); res.StatusCode != 200 {
			t.Errorf("%s: got %d", path, res.StatusCode)
		}
	}
	r := httptest.NewRequest("POST", "/", nil)
	r.RequestURI, r.URL.Path = "//evil.example/", "/"
	r.Header.Set("Tus-Resumable", "1.0.0")
	r.Header.Set("Upload-Length", "1")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if at := w.Header().Get("Location"); strings.HasPrefix(at, "//") || w.Code != 201 {
		t.Errorf("got %d %q", w.Code, at)
	}
}

func TestConfigErrors(t *testing.T) {
	_, err := tus.New(tus.Options{MaxBytes: -1, MaxUnfinished: -1, MaxUnfinishedBytes: -1, MaxMetadataBytes: -1, Expire: -1})
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil {
		t.Fatalf("got %v", err)
	}
	var fields []string
	for _, err := range joined.Unwrap() {
		var problem *tus.ConfigError
		if errors.As(err, &problem) {
			fields = append(fields, problem.Field)
		}
	}
	if got := strings.Join(fields, " "); got != "MaxBytes MaxUnfinished MaxUnfinishedBytes MaxMetadataBytes Expire Finish Dir" {
		t.Errorf("got %q", got)
	}
	finish := func(context.Context, *upload.File, tus.Upload) error { return nil }
	for _, dir := range []string{filepath.Join(t.TempDir(), "missing"), "handler_test.go"} {
		if _, err := tus.New(tus.Options{Dir: dir, Finish: finish}); err == nil {
			t.Errorf("%s was accepted", dir)
		}
	}
}
