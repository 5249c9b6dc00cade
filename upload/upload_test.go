package upload_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/upload"
)

const (
	boundary = "X-BOUNDARY"
	formType = "multipart/form-data; boundary=" + boundary
)

// part is one part of a body. Without header it has the usual ones.
type part struct {
	name, filename, kind, value string
	header                      string
}

func (p part) headers() string {
	if p.header != "" {
		return p.header
	}
	h := fmt.Sprintf(`Content-Disposition: form-data; name="%s"`, p.name)
	if p.filename != "" {
		h += fmt.Sprintf(`; filename="%s"`, p.filename)
	}
	if p.kind != "" {
		h += "\r\nContent-Type: " + p.kind
	}
	return h
}

func field(name, value string) part { return part{name: name, value: value} }

func file(name, filename, value string) part {
	return part{name: name, filename: filename, kind: "application/octet-stream", value: value}
}

// form writes a multipart body.
func form(parts ...part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n" + p.headers() + "\r\n\r\n" + p.value + "\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.String()
}

func request(body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", formType)
	return r
}

// newParser returns a parser whose files go to a folder of the test, which must be empty at the
// end.
func newParser(tb testing.TB, o upload.Options) (*upload.Parser, string) {
	tb.Helper()
	dir := tb.TempDir()
	if o.Store == nil {
		store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir})
		if err != nil {
			tb.Fatal(err)
		}
		o.Store = store
	}
	p, err := upload.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { wantEmpty(tb, dir) })
	return p, dir
}

func wantEmpty(tb testing.TB, dir string) {
	tb.Helper()
	if names := list(tb, dir); len(names) > 0 {
		tb.Errorf("the folder has %q, want nothing", names)
	}
}

