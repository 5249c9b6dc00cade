package upload_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/upload"
)

// got is a part as it arrived.
type got struct {
	field, name, value string
	file               bool
}

// readParts reads a body through a reader of the test's choice.
func readParts(p *upload.Parser, body io.Reader) ([]got, error) {
	r := httptest.NewRequest("POST", "/", body)
	r.ContentLength = -1
	r.Header.Set("Content-Type", formType)
	var parts []got
	err := p.Each(httptest.NewRecorder(), r, func(_ context.Context, part *upload.Part) error {
		value, err := io.ReadAll(part)
		if err == nil {
			parts = append(parts, got{part.Field, part.Name, string(value), part.File})
		}
		return err
	})
	return parts, err
}

func TestBodies(t *testing.T) {
	const (
		b   = "--" + boundary
		end = b + "--\r\n"
		a   = "Content-Disposition: form-data; name=a\r\n\r\n"
	)
	field := func(value string) []got { return []got{{field: "a", value: value}} }
	for _, tt := range []struct {
		name, body string
		want       []got // nil if the body must be refused
	}{
		{"plain", b + "\r\n" + a + "x\r\n" + end, field("x")},
		{"U14 no parts", end, []got{}},
		{"U14 empty field", b + "\r\n" + a + "\r\n" + end, field("")},
		{"empty field without a line of its own", b + "\r\n" + a + end, field("")},
		{"two of them", b + "\r\n" + a + b + "\r\n" + a + end, []got{{field: "a"}, {field: "a"}}},
		{"U16 before the first boundary", "hello\r\n--X-BOUND\r\n" + b + "\r\n" + a + "x\r\n" + end, field("x")},
		{"U16 an empty line before", "\r\n" + b + "\r\n" + a + "x\r\n" + end, field("x")},
		{"U16 after the last boundary", b + "\r\n" + a + "x\r\n" + end + "bye\r\n" + b + "\r\n", field("x")},
		{"U16 no final line end", b + "\r\n" + a + "x\r\n" + b + "--", field("x")},
		{"U16 no final line end, padded", b + "\r\n" + a + "x\r\n" + b + "-- ", field("x")},
		{"U16 padding", b + " \t\r\n" + a + "x\r\n" + b + "-- \t\r\n", field("x")},
		{"U16 boundary inside a line", b + "\r\n" + a + "x" + b + "\r\n" + b + "y\r\n" + end, field("x" + b + "\r\n" + b + "y")},
		{"U16 boundary and more", b + "\r\n" + a + "x\r\n" + b + "Z\r\ny\r\n" + end, field("x\r\n" + b + "Z\r\ny")},
		{"U16 boundary and a hyphen", b + "\r\n" + a + "x\r\n" + b + "-\r\n" + end, field("x\r\n" + b + "-")},
		{"U16 boundary after LF alone", b + "\r\n" + a + "x\n" + b + "\n" + b + "--\ny\r\n" + end, field("x\n" + b + "\n" + b + "--\ny")},
		{"U16 content that begins as a boundary", b + "\r\n" + a + b + "Z\r\n" + end, field(b + "Z")},
		{"U16 line ends kept", b + "\r\n" + a + "\r\nx\n\r\r\n\r\n" + end, field("\r\nx\n\r\r\n")},
		{"U17 transfer encodings are not undone", b + "\r\nContent-Transfer-Encoding: quoted-printable\r\n" + a + "=41=\r\n\r\n" + end, field("=41=\r\n")},
		{"U17 base64 neither", b + "\r\nContent-Transfer-Encoding: base64\r\n" + a + "QQ==\r\n" + end, field("QQ==")},
		{"U17 multipart inside", b + "\r\nContent-Type: multipart/mixed; boundary=in\r\n" + a + "--in\r\n\r\nx\r\n--in--\r\n" + end, field("--in\r\n\r\nx\r\n--in--")},
		{"U16 end and LF", b + "\r\n" + a + "x\r\n" + b + "--\n", field("x")},
		{"U16 end, padding and LF, and more", b + "\r\n" + a + "x\r\n" + b + "-- \nbye", field("x")},
		{"U14 no parts, and LF", b + "--\n", []got{}},
		{"U14 no parts behind an empty line", "\r\n" + end, []got{}},
		{"U16 begins with its headers", a + "x\r\n" + b + "\r\n" + a + "y\r\n" + end, nil},
		{"U16 LF but for the last boundary", strings.ReplaceAll(b+"\r\n"+a+"x", "\r\n", "\n") + "\r\n" + end, nil},
		{"U16 LF in front", "\n" + b + "\r\n" + a + "x\r\n" + end, nil},
		{"U16 LF in front of several", "\n" + b + "\r\n" + a + "x\r\n" + b + "\r\n" + a + "y\r\n" + end, nil},
		{"U16 CR in front of several", "\r" + b + "\r\n" + a + "x\r\n" + b + "\r\n" + a + "y\r\n" + end, nil},
		{"U16 LF in the first part", strings.ReplaceAll(b+"\r\n"+a+"x", "\r\n", "\n") + "\r\n" + b + "\r\n" + a + "y\r\n" + end, nil},
		{"U16 another first boundary", "--XX\r\n" + a + "x\r\n" + end, nil},
		{"U16 another first boundary of several", "--XX\r\n" + a + "x\r\n" + b + "\r\n" + a + "y\r\n" + end, nil},
		{"U16 another first boundary, names in lower case", "--XX\r\n" + strings.ToLower(a) + "x\r\n" + b + "\r\n" + a + "y\r\n" + end, nil},
		{"U16 nothing but text in front", "hello\r\n" + end, nil},
		{"U16 nothing but a line end in front", "\n" + end, nil},
		{"U16 a part behind the end", end + b + "\r\n" + a + "x\r\n" + end, nil},
		{"U16 a part behind the end of others", b + "\r\n" + a + "x\r\n" + end + b + "\r\n" + a + "y\r\n" + end, nil},
		{"U16 LF only", strings.ReplaceAll(b+"\r\n"+a+"x\r\n"+end, "\r\n", "\n"), nil},
		{"LF in the headers", b + "\r\nX: y\n" + a + "x\r\n" + end, nil},
		{"U15 another boundary", "--other\r\n" + a + "x\r\n--other--\r\n", nil},
		{"boundary and something behind it", b + "\r\n" + a + "x\r\n" + b + " z\r\n" + end, nil},
		{"end and something behind it", b + "\r\n" + a + "x\r\n" + b + "--z\r\n", nil},
		{"CR without LF", b + "\r\n" + a + "x\r\n" + b + "\rz\r\n" + end, nil},
		{"empty", "", nil},
		{"boundary alone", b, nil},
		{"U10 no end", b + "\r\n" + a + "x\r\n", nil},
		{"U10 half an end", b + "\r\n" + a + "x\r\n" + b + "-", nil},
		{"U10 in the headers", b + "\r\n" + a[:10], nil},
		{"U10 after the headers", b + "\r\n" + a, nil},
		{"U10 in the boundary", b + "\r\n" + a + "x\r\n" + b[:5], nil},
		{"no headers", b + "\r\n\r\nx\r\n" + end, nil},
		{"no headers and no content", b + "\r\n\r\n" + end, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newParser(t, upload.Options{})
			for _, body := range []io.Reader{
				strings.NewReader(tt.body),
				iotest.OneByteReader(strings.NewReader(tt.body)),
				iotest.DataErrReader(strings.NewReader(tt.body)),
			} {
				parts, err := readParts(p, body)
				if tt.want == nil {
					if err == nil {
						t.Fatalf("got %v, want an error", parts)
					}
					wantError(t, err, upload.ErrMalformed, 400)
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if len(tt.want)+len(parts) > 0 {
					if diff := cmp.Diff(tt.want, parts, cmp.AllowUnexported(got{})); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				}
			}
		})
	}
}

