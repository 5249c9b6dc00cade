//go:build race

package openapi_test

// slowdown is what the race detector costs.
const slowdown = 10
