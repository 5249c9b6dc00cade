package legacy_test

import (
	"os"
	"testing"

	"github.com/sidekick-http/sidekick/internal/sidebyside"
)

// Tests that are parallel here wait for deadlines of real connections.
func TestMain(m *testing.M) { os.Exit(sidebyside.Run(m, 8)) }
