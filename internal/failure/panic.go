package failure

import (
	"fmt"
	"net/http"
	"runtime/debug"
)

// Panic is a recovered panic as an error. The packages that recover from panics
// export it as their PanicError. It is a 500: what its value is or wraps is for
// the log alone.
type Panic struct {
	Value any    // what was given to panic
	Stack []byte // the stack at that point, for logs
}

// Recovered makes an error of what recover has returned; it must be called while
// the stack is still there.
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

// stackOf returns the stack of an error that is a panic or wraps one.
func stackOf(err error) []byte {
	if panicked, ok := find[interface{ PanicStack() []byte }](err); ok {
		return panicked.PanicStack()
	}
	return nil
}
