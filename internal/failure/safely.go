package failure

import "errors"

// find is errors.As. In most cases err itself is the error to find, which takes no allocation.
func find[T any](err error) (found T, ok bool) {
	if found, ok = err.(T); ok {
		return found, true
	}
	ok = as(err, &found)
	return found, ok
}

// as is errors.As for errors whose methods may panic.
func as(err error, target any) bool {
	return safely(func() bool { return errors.As(err, target) })
}

// safely calls f and returns the zero value if it panics.
func safely[T any](f func() T) (v T) {
	defer func() {
		if recover() != nil {
			var zero T
			v = zero
		}
	}()
	return f()
}
