//go:build !unix

package static

// nonblock is 0 on systems where opening a file does not block.
const nonblock = 0
