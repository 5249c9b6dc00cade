package recovery

import (
	"fmt"
	"net/http"
)

// PanicError is a recovered panic. It is a 500: whatever status its Value may
// carry is not looked for.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // the stack at that point, for logs
}

// Error returns "panic: " and the value.
func (e *PanicError) Error() string { return fmt.Sprint("panic: ", e.Value) }

// StatusCode returns 500.
func (e *PanicError) StatusCode() int { return http.StatusInternalServerError }
