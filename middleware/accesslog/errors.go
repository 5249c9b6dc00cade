package accesslog

import "github.com/sidekick-http/sidekick/internal/cfgerr"

// ConfigError is one problem of the [Options]. [New] returns every problem at
// once, joined; errors.As finds the first.
type ConfigError = cfgerr.Error
