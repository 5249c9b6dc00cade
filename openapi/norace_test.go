//go:build !race

package openapi_test

const slowdown = 1
