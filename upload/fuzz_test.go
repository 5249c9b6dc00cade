package upload

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// readAll reads a body and returns the fields and contents of its parts.
func readAll(t *testing.T, p *Parser, body io.Reader) (fields, contents []string, err error) {
	t.Helper()
	r := httptest.NewRequest("POST", "/", body)
	r.ContentLength = -1
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	err = p.Each(httptest.NewRecorder(), r, func(_ context.Context, part *Part) error {
		content, err := io.ReadAll(part)
		if err == nil {
			fields, contents = append(fields, part.Field), append(contents, string(content))
		}
		return err
	})
	var e *Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("got error %T", err)
	}
	return fields, contents, err
}

// splitWhole splits a complete body by the grammar, without reading in pieces. It does not detect
// bodies that must be refused.
func splitWhole(body string) (contents []string) {
	body = "\r\n" + body
	from := -1 // beginning of the current content; negative before the first delimiter
	for at := 0; ; {
		i := strings.Index(body[at:], "\r\n--b")
		if i < 0 {
			return contents
		}
		i += at
		rest := body[i+len("\r\n--b"):]
		last := strings.HasPrefix(rest, "--")
		padded := strings.TrimLeft(strings.TrimPrefix(rest, "--"), " \t")
		if !strings.HasPrefix(padded, "\r\n") && !(last && (padded == "" || padded[0] == '\n')) {
			at = i + 1 // it is content
			continue
		}
		if from >= 0 {
			contents = append(contents, body[min(from, i):i])
		}
		if last {
			return contents
		}
		headers := len(body) - len(padded) + len("\r\n")
		end := strings.Index(body[headers:], "\r\n\r\n")
		if end < 0 {
			return contents
		}
		at = headers + end + len("\r\n")
		from = at + len("\r\n")
	}
}

// Every body is refused or split in the same way: however it is read in pieces, as by the
// grammar, and as by mime/multipart if that accepts it.
func FuzzMultipart(f *testing.F) {
	const cd = "Content-Disposition: form-data; name=a"
	for _, seed := range []string{
		"--b\r\n" + cd + "\r\n\r\nx\r\n--b--\r\n",
		"--b\r\n" + cd + "; filename=\"f\"\r\nContent-Type: a/b\r\n\r\nx\r\n--b\r\n" + cd + "\r\n\r\n\r\n--b--",
		"--b\r\n" + cd + "\r\n\r\n--b \t\r\n" + cd + "\r\n\r\n--b-- \r\nend",
		"hello\r\n--b\r\n" + cd + "\r\n\r\nx\r\n--bb\r\n--b-\r\n--b--\r\n",
		"--b\r\n" + cd + "\r\n\r\nx\n--b\n\r\r\n\r\n--b--\r\n",
		"\n--b\r\n" + cd + "\r\n\r\nx\r\n--b--\n", "--c\r\n" + cd + "\r\n\r\nx\r\n--b--\r\n",
		"--b--\r\n", "", "--b", "--b\n" + cd + "\n\nx\n--b--\n", "--b\n\r\n--b--",
	} {
		f.Add([]byte(seed), 3)
	}
	p, err := New(Options{MaxFileBytes: 1 << 20, MaxFields: 50, MaxFiles: 50})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, cut int) {
		fields, contents, err := readAll(t, p, bytes.NewReader(body))
		if cut = max(0, min(cut, len(body))); true {
			_, again, err2 := readAll(t, p, io.MultiReader(bytes.NewReader(body[:cut]), iotest.OneByteReader(bytes.NewReader(body[cut:]))))
			if (err == nil) != (err2 == nil) || strings.Join(contents, "|") != strings.Join(again, "|") {
				t.Fatalf("in pieces: got %q, %v, want %q, %v", again, err2, contents, err)
			}
		}
		if err != nil {
			return
		}
		if want := splitWhole(string(body)); strings.Join(contents, "|") != strings.Join(want, "|") || len(contents) != len(want) {
			t.Fatalf("got %q, want %q", contents, want)
		}
		for _, field := range fields {
			if field == "" || !utf8.ValidString(field) {
				t.Fatalf("got field %q", field)
			}
		}
		if !bytes.HasPrefix(body, []byte("--b\r\n")) {
			return // before the first CR LF mime/multipart also sees boundaries after a lone LF
		}
		if bytes.Contains(body, []byte("--b\n")) {
			return // mime/multipart takes it for a boundary
		}
		std := multipart.NewReader(bytes.NewReader(body), "b")
		for i := range contents {
			part, err := std.NextRawPart()
			if err != nil {
				return // mime/multipart refuses characters in headers that are cleaned here
			}
			if content, err := io.ReadAll(part); err != nil || string(content) != contents[i] {
				t.Fatalf("part %d: got %q, mime/multipart has %q, %v", i, contents[i], content, err)
			}
		}
		// mime/multipart refuses an LF after the end, which is accepted here.
		if part, err := std.NextRawPart(); err == nil {
			t.Fatalf("mime/multipart sees more than %d parts: %v", len(contents), part)
		}
	})
}

// A disposition that can be written is read back, and no other gives a harmful name.
func FuzzDisposition(f *testing.F) {
	f.Add("form-data; name=a; filename=b", "a", "b.txt")
	f.Add(`form-data; name="a\"b"; filename*=utf-8''x`, `a"b\`, `C:\dir\"x".png`)
	f.Add(`Form-Data ;name = "a" ; filename="`, "ü", "..")
	f.Fuzz(func(t *testing.T, v, name, filename string) {
		var h partHeader
		if err := parseDisposition(v, &h); err == nil {
			checkCleaned(t, h.filename)
		} else if !errors.Is(err, ErrMalformed) {
			t.Fatalf("got error %v", err)
		}

		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
		written := `form-data; name="` + quote(name) + `"; filename="` + quote(filename) + `"`
		h = partHeader{}
		if err := parseDisposition(written, &h); err != nil {
			return // the name is not allowed
		}
		if h.name != name || h.filename != filename || !h.hasFilename {
			t.Fatalf("%s: got %q and %q", written, h.name, h.filename)
		}
		checkCleaned(t, filename)
	})
}

func checkCleaned(t *testing.T, name string) {
	t.Helper()
	got := cleanName(name)
	switch {
	case len(got) > maxName, !utf8.ValidString(got), strings.ContainsAny(got, `/\:`), strings.ContainsFunc(got, hidden),
		got == "." || got == "..", got != "" && !filepath.IsLocal(got):
		t.Fatalf("%q becomes %q", name, got)
	case cleanName(got) != got:
		t.Fatalf("%q becomes %q, and that %q", name, got, cleanName(got))
	}
	if ext := extension(got); ext != "" && (len(ext) > 1+maxExtension || !strings.HasSuffix(got, ext)) {
		t.Fatalf("%q has the extension %q", got, ext)
	}
}
