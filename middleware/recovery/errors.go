package recovery

import "github.com/sidekick-http/sidekick/internal/failure"

// PanicError is a recovered panic: its Value, and the Stack at that point, for
// logs. It is a 500, whatever status its Value may have.
type PanicError = failure.Panic
