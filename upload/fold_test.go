package upload_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
)

// Lines of a part header that are folded many times cost no more than their length.
func TestFoldedLinesAreCounted(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	body := "--b\r\nContent-Disposition: form-data; name=\"x\"" + strings.Repeat("\r\n a", 20_000) + "\r\n\r\nv\r\n--b--\r\n"
	allocated := testing.AllocsPerRun(3, func() {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		if _, err := p.Parse(httptest.NewRecorder(), r); !errors.Is(err, upload.ErrPartHeaderTooLarge) {
			t.Fatalf("got %v", err)
		}
	})
	if allocated > 1000 { // each line was copied whole for each fold
		t.Errorf("%v allocations", allocated)
	}
}

// A file that did not arrive as a body has the limits of one.
func TestAdoptHasLimits(t *testing.T) {
	p, _ := newParser(t, upload.Options{MaxFileBytes: 10, MaxTotalFileBytes: 4, RefuseEmptyFiles: true})
	for content, want := range map[string]error{"": upload.ErrEmptyFile, "0123": nil, "01234": upload.ErrFilesTooLarge, "0123456789a": upload.ErrFileTooLarge} {
		form, err := p.Adopt(t.Context(), "file", "a.txt", "text/plain", strings.NewReader(content))
		if !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", content, err, want)
		}
		if err == nil {
			closeForm(t, form)
		}
	}
}
