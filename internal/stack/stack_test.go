package stack

import (
	"testing"
	"unsafe"
)

// After Grow, calls that need less than Size do not move the stack.
func TestGrow(t *testing.T) {
	moved := func(first func()) bool {
		result := make(chan bool)
		go func() {
			var here byte
			first()
			before := uintptr(unsafe.Pointer(&here))
			deep(Size / 512)
			result <- before != uintptr(unsafe.Pointer(&here))
		}()
		return <-result
	}
	if moved(Grow) {
		t.Error("the stack was moved behind Grow")
	}
	if !moved(func() {}) {
		t.Skip("stacks begin so large here that Grow is not needed")
	}
}

// deep needs somewhat less than n times 512 bytes.
//
//go:noinline
func deep(n int) byte {
	var room [256]byte
	room[n] = 1
	if n > 1 {
		return deep(n-1) + room[n]
	}
	return room[n]
}

func BenchmarkGrow(b *testing.B) {
	for b.Loop() {
		Grow()
	}
}
