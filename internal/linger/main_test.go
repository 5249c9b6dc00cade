package linger_test

import (
	"os"
	"testing"

	"github.com/sidekick-http/sidekick/internal/sidebyside"
)

// Each test waits for the half second that net/http waits before it closes a
// connection: all of them at once.
func TestMain(m *testing.M) { os.Exit(sidebyside.Run(m, 16)) }
