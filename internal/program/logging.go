package program

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/logctx"
)

// The environment variables of the log. They belong to this program, not to the
// server's options.
const (
	logFormatVariable = "SIDEKICK_LOG_FORMAT"
	logLevelVariable  = "SIDEKICK_LOG_LEVEL"
)

// logOptions say how the log is written.
type logOptions struct {
	format string // "json" or "text"; "" chooses by the mode
	level  string
	quiet  bool // log warnings and errors only, whatever the level
}

// environ returns the variables that configure the server.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name == logFormatVariable || name == logLevelVariable
	})
}

// logger returns the logger that flags and environment ask for. The default is
// level info, as JSON in production and as text in development.
func (o logOptions) logger(w io.Writer, production bool) (*slog.Logger, error) {
	format, from := o.format, "flag -log-format"
	if format == "" {
		format, from = os.Getenv(logFormatVariable), "environment "+logFormatVariable
	}
	level, levelFrom := o.level, "flag -log-level"
	if level == "" {
		level, levelFrom = os.Getenv(logLevelVariable), "environment "+logLevelVariable
	}
	options := &slog.HandlerOptions{ReplaceAttr: seconds}
	if level != "" {
		var l slog.Level
		if err := l.UnmarshalText([]byte(level)); err != nil {
			return nil, fmt.Errorf("%s: sidekick: invalid value %q: want debug, info, warn or error", levelFrom, level)
		}
		options.Level = l
	}
	if o.quiet {
		options.Level = slog.LevelWarn
	}
	var handler slog.Handler
	switch {
	case format == "json", format == "" && production:
		handler = slog.NewJSONHandler(w, options)
	case format == "text", format == "":
		options.ReplaceAttr = nil
		handler = slog.NewTextHandler(w, options)
	default:
		return nil, fmt.Errorf("%s: sidekick: invalid value %q: want json or text", from, format)
	}
	return slog.New(logctx.New(handler)), nil
}

// seconds writes durations as numbers of seconds; slog would write nanoseconds as
// JSON.
func seconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.Float64Value(a.Value.Duration().Seconds())
	}
	return a
}

// place matches what an origin adds to the file or the variable: the position in
// the file, and the other name that was used.
var place = regexp.MustCompile(`(:\d+:\d+)?( \(\S+\))?$`)

// logSources logs where the configuration came from.
func (s *setup) logSources() {
	var sources []string
	for _, origin := range s.origins {
		origin = place.ReplaceAllString(origin, "")
		if origin != "default" && !slices.Contains(sources, origin) {
			sources = append(sources, origin)
		}
	}
	slices.Sort(sources)
	s.logger.Info("configured", "mode", s.mode, "modeFrom", s.modeFrom, "sources", sources)
}
