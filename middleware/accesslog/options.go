package accesslog

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configures a [Log]. The zero value logs nothing.
type Options struct {
	_ struct{}

	// Logger gets one record for each request. nil discards it.
	Logger *slog.Logger

	// Level returns the level of a record for the response's status; a client that
	// left counts as 499, a response that was cut off as 500. The default is error
	// from 500 on and info below, including 499. Below 500 an action's own LogLevel
	// takes precedence. Level must be safe for concurrent use.
	Level func(status int) slog.Level

	// Attrs returns further attributes of a record that come from the request itself,
	// such as its user agent; for what is found out later see [Add]. It is called
	// when the response is sent. Values from the client are logged as the Logger's
	// handler writes them: slog's own handlers escape line breaks. nil adds none. It
	// must be safe for concurrent use.
	Attrs func(*http.Request) []slog.Attr

	// Skip is called before each request; if it returns true, the request is not
	// logged in either form. nil skips none. It must be safe for concurrent use.
	Skip func(*http.Request) bool

	// Combined gets one line for each request in Apache's combined form. nil writes
	// none. Lines are written one at a time, each with one call of Write.
	Combined io.Writer

	// LogQuery adds the query to the target and to Referer in Combined and Logger. By
	// default they show only the path, because queries contain what parameters
	// contain: names, tokens, passwords.
	LogQuery bool

	// MaskQuery names parameters whose values LogQuery shows as "[FILTERED]", in
	// upper or lower case. A name also matches what is nested in it and what it is
	// nested in: "token" also matches user[token], token[0] and user.token. A member
	// is named with dots: "user.token". What follows a masked name and "=" in another
	// value is masked as well, as in to=/login?token=x, and so is what follows the
	// 17th "=" between two "&". A parameter whose name cannot be unescaped is masked.
	// nil masks none. The assembled server adds the FilteredParams of its actions.
	MaskQuery []string
}

// WithDefaults returns the options as [New] uses them. No default differs from the
// zero value, except that of Level, which stays nil.
func (o Options) WithDefaults() Options { return o }

// check finds all problems of the options.
func (o Options) check() error {
	problems := cfgerr.For("accesslog")
	for i, name := range o.MaskQuery {
		if name == "" {
			problems.Add(fmt.Sprintf("MaskQuery[%d]", i), name, "want the name of a parameter such as token")
		}
	}
	return problems.Err()
}
