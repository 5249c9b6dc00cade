package upload_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/upload"
)

// inOrder lists the fields and files of a form in the order of All.
func inOrder(f *upload.Form) (names []string) {
	for field, file := range f.All() {
		if field != nil {
			names = append(names, "field "+field.Name+"="+field.Value)
		} else {
			names = append(names, "file "+file.Field+"="+file.Name)
		}
	}
	return names
}

var mixed = []part{
	field("a", "1"), file("photo", "one", "x"), field("b", "2"),
	{name: "order", kind: "application/json; charset=utf-8", value: `{"n":1}`},
	{header: `Content-Disposition: form-data; name="left"; filename=""`}, // an empty file input
	file("photo", "two", "y"), file("doc", "three", "z"), field("a", "3"),
}

func TestFormKeepsTheOrderOfFieldsAndFiles(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	f := parse(t, p, request(form(mixed...)))
	want := []string{"field a=1", "file photo=one", "field b=2", `field order={"n":1}`, "file photo=two", "file doc=three", "field a=3"}
	if diff := cmp.Diff(want, inOrder(f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range f.All() {
		break // breaking early is allowed
	}
	own := &upload.Form{Fields: []upload.Field{{Name: "a", Value: "1"}}, Files: []*upload.File{{Field: "f", Name: "n"}}}
	if diff := cmp.Diff([]string{"field a=1", "file f=n"}, inOrder(own)); diff != "" {
		t.Errorf("a form that no parser made (-want +got):\n%s", diff)
	}
}

func TestFieldsHaveTheirDeclaredType(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	f := parse(t, p, request(form(
		part{name: "json", kind: "application/json", value: "{}"}, field("plain", "x"), part{name: "odd", kind: "a/b\x01", value: "x"},
	)))
	want := []upload.Field{{Name: "json", Value: "{}", Type: "application/json"}, {Name: "plain", Value: "x"}, {Name: "odd", Value: "x"}}
	if diff := cmp.Diff(want, f.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Files that ParseOnly does not keep are listed and logged.
func TestSkippedFilesAreListedAndLogged(t *testing.T) {
	log := &strings.Builder{}
	p, dir := newParser(t, upload.Options{Logger: debugLogger(log)})
	keepDoc := func(field string) bool { return field == "doc" }
	f, err := p.ParseOnly(httptest.NewRecorder(), request(form(append(mixed, part{name: "photo", filename: "<3>", kind: "image/png"})...)), keepDoc)
	if err != nil {
		t.Fatal(err)
	}
	defer closeForm(t, f)
	want := []upload.Skipped{
		{Field: "photo", Name: "one", Type: "application/octet-stream"},
		{Field: "photo", Name: "two", Type: "application/octet-stream"},
		{Field: "photo", Name: "_3_", Type: "image/png"}, // even without content
	}
	if diff := cmp.Diff(want, f.Skipped); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(f.Files) != 1 || len(list(t, dir)) != 1 {
		t.Errorf("got %d files, %d in the folder", len(f.Files), len(list(t, dir)))
	}
	if got := log.String(); strings.Count(got, "level=DEBUG") != 3 || !strings.Contains(got, "field=photo name=two type=application/octet-stream") {
		t.Errorf("got the log\n%s", got)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader("bytes"))
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("X-File-Name", "b.bin")
	whole, err := p.ParseOnly(httptest.NewRecorder(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeForm(t, whole)
	if diff := cmp.Diff([]upload.Skipped{{Field: "file", Name: "b.bin", Type: "application/octet-stream"}}, whole.Skipped); diff != "" {
		t.Errorf("a whole body (-want +got):\n%s", diff)
	}
}

func debugLogger(w *strings.Builder) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func TestFormOnly(t *testing.T) {
	p, dir := newParser(t, upload.Options{})
	f := parse(t, p, request(form(mixed...)))
	only := f.Only(func(field string) bool { return field == "photo" })
	want := []string{"field a=1", "file photo=one", "field b=2", `field order={"n":1}`, "file photo=two", "field a=3"}
	if diff := cmp.Diff(want, inOrder(only)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]upload.Skipped{{Field: "doc", Name: "three", Type: "application/octet-stream"}}, only.Skipped); diff != "" || len(f.Skipped) != 0 {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if none := f.Only(nil); len(none.Files) != 0 || len(none.Skipped) != 3 || len(none.Fields) != 4 {
		t.Errorf("none: got %d files, %d skipped and %d fields", len(none.Files), len(none.Skipped), len(none.Fields))
	}
	closeForm(t, only)
	if n := len(list(t, dir)); n != 3 {
		t.Errorf("closing it leaves %d files, want all 3", n)
	}
	closeForm(t, f)
	wantEmpty(t, dir)
}
