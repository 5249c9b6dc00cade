package program

import (
	"io"
	"regexp"
	"slices"
)

// makeLogger makes the logger that flags, environment and file ask for. The default
// is JSON in production and text in development.
func (s *setup) makeLogger() error {
	if s.logFormat != "" {
		s.cfg.Log.Format, s.origins["log.format"] = s.logFormat, "flag -log-format"
	}
	if s.logLevel != "" {
		s.cfg.Log.Level, s.origins["log.level"] = s.logLevel, "flag -log-level"
	}
	if s.cfg.Log.Format == "" {
		s.cfg.Log.Format = "text"
		if s.mode == "production" {
			s.cfg.Log.Format = "json"
		}
	}
	o := s.cfg.Log
	to := s.logTo
	if to == nil {
		to = io.Discard
	}
	logger, err := o.Logger(to)
	if err != nil {
		return err
	}
	if s.quiet {
		o.Level = "warn"
		logger, err = o.Logger(to)
	}
	s.logger = logger
	return err
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
