package sidekick

import (
	"cmp"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/logctx"
)

// LogOptions say how a [Kit] without a Logger writes its log. With the zero value
// that is up to [slog.Default].
type LogOptions struct {
	_ struct{}

	// Format is "json" or "text", for records on standard error, one a line. The
	// default is "text" if Level is set, and otherwise that of slog.Default.
	Format string
	// Level is the lowest level that is logged: "debug", "info", "warn" or "error".
	// The default is "info", or that of slog.Default if Format is not set either.
	Level string
}

// Logger returns a logger with these options that writes to w, for a program whose
// own records should look like those of the server. The defaults are "text" and
// "info". Records that are written with the context of a request have its ids: see
// package logctx. In JSON, durations are numbers of seconds. The error lists all
// problems, each a [ConfigError].
func (o LogOptions) Logger(w io.Writer) (*slog.Logger, error) {
	o.Format = cmp.Or(o.Format, defaultLogFormat)
	o = o.withDefaults()
	bad := cfgerr.For("sidekick")
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Level)); err != nil {
		bad.Add("log.level", o.Level, `want "debug", "info", "warn" or "error"`)
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler
	switch o.Format {
	case "json":
		options.ReplaceAttr = durations
		handler = slog.NewJSONHandler(w, options)
	case "text":
		handler = slog.NewTextHandler(w, options)
	default:
		bad.Add("log.format", o.Format, `want "json" or "text"`)
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return slog.New(logctx.New(handler)), nil
}

// durations writes durations as numbers of seconds; slog would write nanoseconds as
// JSON.
func durations(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.Float64Value(a.Value.Duration().Seconds())
	}
	return a
}

const defaultLogFormat = "text"

// withDefaults fills in the defaults, unless the log is left to slog.Default.
func (o LogOptions) withDefaults() LogOptions {
	if o.isSet() {
		o.Format, o.Level = cmp.Or(o.Format, defaultLogFormat), cmp.Or(o.Level, "info")
	}
	return o
}

func (o LogOptions) isSet() bool { return o.Format != "" || o.Level != "" }

// makeLogger makes the logger of all pieces.
func (k *Kit) makeLogger(bad *cfgerr.List) {
	c := &k.cfg
	k.logger = withRequestIDs(failure.Logger(c.Logger))
	if !c.Log.isSet() {
		return
	}
	own, err := c.Log.Logger(os.Stderr)
	bad.Join(err)
	switch {
	case c.Logger != nil:
		k.logger.Warn("log.format and log.level have no effect: this program brings its own logger")
	case err == nil:
		k.logger = own
	}
}

// logsRequests reports whether the log of the server includes requests.
func (c *Config) logsRequests() bool { return c.Logger != nil || c.loaded || c.Log.isSet() }

// maskedParams returns the parameters whose values the access log masks in queries: its own, and those
// that actions hide.
func (c *Config) maskedParams() []string {
	hidden := slices.Clone(c.Actions.FilteredParams)
	for i := range c.Actions.Actions {
		hidden = append(hidden, c.Actions.Actions[i].FilteredParams...)
	}
	hidden = slices.DeleteFunc(hidden, func(name string) bool { return name == "" })
	return slices.Concat(c.AccessLog.MaskQuery, hidden)
}

// withRequestIDs returns a logger that adds the request's ids to every record, or l
// itself if it does so already.
func withRequestIDs(l *slog.Logger) *slog.Logger {
	if _, ok := l.Handler().(*logctx.Handler); ok {
		return l
	}
	return slog.New(logctx.New(l.Handler()))
}
