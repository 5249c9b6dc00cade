// Package browser holds the tests that need a real browser: the pages of
// cmd/sidekick, the documentation page, the client library and files, in a
// headless Chromium. Downloads are tried with curl and wget as well. Tests
// whose program is not installed are skipped; where the environment variable
// TEST_INTEROP is "required", they fail.
//
//	go test ./browser                        # in the folder interop
//	go test ./browser -screenshots /tmp/s    # keeps the pictures
package browser