func TestBoundaryParameter(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	for _, tt := range []struct {
		name, kind, boundary string
		ok                   bool
	}{
		{"quoted", `multipart/form-data; boundary="a b'()+_,-./:=?c"`, "a b'()+_,-./:=?c", true},
		{"70 characters", "multipart/form-data; boundary=" + strings.Repeat("x", 70), strings.Repeat("x", 70), true},
		{"71 characters", "multipart/form-data; boundary=" + strings.Repeat("x", 71), strings.Repeat("x", 71), false},
		{"missing", "multipart/form-data", "", false},
		{"empty", "multipart/form-data; boundary=", "", false},
		{"empty in quotes", `multipart/form-data; boundary=""`, "", false},
		{"space at the end", `multipart/form-data; boundary="x "`, "x ", false},
		{"other character", `multipart/form-data; boundary="x<"`, "x<", false},
		{"not ASCII", `multipart/form-data; boundary="ü"`, "ü", false},
		{"two", "multipart/form-data; boundary=x; boundary=y", "x", false},
		{"extended", "multipart/form-data; boundary*=utf-8''x", "x", false},
		{"in pieces", "multipart/form-data; boundary*0=x; boundary*1=y", "xy", false},
		{"an empty parameter", "multipart/form-data;; boundary=x;", "x", true},
		{"not quoted", "multipart/form-data; boundary=a/b=c:d?(e,f)", "a/b=c:d?(e,f)", true},
		{"not quoted, and more", "Multipart/Form-Data; Boundary=a/b ; charset=utf-8", "a/b", true},
		{"not quoted, after letters that are longer in lower case", "multipart/form-data; x=" + strings.Repeat("Ⱥ", 20) + "; boundary=a", "a", false},
		{"not quoted, after letters that are shorter in lower case", "multipart/form-data; x=" + strings.Repeat("\u212a", 20) + "; boundary=a", "a", false},
		{"not quoted, a space in it", "multipart/form-data; boundary=a/b c", "a/b c", false},
		{"not quoted, a quote in it", `multipart/form-data; boundary=a/b"c"`, `a/b"c"`, false},
		{"not quoted, twice", "multipart/form-data; boundary=a/b; boundary=c/d", "a/b", false},
		{"not quoted, 71 characters", "multipart/form-data; boundary=" + strings.Repeat("/", 71), strings.Repeat("/", 71), false},
		{"does not match", "multipart/form-data; boundary=y", "x", false},
	} {
		t.Run("U15 "+tt.name, func(t *testing.T) {
			r := request("--" + tt.boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--" + tt.boundary + "--\r\n")
			r.Header.Set("Content-Type", tt.kind)
			if !tt.ok {
				refused(t, p, r, upload.ErrMalformed, 400)
				return
			}
			if v, _ := parse(t, p, r).Value("a"); v != "x" {
				t.Errorf("got %q", v)
			}
		})
	}
	t.Run("two headers", func(t *testing.T) {
		r := request(form(field("a", "b")))
		r.Header.Add("Content-Type", formType)
		refused(t, p, r, upload.ErrMalformed, 400)
	})
}

func TestDispositions(t *testing.T) {
	long := strings.Repeat("n", 64<<10)
	const cd = "Content-Disposition: form-data; "
	for _, tt := range []struct {
		name, header string
		want         *got // nil if the part must be refused
	}{
		{"field", cd + `name="a b"`, &got{field: "a b"}},
		{"token", cd + "name=a", &got{field: "a"}},
		{"case and spaces", `CONTENT-disposition:FORM-data ; NAME = "a"; FileName="F.txt" ;`, &got{field: "a", name: "F.txt", file: true}},
		{"folded", "Content-Disposition: form-data;\r\n\tname=\"a\";\r\n filename=\"f\"", &got{field: "a", name: "f", file: true}},
		{"brackets", cd + `name="a[b][]"`, &got{field: "a[b][]"}},
		{"escaped quote", cd + `name="a\"b"; filename="c\\d\"e"`, &got{field: `a"b`, name: "d_e", file: true}},
		{"percent stays", cd + `name="a%22b"; filename="c%22%0d%0a.txt"`, &got{field: "a%22b", name: "c%22%0d%0a.txt", file: true}},
		{"not ASCII", cd + `name="ü"; filename="ünï ☃.png"`, &got{field: "ü", name: "ünï ☃.png", file: true}},
		{"U4 path", cd + `name=f; filename="../../etc/passwd"`, &got{field: "f", name: "passwd", file: true}},
		{"U4 path of Windows", cd + `name=f; filename="..\..\x"`, &got{field: "f", name: "x", file: true}},
		{"U4 64 kB", cd + `name=f; filename="` + long + `.png"`, &got{field: "f", name: long[:251] + ".png", file: true}},
		{"U4 NUL", cd + "name=f; filename=\"a\x00b\"", &got{field: "f", name: "ab", file: true}},
		{"U4 nothing left", cd + `name=f; filename=".."`, &got{field: "f", file: true}},
		{"U5 filename* beside filename", cd + `name=f; filename="safe.txt"; filename*=utf-8''..%2Fevil.sh`, &got{field: "f", name: "safe.txt", file: true}},
		{"U5 filename* before filename", cd + `name=f; filename*=utf-8''..%2Fevil.sh; filename="safe.txt"`, &got{field: "f", name: "safe.txt", file: true}},
		{"U5 filename* alone", cd + `name=f; filename*=utf-8''..%2Fevil.sh`, &got{field: "f", name: "evil.sh", file: true}},
		{"U5 filename* alone, in a charset", cd + `name=f; FILENAME*=ISO-8859-1'en'%FC.txt`, &got{field: "f", name: "ü.txt", file: true}},
		{"U5 filename* alone, in an unknown one", cd + `name=f; filename*=shift_jis''%83e.txt`, &got{field: "f", file: true}},
		{"U5 filename* alone, without a charset", cd + `name=f; filename*="a.txt"`, &got{field: "f", file: true}},
		{"U5 filename* alone, broken", cd + `name=f; filename*=utf-8''%zz`, &got{field: "f", file: true}},
		{"U5 filename* alone, not UTF-8", cd + `name=f; filename*=utf-8''a%ff.txt`, &got{field: "f", name: "a\uFFFD.txt", file: true}},
		{"U5 filename* alone, with a line end", cd + `name=f; filename*=utf-8''a%0d%0ab%00.txt`, &got{field: "f", name: "ab.txt", file: true}},
		{"U5 filename* beside an encoded word", cd + `name=f; filename="=?utf-8?B?w7wudHh0?="; filename*=utf-8''%C3%BC.txt`, &got{field: "f", name: "ü.txt", file: true}},
		{"U5 filename* before an encoded word", cd + `name=f; filename*=utf-8''..%2F%C3%BC.txt; filename="=?utf-8?B?w7wudHh0?="`, &got{field: "f", name: "ü.txt", file: true}},
		{"U5 broken filename* beside an encoded word", cd + `name=f; filename="=?utf-8?B?w7wudHh0?="; filename*=utf-8`, &got{field: "f", name: "=_utf-8_B_w7wudHh0_=", file: true}},
		{"U5 encoded word alone", cd + `name=f; filename="=?utf-8?B?w7wudHh0?="`, &got{field: "f", name: "=_utf-8_B_w7wudHh0_=", file: true}},
		{"U5 two filename*", cd + `name=f; filename*=utf-8''a; filename*=utf-8''b`, nil},
		{"U7 name* beside name", cd + `name=a; name*=utf-8''b`, &got{field: "a"}},
		{"U5 filename in pieces", cd + `name=f; filename*0="evil"; filename*1=".sh"`, &got{field: "f"}},
		{"U7 full path of old browsers", cd + `name=f; filename="C:\temp\photo.png"`, &got{field: "f", name: "photo.png", file: true}},
		{"U7 no name", "Content-Disposition: form-data", nil},
		{"U7 no name but a file", cd + `filename="f"`, nil},
		{"U7 empty name", cd + `name=""; filename="f"`, nil},
		{"U7 empty token", cd + `name=`, nil},
		{"U7 name* alone", cd + `name*=utf-8''a`, nil},
		{"U7 unescaped quote", cd + `name=f; filename="a"b.txt"`, nil},
		{"U7 quote in a token", cd + `name=a"b"`, nil},
		{"U7 open quote", cd + `name="f`, nil},
		{"U7 open quote after an escape", cd + `name="f\"`, nil},
		{"two names", cd + `name=a; name=b`, nil},
		{"two file names", cd + `name=a; filename=b; filename=c`, nil},
		{"a parameter that is none", cd + `name=a; b`, nil},
		{"empty parameter", cd + `; name=a`, nil},
		{"NUL in the name", cd + "name=\"a\x00\"", nil},
		{"not UTF-8", cd + "name=\"a\xff\"", nil},
		{"attachment", "Content-Disposition: attachment; name=a", nil},
		{"none", "Content-Type: text/plain", nil},
		{"two", cd + "name=a\r\n" + cd + "name=b", nil},
		{"two types", cd + "name=a\r\nContent-Type: a/b\r\nContent-Type: c/d", nil},
		{"no colon", cd + "name=a\r\nfoo", nil},
		{"space before the colon", "Content-Disposition : form-data; name=a", nil},
		{"folded first line", " " + cd + "name=a", nil},
		{"U4 line end in the file name", cd + "name=f; filename=\"a\r\nb\"", nil},
		{"lone CR", cd + "name=f; filename=\"a\rb\"", nil},
		{"lone LF", cd + "name=f; filename=\"a\nb\"", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newParser(t, upload.Options{})
			parts, err := readParts(p, strings.NewReader(form(part{header: tt.header})))
			if tt.want == nil {
				if err == nil {
					t.Fatalf("got %v, want an error", parts)
				}
				wantError(t, err, upload.ErrMalformed, 400)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]got{*tt.want}, parts, cmp.AllowUnexported(got{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmptyFiles(t *testing.T) {
	left := part{header: `Content-Disposition: form-data; name="f"; filename=""` + "\r\nContent-Type: application/octet-stream"}
	unnamed := left
	unnamed.value = "content"
	t.Run("U14 an input left empty is no file", func(t *testing.T) {
		for _, refuse := range []bool{false, true} {
			p, _ := newParser(t, upload.Options{RefuseEmptyFiles: refuse})
			if f := parse(t, p, request(form(left, field("a", "b")))); len(f.Files) != 0 || len(f.Fields) != 1 {
				t.Errorf("got %d files and %d fields", len(f.Files), len(f.Fields))
			}
		}
	})
	t.Run("content without a name is a file", func(t *testing.T) {
		p, _ := newParser(t, upload.Options{RefuseEmptyFiles: true})
		if f := parse(t, p, request(form(unnamed))); len(f.Files) != 1 || content(t, f.Files[0]) != "content" || f.Files[0].Name != "" {
			t.Errorf("got %d files", len(f.Files))
		}
	})
	t.Run("U14 zero bytes", func(t *testing.T) {
		p, _ := newParser(t, upload.Options{})
		if f := parse(t, p, request(form(file("f", "f", "")))); len(f.Files) != 1 || f.Files[0].Size != 0 {
			t.Errorf("got %d files", len(f.Files))
		}
		p, _ = newParser(t, upload.Options{RefuseEmptyFiles: true})
		refused(t, p, request(form(file("f", "f", ""))), upload.ErrEmptyFile, 400)
	})
}

func TestDeclaredAndDetected(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	f := parse(t, p, request(form(
		part{name: "f", filename: "x.png", kind: "image/png", value: "<html><script>"},
		part{name: "f", filename: "x.png", kind: "image/png\x01", value: strings.Repeat(" ", 511) + "x"},
		part{name: "f", filename: "x.png", kind: strings.Repeat("x", 256), value: strings.Repeat("x", 600)},
	)))
	for i, want := range []struct{ declared, detected string }{
		{"image/png", "text/html; charset=utf-8"},
		{"", "text/plain; charset=utf-8"},
		{"", "text/plain; charset=utf-8"},
	} {
		if got := f.Files[i]; got.Type != want.declared || got.DetectedType != want.detected || strings.Contains(got.Path, ".png") {
			t.Errorf("U8 file %d: got %q, %q, %s", i, got.Type, got.DetectedType, got.Path)
		}
	}
}

// cutReader returns a body in pieces of random sizes.
type cutReader struct {
	body   string
	random *rand.Rand
	most   int
}

func (c *cutReader) Read(b []byte) (int, error) {
	if c.body == "" {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), 1+c.random.IntN(c.most))], c.body)
	c.body = c.body[n:]
	return n, nil
}

// randomValue returns content full of the components of delimiters.
func randomValue(random *rand.Rand) string {
	n := random.IntN(200)
	if random.IntN(8) == 0 {
		n = random.IntN(1 << 20)
	}
	pieces := []string{"\r\n", "\r", "\n", "--", boundary, "\r\n--" + boundary[:len(boundary)-1], "x", "-", "\x00\xff", boundary + "--", strings.Repeat("y", 1+random.IntN(2000))}
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(pieces[random.IntN(len(pieces))])
	}
	return strings.ReplaceAll(b.String(), "\r\n--"+boundary, "\r\n-+"+boundary)
}

// Valid bodies give the same parts, however they are read in pieces.
func TestRandomBodies(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	for seed := range uint64(rounds.Of(t, 40)) {
		random := rand.New(rand.NewPCG(seed, 1))
		var parts []part
		want := []got{}
		for i := range random.IntN(6) {
			value := randomValue(random)
			// A boundary directly after the headers would count.
			for strings.HasPrefix(value, "--"+boundary) {
				value = strings.TrimPrefix(value, "--"+boundary)
			}
			pt, g := field(fmt.Sprint("field", i), value), got{field: fmt.Sprint("field", i), value: value}
			if random.IntN(2) == 0 {
				pt.filename, g.name, g.file = "name.bin", "name.bin", true
			}
			parts, want = append(parts, pt), append(want, g)
		}
		body := form(parts...)
		for _, most := range []int{1 << 20, 5000, 1 + random.IntN(100)} {
			if most < 100 && len(body) > 1<<20 {
				continue
			}
			parts, err := readParts(p, &cutReader{body, random, most})
			if err != nil {
				t.Fatalf("seed %d, pieces of up to %d: %v", seed, most, err)
			}
			if len(parts) == 0 {
				parts = []got{}
			}
			if diff := cmp.Diff(want, parts, cmp.AllowUnexported(got{})); diff != "" {
				t.Fatalf("seed %d, pieces of up to %d (-want +got):\n%.2000s", seed, most, diff)
			}
		}
	}
}

// A truncated body is never taken for a complete one.
func TestTruncatedBodies(t *testing.T) {
	p, dir := newParser(t, upload.Options{})
	body := form(field("a", "1"), file("f", "f", "a\r\n--X-BOUNDARY-\r\nb"), field("b", ""))
	for n := range len(body) - len("\r\n") {
		for _, r := range []io.Reader{
			strings.NewReader(body[:n]),
			io.MultiReader(strings.NewReader(body[:n]), iotest.ErrReader(io.ErrUnexpectedEOF)),
		} {
			request := request("")
			request.Body = io.NopCloser(r)
			refused(t, p, request, upload.ErrMalformed, 400)
		}
	}
	wantEmpty(t, dir)
	request := request("")
	request.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if _, err := p.Parse(httptest.NewRecorder(), request); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a connection that breaks after the last boundary: got %v", err)
	}
}
