package upload_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
)

func TestLimits(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	// Each passes at the limit and is refused just beyond it.
	for _, tt := range []struct {
		name     string
		o        upload.Options
		at, past []part
		kind     error
	}{
		{
			"U3 a file", upload.Options{MaxFileBytes: 4096},
			[]part{file("f", "f", x(4096))},
			[]part{file("f", "f", x(4097))}, upload.ErrFileTooLarge,
		},
		{
			"U3 a large file", upload.Options{MaxFileBytes: 1 << 20},
			[]part{file("f", "f", x(1<<20))},
			[]part{file("f", "f", x(1<<20+1))}, upload.ErrFileTooLarge,
		},
		{
			"U3 U11 files together", upload.Options{MaxTotalFileBytes: 10},
			[]part{file("f", "f", x(4)), file("f", "f", x(4)), file("f", "f", x(2))},
			[]part{file("f", "f", x(4)), file("f", "f", x(4)), file("f", "f", x(3))}, upload.ErrFilesTooLarge,
		},
		{
			"U3 fields together", upload.Options{MaxFieldsBytes: 10},
			[]part{file("f", "f", x(100)), field("a", x(5)), field("b", x(5))},
			[]part{file("f", "f", x(100)), field("a", x(5)), field("b", x(6))}, upload.ErrFieldsTooLarge,
		},
		{
			"fields", upload.Options{MaxFields: 2},
			[]part{field("a", ""), field("a", "")},
			[]part{field("a", ""), field("a", ""), field("a", "")}, upload.ErrTooManyFields,
		},
		{
			"U11 files", upload.Options{MaxFiles: 2},
			[]part{file("a", "f", "x"), file("b", "f", "x")},
			[]part{file("a", "f", "x"), file("b", "f", "x"), file("c", "f", "x")}, upload.ErrTooManyFiles,
		},
		{
			"U2 a header line", upload.Options{MaxPartHeaderBytes: 300},
			[]part{{header: padded(300)}},
			[]part{{header: padded(301)}}, upload.ErrPartHeaderTooLarge,
		},
		{
			"U2 header lines", upload.Options{},
			[]part{{header: lines(64)}},
			[]part{{header: lines(65)}}, upload.ErrPartHeaderTooLarge,
		},
		{
			"U2 headers of all parts", upload.Options{MaxPartHeaderBytes: 128 << 10, MaxFields: 1, MaxFiles: 1},
			[]part{{header: padded(128 << 10)}, {header: strings.Replace(padded(8<<10-len("; filename=f")), "name=f", "name=f; filename=f", 1)}},
			[]part{{header: padded(128 << 10)}, {header: strings.Replace(padded(8<<10-len("; filename=f")+1), "name=f", "name=f; filename=f", 1)}}, upload.ErrPartHeaderTooLarge,
		},
		{
			"U12 bytes in flight", upload.Options{MaxBytesInFlight: 10},
			[]part{file("a", "f", x(6)), field("b", x(4))},
			[]part{file("a", "f", x(6)), field("b", x(5))}, upload.ErrBusy,
		},
		{
			"U12 files in flight", upload.Options{MaxFilesInFlight: 1},
			[]part{file("a", "f", "x")},
			[]part{file("a", "f", "x"), file("b", "f", "x")}, upload.ErrBusy,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, dir := newParser(t, tt.o)
			status := http.StatusRequestEntityTooLarge
			if tt.kind == upload.ErrBusy {
				status = http.StatusServiceUnavailable
			}
			for range 2 { // refused or closed files leave no trace
				refused(t, p, request(form(tt.past...)), tt.kind, status)
				wantEmpty(t, dir)
				closeForm(t, parse(t, p, request(form(tt.at...))))
			}
		})
	}
}

// padded returns part headers of n bytes, including their last line end.
func padded(n int) string {
	h := "Content-Disposition: form-data; name=f\r\nX: "
	return h + strings.Repeat("x", n-len(h)-2)
}

// lines returns part headers of n lines.
func lines(n int) string {
	return strings.Repeat("X: y\r\n", n-1) + "Content-Disposition: form-data; name=f"
}

func TestUnlimited(t *testing.T) {
	const n = upload.Unlimited
	p, _ := newParser(t, upload.Options{
		MaxFileBytes: n, MaxTotalFileBytes: n, MaxFieldsBytes: n, MaxFields: n, MaxFiles: n,
		MaxBytesInFlight: n, MaxFilesInFlight: n, ReadTimeout: n, MinBytesPerSecond: n,
	})
	parts := make([]part, 0, 1301)
	for range 1100 {
		parts = append(parts, field("a", "b"))
	}
	for range 201 {
		parts = append(parts, file("f", "f", "x"))
	}
	r := request(form(parts...))
	r.ContentLength = 1 << 62 // whatever the length announced
	f := parse(t, p, r)
	if len(f.Fields) != 1100 || len(f.Files) != 201 {
		t.Errorf("got %d fields and %d files", len(f.Fields), len(f.Files))
	}
}

func TestInFlightOfManyRequests(t *testing.T) {
	p, _ := newParser(t, upload.Options{MaxBytesInFlight: 10})
	body := form(file("f", "f", "1234"))
	first, second := parse(t, p, request(body)), parse(t, p, request(body))
	refused(t, p, request(body), upload.ErrBusy, 503)
	if err := first.Files[0].Keep(); err != nil { // no longer belongs to the request
		t.Fatal(err)
	}
	third := parse(t, p, request(body))
	refused(t, p, request(body), upload.ErrBusy, 503)
	closeForm(t, second)
	closeForm(t, third)
	closeForm(t, first)
	closeForm(t, parse(t, p, request(body)))
	if err := first.Files[0].MoveTo(t.TempDir() + "/away"); err != nil {
		t.Error(err)
	}
}

