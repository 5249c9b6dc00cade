// Package sidebyside runs tests that wait for timers, clients and programs side by
// side.
package sidebyside

import (
	"flag"
	"strconv"
	"testing"
)

// Run is m.Run for [TestMain], with up to n parallel tests at once, unless the
// command line has -parallel. By default there are as many as processors, but tests
// that mostly wait need none of their own.
//
// [TestMain]: https://pkg.go.dev/testing#hdr-Main
func Run(m *testing.M, n int) int {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", strconv.Itoa(n)); err != nil {
			panic(err)
		}
	}
	return m.Run()
}
