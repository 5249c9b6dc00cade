// Package stack spares a new goroutine the small steps in which its stack grows.
package stack

// Size is how much room Grow makes, in bytes. For the chain of the assembled server 6
// KiB were measured to be too little; for 8 KiB the runtime makes a stack of 16 KiB,
// which is enough.
const Size = 8 << 10

// Grow makes sure that the stack of this goroutine has room for [Size] more bytes.
// HTTP/2 serves each request in its own goroutine, whose stack starts with 2 KiB
// and doubles when it is full. Each time the runtime copies it and adjusts the
// pointers in every frame, which in a deep chain costs a fifth of the whole
// request. Growing it once, before there are many frames, costs a fraction of that.
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
