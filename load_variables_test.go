package sidekick_test

import (
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
)

// Load knows no variables that configure tests.
func TestLoadRefusesUnknownVariablesOfTests(t *testing.T) {
	for _, name := range []string{"SIDEKICK_INTEROP", "SIDEKICK_TEST_ROUNDS"} {
		_, _, err := sidekick.Load(sidekick.LoadOptions{Environ: []string{name + "=1"}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, _, err := sidekick.Load(sidekick.LoadOptions{Environ: []string{"TEST_INTEROP=required", "TEST_ROUNDS=2"}}); err != nil {
		t.Error(err)
	}
}
