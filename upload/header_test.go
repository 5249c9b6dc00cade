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
