//go:build !unix

package static

// nonblock is nothing where opening a file does not wait.
const nonblock = 0
