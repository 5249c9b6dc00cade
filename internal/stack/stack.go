// Package stack saves a new goroutine the small steps by which its stack grows.
package stack

// Size is what Grow makes room for, in bytes. The chain of the assembled server
// needs between 8 and 12 KiB.
const Size = 8 << 10

// Grow makes the stack of this goroutine large enough for [Size] more bytes, if it
// is not. HTTP/2 serves each request in a goroutine of its own, whose stack begins
// with 2 KiB and doubles when it is full: each time the runtime copies it and
// adjusts the pointers in every frame, which in a deep chain costs a fifth of the
// whole request. Grown at once, before there are many frames, it costs a fraction.
func Grow() { grow(false) }

// grow has a frame of Size bytes, for which the runtime makes room as it is called.
// The bytes are not touched.
//
//go:noinline
func grow(never bool) {
	if never {
		var room [Size]byte
		use(&room)
	}
}

//go:noinline
func use(room *[Size]byte) { room[0] = 1 }
