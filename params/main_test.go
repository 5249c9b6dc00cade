package params_test

import (
	"os"
	"testing"

	"github.com/sidekick-http/sidekick/internal/sidebyside"
)

// Tests that are parallel here wait: for a client, and for the half second that net/http
// keeps a connection after an early answer.
func TestMain(m *testing.M) { os.Exit(sidebyside.Run(m, 8)) }
