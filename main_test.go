package sidekick_test

import (
	"os"
	"testing"

	"github.com/sidekick-http/sidekick/internal/sidebyside"
)

// Tests that are parallel here mostly wait. Those that measure memory, or change
// what the whole process has, are not parallel and come before them.
func TestMain(m *testing.M) { os.Exit(sidebyside.Run(m, 16)) }
