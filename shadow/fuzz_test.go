package shadow_test

import (
	"net/http/httptest"
	"testing"

	"github.com/sidekick-http/sidekick/shadow"
)

// A response never differs from itself, and differences are symmetric.
func FuzzBodies(f *testing.F) {
	f.Add("application/json", `{"a":[1,{"b":null}]}`, `{"a":[1.0,{"b":1e400}]}`)
	f.Add("text/javascript", `cb({"a":1})`, `/**/cb({});`)
	f.Add("text/plain", "\xff", "")
	f.Add("application/json", `[1e999999999, 1]`, `[[[[]]]]`)
	f.Fuzz(func(t *testing.T, mediaType, a, b string) {
		differs := func(x, y string) bool {
			c := newComparer(t, shadow.Options{Old: answers(mediaType, x), Masks: []shadow.Mask{{Path: "**.id", Kind: shadow.ID}, {Path: "*[*].t", Kind: shadow.Time}}})
			ask(c, answers(mediaType, y), httptest.NewRequest("GET", "/", nil))
			n := c.Report().Names
			return len(n) == 1 && n[0].Different > 0
		}
		if differs(a, a) || differs(b, b) {
			t.Error("an answer differs from itself")
		}
		if differs(a, b) != differs(b, a) {
			t.Error("one way round they differ, the other they do not")
		}
	})
}
