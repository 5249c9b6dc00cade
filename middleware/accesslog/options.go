package accesslog

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Options configures a [Log]. The zero value logs nothing.
type Options struct {
	_ struct{}

	// Logger gets one record a request. nil discards.
	Logger *slog.Logger

	// Level tells the level of a record by the status of the answer: 499 for a
	// client that left, 500 for an answer that broke off. nil means error from 500
	// on and info for everything below, 499 included. An action's own LogLevel
	// takes the place of either below 500. Level must be safe for concurrent use.
	Level func(status int) slog.Level

	// Attrs returns further attributes of a record, for what the request itself
	// tells, such as its user agent; see [Add] for what is found out on the way. It
	// is called when the answer is sent. Values that come from the client are
	// logged as the Logger's handler writes them: slog's own escape line breaks.
	// nil adds none. It must be safe for concurrent use.
	Attrs func(*http.Request) []slog.Attr

	// Skip is asked before each request; after a true answer the request is not
	// logged in either form. nil skips none. It must be safe for concurrent use.
	Skip func(*http.Request) bool

	// Combined gets one line a request in Apache's combined form. nil writes none.
	// Lines are written one at a time, each by one call of Write.
	Combined io.Writer

	// LogQuery adds the query to what Combined and Logger show of the target and
	// of Referer. By default they show the path alone, because queries carry what
	// params carry: names, tokens, passwords.
	LogQuery bool

	// MaskQuery are names of params whose values LogQuery shows as "[FILTERED]",
	// in upper or lower case. A name also stands for what is nested in it and for
	// where it is nested: "token" is also user[token], token[0] and user.token. A
	// param whose name cannot be unescaped is masked. nil masks none.
	MaskQuery []string
}

func (o Options) check() error {
	problems := cfgerr.For("accesslog")
	for i, name := range o.MaskQuery {
		if name == "" {
			problems.Add(fmt.Sprintf("MaskQuery[%d]", i), name, "want the name of a param such as token")
		}
	}
	return problems.Err()
}