func list(tb testing.TB, dir string) (names []string) {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func parse(tb testing.TB, p *upload.Parser, r *http.Request) *upload.Form {
	tb.Helper()
	f, err := p.Parse(httptest.NewRecorder(), r)
	if err != nil {
		tb.Fatalf("Parse: %v", err)
	}
	tb.Cleanup(func() { closeForm(tb, f) })
	return f
}

func closeForm(tb testing.TB, f *upload.Form) {
	tb.Helper()
	if err := f.Close(); err != nil {
		tb.Errorf("Close: %v", err)
	}
}

// wantError checks an error of Parse: what it matches, its status, and that the client is told
// something else than the logs.
func wantError(tb testing.TB, err, kind error, status int) {
	tb.Helper()
	if !errors.Is(err, kind) {
		tb.Errorf("got error %v, want %v", err, kind)
	}
	var e *upload.Error
	if !errors.As(err, &e) {
		tb.Fatalf("got %T, want *upload.Error", err)
	}
	if e.StatusCode() != status {
		tb.Errorf("got status %d, want %d", e.StatusCode(), status)
	}
	if e.ClientMessage() == "" || e.ClientMessage() == e.Error() {
		tb.Errorf("got ClientMessage %q", e.ClientMessage())
	}
}

// refused parses a body that must be refused.
func refused(tb testing.TB, p *upload.Parser, r *http.Request, kind error, status int) {
	tb.Helper()
	f, err := p.Parse(httptest.NewRecorder(), r)
	if err == nil {
		closeForm(tb, f)
		tb.Fatalf("got a form with %d fields and %d files, want %v", len(f.Fields), len(f.Files), kind)
	}
	if f != nil {
		tb.Error("got a form with the error")
	}
	wantError(tb, err, kind, status)
}

func content(tb testing.TB, f *upload.File) string {
	tb.Helper()
	r, err := f.Open()
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func TestFormInOrder(t *testing.T) {
	p, dir := newParser(t, upload.Options{})
	f := parse(t, p, request(form(
		field("b", "1"),
		file("photo", "one.png", "\x89PNG\x0D\x0A\x1A\x0A…"),
		field("a", "2"),
		field("b", ""),
		part{name: "photo", filename: "two.html", kind: "image/png", value: "<html>"},
		part{name: "doc", filename: "none", value: ""},
	)))
	want := []upload.Field{{Name: "b", Value: "1"}, {Name: "a", Value: "2"}, {Name: "b", Value: ""}}
	if diff := cmp.Diff(want, f.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	type facts struct {
		Field, Name, Type, Detected string
		Size                        int64
	}
	var got []facts
	for _, file := range f.Files {
		got = append(got, facts{file.Field, file.Name, file.Type, file.DetectedType, file.Size})
		if int64(len(content(t, file))) != file.Size {
			t.Errorf("%s: the content has not the size", file.Name)
		}
		if file.ModTime.IsZero() || file.Hash != "" {
			t.Errorf("%s: got time %v and hash %q", file.Name, file.ModTime, file.Hash)
		}
	}
	wantFiles := []facts{
		{"photo", "one.png", "application/octet-stream", "image/png", 11},
		{"photo", "two.html", "image/png", "text/html; charset=utf-8", 6},
		{"doc", "none", "", "text/plain; charset=utf-8", 0},
	}
	if diff := cmp.Diff(wantFiles, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if v, ok := f.Value("b"); v != "" || !ok {
		t.Errorf("Value: got %q, %v, want the last", v, ok)
	}
	if _, ok := f.Value("photo"); ok {
		t.Error("Value: got a file for a field")
	}
	if last, ok := f.File("photo"); !ok || last.Name != "two.html" {
		t.Error("File: want the last of the name")
	}
	if _, ok := f.File("a"); ok {
		t.Error("File: got a field for a file")
	}
	if n := len(list(t, dir)); n != 3 {
		t.Errorf("got %d files in the folder, want 3", n)
	}
	closeForm(t, f)
	closeForm(t, f)
	wantEmpty(t, dir)
}

func TestHash(t *testing.T) {
	for name, want := range map[string]string{
		"md5":    "900150983cd24fb0d6963f7d28e17f72",
		"sha1":   "a9993e364706816aba3e25717850c26c9cd0d89d",
		"sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	} {
		p, _ := newParser(t, upload.Options{Hash: name})
		if got := parse(t, p, request(form(file("f", "f", "abc")))).Files[0].Hash; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestParseOnly(t *testing.T) {
	body := form(field("a", "1"), file("want", "w", "x"), file("not", "n", "y"), field("b", "2"))
	for _, tt := range []struct {
		name  string
		keep  func(string) bool
		files int
	}{
		{"some", func(field string) bool { return field == "want" }, 1},
		{"U19 none", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &failingStore{failCreate: tt.files == 0}
			p, dir := newParser(t, upload.Options{})
			if tt.files == 0 {
				p, _ = newParser(t, upload.Options{Store: store}) // must not be called
			}
			f, err := p.ParseOnly(httptest.NewRecorder(), request(body), tt.keep)
			if err != nil {
				t.Fatal(err)
			}
			defer closeForm(t, f)
			if len(f.Fields) != 2 || len(f.Files) != tt.files || len(list(t, dir)) != tt.files {
				t.Errorf("got %d fields, %d files, %d in the folder", len(f.Fields), len(f.Files), len(list(t, dir)))
			}
		})
	}
	t.Run("read past within the limits", func(t *testing.T) {
		p, _ := newParser(t, upload.Options{MaxFileBytes: 10, MaxFiles: 1})
		_, err := p.ParseOnly(httptest.NewRecorder(), request(form(file("f", "f", "12345678901"))), nil)
		wantError(t, err, upload.ErrFileTooLarge, 413)
		_, err = p.ParseOnly(httptest.NewRecorder(), request(form(file("f", "f", "1"), file("f", "f", "1"))), nil)
		wantError(t, err, upload.ErrTooManyFiles, 413)
	})
	t.Run("a Blob of JSON is a field unless it is wanted", func(t *testing.T) {
		blob := func(name, fileName, kind, value string) string {
			return "--X\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + fileName + "\"\r\nContent-Type: " + kind + "\r\n\r\n" + value + "\r\n"
		}
		body := blob("a", "blob", "application/json", "[1]") + blob("b", "blob", "Application/Problem+JSON; charset=utf-8", "{}") +
			blob("want", "blob", "application/json", "[2]") + blob("named", "a.json", "application/json", "[3]") + blob("png", "blob", "image/png", "x") + "--X--\r\n"
		send := func(o upload.Options) (*upload.Form, error) {
			p, _ := newParser(t, o)
			r := httptest.NewRequest("POST", "/", strings.NewReader(body))
			r.Header.Set("Content-Type", "multipart/form-data; boundary=X")
			return p.ParseOnly(httptest.NewRecorder(), r, func(field string) bool { return field == "want" })
		}
		f, err := send(upload.Options{MaxFiles: 3, MaxFields: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer closeForm(t, f)
		want := []upload.Field{{Name: "a", Value: "[1]", Type: "application/json"}, {Name: "b", Value: "{}", Type: "Application/Problem+JSON; charset=utf-8"}}
		if !slices.Equal(f.Fields, want) || len(f.Files) != 1 || f.Files[0].Field != "want" || len(f.Skipped) != 2 {
			t.Errorf("got %+v, %d files, skipped %v", f.Fields, len(f.Files), f.Skipped)
		}
		_, err = send(upload.Options{MaxFields: 1})
		wantError(t, err, upload.ErrTooManyFields, 413)
		_, err = send(upload.Options{MaxFieldsBytes: 4})
		wantError(t, err, upload.ErrFieldsTooLarge, 413)
	})
	t.Run("a whole body is left unread", func(t *testing.T) {
		p, _ := newParser(t, upload.Options{})
		r := httptest.NewRequest("POST", "/", strings.NewReader("bytes"))
		r.Header.Set("Content-Type", "application/octet-stream")
		f, err := p.ParseOnly(httptest.NewRecorder(), r, nil)
		if err != nil || len(f.Files) != 0 {
			t.Fatalf("got %v", err)
		}
		if rest, err := io.ReadAll(r.Body); string(rest) != "bytes" || err != nil {
			t.Errorf("the body has %q, %v", rest, err)
		}
	})
}

func TestWholeBody(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 64<<10) // 1 MiB
	for _, tt := range []struct {
		name, header, body string
		o                  upload.Options
		field, file        string
	}{
		{name: "default", header: "blob.bin", body: "bytes", field: "file", file: "blob.bin"},
		{name: "encoded", header: "%C3%BC.bin", body: "bytes", field: "file", file: "ü.bin"},
		{name: "not encoded", header: "100%.bin", body: "bytes", field: "file", file: "100%.bin"},
		{name: "path", header: "../x/y.bin", body: "bytes", field: "file", file: "y.bin"},
		{name: "large", body: big, field: "file"},
		{name: "U14 empty", field: "file"},
		{
			name: "named", body: "bytes", field: "image", file: "fixed",
			o: upload.Options{WholeBodyField: "image", WholeBodyName: func(*http.Request) string { return "fixed" }},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newParser(t, tt.o)
			r := httptest.NewRequest("PUT", "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/octet-stream")
			r.Header.Set("X-File-Name", tt.header)
			f := parse(t, p, r)
			if len(f.Files) != 1 {
				t.Fatalf("got %d files", len(f.Files))
			}
			got := f.Files[0]
			if got.Field != tt.field || got.Name != tt.file || got.Type != "application/octet-stream" || content(t, got) != tt.body {
				t.Errorf("got field %q, name %q, type %q, size %d", got.Field, got.Name, got.Type, got.Size)
			}
		})
	}
	t.Run("off", func(t *testing.T) {
		p, _ := newParser(t, upload.Options{DisableWholeBody: true})
		r := httptest.NewRequest("PUT", "/", strings.NewReader("x"))
		r.Header.Set("Content-Type", "application/octet-stream")
		refused(t, p, r, upload.ErrNotUpload, 415)
	})
	t.Run("U3 one byte over", func(t *testing.T) {
		for _, o := range []upload.Options{{MaxFileBytes: 4}, {MaxTotalFileBytes: 4}} {
			for _, length := range []int64{5, -1} { // announced, and unknown
				p, _ := newParser(t, o)
				r := httptest.NewRequest("PUT", "/", strings.NewReader("12345"))
				r.ContentLength = length
				r.Header.Set("Content-Type", "application/octet-stream")
				kind := upload.ErrFileTooLarge
				if o.MaxFileBytes == 0 {
					kind = upload.ErrFilesTooLarge
				}
				refused(t, p, r, kind, 413)
			}
		}
	})
}

func TestNotAnUpload(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	for _, kind := range []string{"", "application/json", "multipart/mixed; boundary=b", "multipart/form-datax; boundary=b", "x"} {
		r := httptest.NewRequest("POST", "/", strings.NewReader("{}"))
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if p.Accepts(r) {
			t.Errorf("%q: Accepts: got true", kind)
		}
		w := httptest.NewRecorder()
		_, err := p.Parse(w, r)
		wantError(t, err, upload.ErrNotUpload, 415)
		if rest, _ := io.ReadAll(r.Body); string(rest) != "{}" || w.Header().Get("Connection") != "" {
			t.Errorf("%q: the request is no longer as it was", kind)
		}
	}
	for _, kind := range []string{formType, "Multipart/Form-Data;boundary=b", "application/octet-stream", "multipart/form-data"} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Content-Type", kind)
		if !p.Accepts(r) {
			t.Errorf("%q: Accepts: got false", kind)
		}
	}
}

// A Content-Encoding is refused before anything is read, and the answer says what would be
// accepted.
func TestEncodedBodies(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	for _, kind := range []string{formType, "application/octet-stream"} {
		for coding, refused := range map[string]bool{"gzip": true, "br, gzip": true, "Identity": false, "": false} {
			r := request(form(field("a", "b")))
			r.Header.Set("Content-Type", kind)
			r.Header.Set("Content-Encoding", coding)
			w := httptest.NewRecorder()
			p.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })).ServeHTTP(w, r)
			if !refused {
				if w.Code != 204 {
					t.Errorf("%q: got %d", coding, w.Code)
				}
				continue
			}
			if w.Code != 415 || w.Header().Get("Accept-Encoding") != "identity" || w.Body.String() != fmt.Sprintf(`{"error":"The content coding \"%s\" is not accepted: send none."}`, coding) {
				t.Errorf("%q: got %d %q, Accept-Encoding %q", coding, w.Code, w.Body, w.Header().Get("Accept-Encoding"))
			}
			_, err := p.Parse(httptest.NewRecorder(), r)
			wantError(t, err, upload.ErrEncoded, 415)
			if rest, _ := io.ReadAll(r.Body); len(rest) == 0 {
				t.Errorf("%q: the body was read", coding)
			}
		}
	}
}

// Other packages cannot change a parser.
func TestParserIsSealed(t *testing.T) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[upload.Parser]()) {
		if f.IsExported() {
			t.Errorf("%s can be reached", f.Name)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	n := int64(-5)
	_, all := upload.New(upload.Options{
		MaxFileBytes: n, MaxTotalFileBytes: n, MaxFieldsBytes: n, MaxFields: int(n), MaxFiles: int(n), MaxBytesInFlight: n, MaxFilesInFlight: int(n),
		MinBytesPerSecond: n, ReadTimeout: -time.Second, LingerTimeout: -1,
	})
	for _, name := range []string{
		"MaxFileBytes", "MaxTotalFileBytes", "MaxFieldsBytes", "MaxFields", "MaxFiles", "MaxBytesInFlight", "MaxFilesInFlight", "MinBytesPerSecond",
		"ReadTimeout", "LingerTimeout",
	} {
		if all == nil || !strings.Contains(all.Error(), "upload: "+name+": invalid value -") {
			t.Errorf("a negative %s is not refused: %v", name, all)
		}
	}
	if s, err := upload.NewMemoryStore(upload.MemoryStoreOptions{MaxBytes: -1}); s != nil || err == nil {
		t.Errorf("memory store: got %v beside %v", s, err)
	}
	_, err := upload.New(upload.Options{MaxPartHeaderBytes: 100, Hash: "crc32"})
	want := "upload: MaxPartHeaderBytes: invalid value 100: want 256 to 131072\n" +
		`upload: Hash: invalid value "crc32": want "md5", "sha1", "sha256" or ""`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	var ce *upload.ConfigError
	if !errors.As(err, &ce) {
		t.Errorf("got %T, want a ConfigError in it", err)
	}
	if _, err := upload.New(upload.Options{}); err != nil {
		t.Errorf("zero options: %v", err)
	}
	if _, err := upload.NewMemoryStore(upload.MemoryStoreOptions{MaxBytes: -1}); err == nil {
		t.Error("memory store with negative MaxBytes: got no error")
	}
}
