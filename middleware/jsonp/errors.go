package jsonp

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// CallbackError says why a callback was refused. Its messages contain no part of
// the callback.
type CallbackError struct {
	reason string
}

// Error returns the reason, for logs.
func (e *CallbackError) Error() string { return "jsonp: " + e.reason }

// ClientMessage returns the reason, for the client.
func (e *CallbackError) ClientMessage() string { return e.reason }

// ErrorCode returns callback_invalid.
func (e *CallbackError) ErrorCode() string { return errcode.CallbackInvalid }

// StatusCode returns 400.
func (e *CallbackError) StatusCode() int { return http.StatusBadRequest }
