package shadow_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick/shadow"
)

// An http.Transport may still read a body when the server has answered early. A
// request is compared only if all of its body was read by then.
func TestBodyThatIsReadAfterTheResponse(t *testing.T) {
	var reading sync.WaitGroup
	early := func(_ http.ResponseWriter, r *http.Request) {
		reading.Go(func() { _, _ = io.Copy(io.Discard, r.Body) })
	}
	body := strings.Repeat("a", 100_000)
	second := func(_ http.ResponseWriter, r *http.Request) {
		if got, err := io.ReadAll(r.Body); string(got) != body || err != nil {
			t.Errorf("the second handler got %d bytes, %v", len(got), err)
		}
	}
	const requests = 50
	c := newComparer(t, shadow.Options{Methods: []string{"POST"}, Old: http.HandlerFunc(early), MaxRunning: requests})
	h := c.Handler(http.HandlerFunc(second))
	for range requests {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(body)))
	}
	reading.Wait()
	c.Close()
	counted := c.Report().Names[0]
	if n := counted.Compared + counted.Skipped["the body was not read"]; n != requests || counted.Different != 0 {
		t.Errorf("got %+v", counted)
	}
}
