//go:build !unix

package openapi_test

import "time"

var started = time.Now()

func cpu() time.Duration { return time.Since(started) }