// endless is a body without an end.
type endless struct {
	begin, again string
	n            int64
	rest         string
}

func (e *endless) Read(b []byte) (int, error) {
	for n := 0; ; {
		if n == len(b) {
			e.n += int64(n)
			return n, nil
		}
		if e.rest == "" {
			e.rest, e.begin = e.begin, ""
		}
		if e.rest == "" {
			e.rest = e.again
		}
		m := copy(b[n:], e.rest)
		n, e.rest = n+m, e.rest[m:]
	}
}

// Endless bodies are refused after a limited number of bytes, with limited memory.
func TestEndlessBodies(t *testing.T) {
	open := "--" + boundary + "\r\n"
	disposition := "Content-Disposition: form-data; name=a"
	for _, tt := range []struct {
		name         string
		begin, again string
		kind         error
		status       int
		most         int64 // maximum number of bytes read
	}{
		{"U1 empty parts", "", open + disposition + "\r\n\r\n\r\n", upload.ErrTooManyFields, 413, 1 << 20},
		{"U1 empty files", "", open + disposition + "; filename=f\r\n\r\n\r\n", upload.ErrTooManyFiles, 413, 1 << 20},
		{"U1 file inputs left empty", "", open + disposition + "; filename=\"\"\r\n\r\n\r\n", upload.ErrTooManyFiles, 413, 1 << 20},
		{"U2 header lines", open, "X: y\r\n", upload.ErrPartHeaderTooLarge, 413, 1 << 20},
		{"U2 one header line", open + "X: ", "y", upload.ErrPartHeaderTooLarge, 413, 1 << 20},
		{"U2 one folded line", open + "X: ", "y\r\n ", upload.ErrPartHeaderTooLarge, 413, 1 << 20},
		{"names", "", open + disposition + strings.Repeat("a", 60<<10) + "\r\n\r\n\r\n", upload.ErrFieldsTooLarge, 413, 3 << 20},
		{"U16 before the first boundary", "", "x", upload.ErrMalformed, 400, 1 << 20},
		{"U16 after the last boundary", "--" + boundary + "--\r\n", "x", upload.ErrMalformed, 400, 1 << 20},
		{"padding of a boundary", "--" + boundary, " ", upload.ErrMalformed, 400, 1 << 20},
		{"a field", open + disposition + "\r\n\r\n", "x", upload.ErrFieldsTooLarge, 413, 3 << 20},
		{"a file", open + disposition + "; filename=f\r\n\r\n", "x", upload.ErrFileTooLarge, 413, 3 << 20},
		{"a file of look-alikes", open + disposition + "; filename=f\r\n\r\n", "\r\n--" + boundary + "x", upload.ErrFileTooLarge, 413, 3 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newParser(t, upload.Options{MaxFileBytes: 2 << 20, MaxFieldsBytes: 2 << 20})
			body := &endless{begin: tt.begin, again: tt.again}
			r := httptest.NewRequest("POST", "/", body)
			r.Header.Set("Content-Type", formType)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			refused(t, p, r, tt.kind, tt.status)
			runtime.ReadMemStats(&after)
			if body.n > tt.most {
				t.Errorf("read %d bytes, want at most %d", body.n, tt.most)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 5*uint64(tt.most) {
				t.Errorf("allocated %d bytes for %d read", n, body.n)
			}
		})
	}
}

func TestBodyTooLarge(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	t.Run("announced", func(t *testing.T) {
		body := &endless{again: "x"}
		r := httptest.NewRequest("POST", "/", body)
		r.ContentLength = 10 << 30
		r.Header.Set("Content-Type", formType)
		refused(t, p, r, upload.ErrBodyTooLarge, 413)
		if body.n > 0 {
			t.Errorf("read %d bytes", body.n)
		}
	})
	t.Run("by a reader around it", func(t *testing.T) {
		r := request(form(file("f", "f", strings.Repeat("x", 1000))))
		r.Body = http.MaxBytesReader(nil, r.Body, 500)
		refused(t, p, r, upload.ErrBodyTooLarge, 413)
	})
}

func TestMessages(t *testing.T) {
	for _, kind := range []error{
		upload.ErrNotUpload, upload.ErrMalformed, upload.ErrEmptyFile, upload.ErrBodyTooLarge, upload.ErrFileTooLarge,
		upload.ErrFilesTooLarge, upload.ErrFieldsTooLarge, upload.ErrTooManyFields, upload.ErrTooManyFiles,
		upload.ErrPartHeaderTooLarge, upload.ErrTooSlow, upload.ErrBusy, upload.ErrStore, upload.ErrStoreFull,
	} {
		e := &upload.Error{Kind: kind, Field: "the\nfield", Limit: 5, Cause: io.ErrUnexpectedEOF}
		message := e.ClientMessage()
		if kind != upload.ErrMalformed && message == (&upload.Error{Kind: upload.ErrMalformed}).ClientMessage() {
			t.Errorf("%v: has no message of its own", kind)
		}
		if strings.Contains(message, "field\"") || strings.Contains(message, "EOF") {
			t.Errorf("%v: the message %q shows what is for logs", kind, message)
		}
		if want := fmt.Sprintf(`upload: %v, field "the\nfield", limit 5: unexpected EOF`, kind); e.Error() != want {
			t.Errorf("got %q, want %q", e.Error(), want)
		}
	}
}
