package jsonp

import (
	"slices"
	"testing"
)

func TestBrowserGlobalsAreSorted(t *testing.T) {
	if !slices.IsSorted(browserGlobals[:]) {
		t.Error("they are not: some are not found")
	}
	if slices.Contains(browserGlobals[:], "") {
		t.Error("an index is none")
	}
	for _, name := range browserGlobals {
		if names, ok := namesOf(name); !ok || len(names) != 1 {
			t.Errorf("%q is no name", name)
		}
	}
}
