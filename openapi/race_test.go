//go:build race

package openapi_test

// slowdown is the cost of the race detector.
const slowdown = 10
