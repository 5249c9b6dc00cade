package middleware

import "github.com/sidekick-http/sidekick/internal/cfgerr"

// ConfigError is one problem of the options given to a constructor. A
// constructor reports all of them, joined; errors.As finds the first.
type ConfigError = cfgerr.Error
