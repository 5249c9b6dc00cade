package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/sidekick-http/sidekick"
)

// setup is what every command begins with: flags, the configuration that they,
// the environment and a file make, and the server for it.
type setup struct {
	flags      *flag.FlagSet
	file       string
	address    string
	public     string
	production bool
	json       bool
	log        logOptions
	logTo      io.Writer    // where the server's log goes; nil for other commands, which say what is wrong themselves
	logger     *slog.Logger // made when the configuration is loaded

	mode, modeFrom string // development or production
	cfg            sidekick.Config
	origins        sidekick.Origins
	kit            *sidekick.Kit
}

func newSetup() *setup {
	s := &setup{flags: flag.NewFlagSet("sidekick", flag.ContinueOnError), logger: slog.New(slog.DiscardHandler)}
	s.flags.SetOutput(io.Discard) // run says what is wrong
	s.flags.StringVar(&s.file, "config", "", "a JSON `file` with options, as Actionhero names them")
	s.flags.StringVar(&s.address, "address", "", "where to listen: `host:port`, :port, the path of a unix socket, or systemd (default \":8080\")")
	s.flags.StringVar(&s.public, "public", "", "a `folder` of files that is looked at before the built-in ones")
	s.flags.BoolVar(&s.production, "production", false, "production defaults: compact answers without metadata, texts of unknown errors hidden")
	s.flags.StringVar(&s.log.format, "log-format", "", "how records are written, `json` or text (default json in production, text in development)")
	s.flags.StringVar(&s.log.level, "log-level", "", "the least `level` that is logged: debug, info, warn or error (default info)")
	return s
}

// make loads the configuration and makes the server. Its error lists all that is
// wrong.
func (s *setup) make() error {
	err := s.load()
	kit, newErr := sidekick.New(s.cfg, actions(s.docs())...)
	if err = errors.Join(err, s.withOrigin(newErr)); err == nil {
		s.kit = kit
		return nil
	}
	if kit != nil {
		err = errors.Join(err, kit.Close())
	}
	return err
}

// withOrigin puts before problems where the option they name was set.
func (s *setup) withOrigin(err error) error {
	if err == nil {
		return nil
	}
	var lines []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		rest, _ := strings.CutPrefix(line, "sidekick: ")
		for end, c := range rest + ":" {
			if origin := s.origins[rest[:end]]; strings.ContainsRune(":[", c) && origin != "" && origin != "default" {
				line = origin + ": " + line
				break
			}
		}
		lines = append(lines, line)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// load reads the configuration. With an error it has what could be read.
func (s *setup) load() error {
	o := sidekick.LoadOptions{File: s.file, Environ: environ()}
	s.mode, s.modeFrom = os.Getenv("SIDEKICK_ENV"), "environment SIDEKICK_ENV"
	switch {
	case s.production:
		s.mode, s.modeFrom = "production", "flag -production"
		o.Base = sidekick.Production()
	case s.mode == "":
		s.mode, s.modeFrom = "development", "default"
		o.Base = sidekick.Development()
	}
	var err error
	s.cfg, s.origins, err = sidekick.Load(o)
	if s.logTo != nil {
		if logger, bad := s.log.logger(s.logTo, s.mode == "production"); bad != nil {
			err = errors.Join(err, bad)
		} else {
			s.logger = logger
		}
	}
	s.cfg.Logger = s.logger
	s.cfg.PublicFS = []fs.FS{builtIn()}
	if s.public != "" {
		s.cfg.PublicFolders = []string{s.public}
		s.origins["publicFolders"] = "flag -public"
	}
	if s.address == "" {
		return err
	}
	host, port := "", s.address
	if !strings.Contains(s.address, "/") && !strings.HasPrefix(s.address, "systemd") {
		var bad error
		if host, port, bad = net.SplitHostPort(s.address); bad != nil {
			return errors.Join(err, fmt.Errorf("flag -address: sidekick: invalid value %q: want host:port, :port, the path of a unix socket, or systemd", s.address))
		}
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	s.cfg.BindIP, s.cfg.Port = host, sidekick.Port(port)
	s.origins["bindIP"], s.origins["port"] = "flag -address", "flag -address"
	return err
}

// docs returns where the page of the OpenAPI document is, "" for nowhere.
func (s *setup) docs() sidekick.URLPath {
	if !s.cfg.OpenAPI {
		return ""
	}
	return s.cfg.URLPathForDocs
}
