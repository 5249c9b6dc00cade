package upload_test

import (
	"flag"
	"os"
	"testing"
)

// Tests that are parallel here wait: for a client, and for the half second that net/http
// keeps a connection after an early answer. More of them than processors can do so.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", "8"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
