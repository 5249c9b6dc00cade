package clientaddr

import "github.com/sidekick-http/sidekick/internal/cfgerr"

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error
