package main

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

// The variables of the log. They are the program's, and no options of a server.
const (
	logFormatVariable = "SIDEKICK_LOG_FORMAT"
	logLevelVariable  = "SIDEKICK_LOG_LEVEL"
)

// logOptions say how the log is written.
type logOptions struct {
	format string // "json" or "text"; "" is what fits the mode
	level  string
}

// environ returns the variables that are for the configuration of the server.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name == logFormatVariable || name == logLevelVariable
	})
}

// logger returns the logger that flags and the environment ask for: JSON in
// production and text in development, from level info on, unless they say
// otherwise.
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

// seconds makes of times numbers whose unit nobody has to guess: slog writes
// nanoseconds.
func seconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.Float64Value(a.Value.Duration().Seconds())
	}
	return a
}

// place is what an origin says beside the file or the variable: where in the file,
// and by which other name.
var place = regexp.MustCompile(`(:\d+:\d+)?( \(\S+\))?$`)

// logSources logs where the configuration is from.
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
