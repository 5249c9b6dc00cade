package failure

import (
	"fmt"
	"net/http"
	"runtime/debug"
)

// Panic is a recovered panic as an error. The packages that recover from panics export it as
// PanicError. It is a 500: its value, and what that wraps, is only for the log.
type Panic struct {
	Value any    // the argument of panic
	Stack []byte // the stack of the panic, for logs
}

// Recovered makes an error of the result of recover. Call it in the deferred function, while the
// stack still exists.
func Recovered(value any) *Panic { return &Panic{value, debug.Stack()} }

// Error returns "panic: " and the value.
func (p *Panic) Error() string {
	if err, ok := p.Value.(error); ok {
		return "panic: " + ErrorText(err)
	}
	return fmt.Sprint("panic: ", p.Value)
}

// StatusCode returns 500.
func (p *Panic) StatusCode() int { return http.StatusInternalServerError }

// ForLogs returns the value, if it is an error.
func (p *Panic) ForLogs() error {
	err, _ := p.Value.(error)
	return err
}

// PanicStack returns the stack.
func (p *Panic) PanicStack() []byte { return p.Stack }

// stackOf returns the stack of an error that is or wraps a panic.
func stackOf(err error) []byte {
	if panicked, ok := find[interface{ PanicStack() []byte }](err); ok {
		return panicked.PanicStack()
	}
	return nil
}
