package sidekick_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets many tests run side by side. Those that are parallel mostly wait,
// for timers and for clients, so that they need no processor of their own.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", "16")
	}
	os.Exit(m.Run())
}
