package program

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/sidekick-http/sidekick"
	shipped "github.com/sidekick-http/sidekick/internal/actions"
	"github.com/sidekick-http/sidekick/static"
)

// setup is what every command starts with: the flags, the configuration from flags,
// environment and file, and the server made from it.
type setup struct {
	flags      *flag.FlagSet
	file       string
	address    string
	public     string
	redis      string
	production bool
	json       bool
	logFormat  string
	logLevel   string
	quiet      bool         // log warnings and errors only, whatever the level
	logTo      io.Writer    // the server's log; nil for other commands, which report errors themselves
	logger     *slog.Logger // made when the configuration is loaded

	mode, modeFrom string // development or production
	cfg            sidekick.Config
	origins        sidekick.Origins
	kit            *sidekick.Kit

	client     *Redis       // nil if the program has none
	closeCache func() error // nil if the cache is in memory
}

func newSetup(client *Redis) *setup {
	s := &setup{client: client, flags: flag.NewFlagSet("sidekick", flag.ContinueOnError), logger: slog.New(slog.DiscardHandler)}
	s.flags.SetOutput(io.Discard) // run reports the errors
	s.flags.StringVar(&s.file, "config", "", "a JSON `file` with options")
	s.flags.StringVar(&s.address, "address", "", "where to listen: `host:port`, :port, the path of a unix socket, or systemd (default \":8080\")")
	s.flags.StringVar(&s.public, "public", "", "a `folder` of files that come before the built-in ones")
	about := "the `URL` of a Redis or Valkey server for what several processes share, such as redis://localhost:6379/0 (default: the memory of this process)"
	if client == nil {
		about += "; only the program in redis/cmd/sidekick can use one"
	}
	s.flags.StringVar(&s.redis, "redis", "", about)
	s.flags.BoolVar(&s.production, "production", false, "production defaults: compact responses without metadata, messages of errors that are not meant for clients hidden")
	s.flags.StringVar(&s.logFormat, "log-format", "", "the `format` of the log, json or text (default json in production, text in development)")
	s.flags.StringVar(&s.logLevel, "log-level", "", "the lowest `level` that is logged: debug, info, warn or error (default info)")
	return s
}

// make loads the configuration and makes the server. Its error lists every problem.
func (s *setup) make() error {
	err := s.load()
	cache, cacheErr := s.openCache()
	cfg := s.cfg
	cfg.Logger, cfg.Log = s.logger, sidekick.LogOptions{} // the logger has them already
	kit, newErr := sidekick.New(cfg, actions(s.docs(), cache)...)
	s.kit = kit
	if newErr == nil { // which reports a bad URL as well
		newErr = cacheErr
	}
	if err = s.origins.Join(err, newErr); err != nil {
		err = errors.Join(err, s.close())
		s.kit = nil
	}
	return err
}

// openCache returns the cache of the action cacheTest, nil for one in memory.
func (s *setup) openCache() (cache shipped.Cache, err error) {
	if s.client == nil || s.cfg.Redis == "" {
		return nil, nil
	}
	cache, s.closeCache, err = s.client.OpenCache(s.cfg.Redis)
	return cache, err
}

// close closes the server and the cache.
func (s *setup) close() error {
	var errs []error
	if s.kit != nil {
		errs = append(errs, s.kit.Close())
	}
	if s.closeCache != nil {
		errs = append(errs, s.closeCache())
	}
	return errors.Join(errs...)
}

// load reads the configuration. After an error it keeps what could be read.
func (s *setup) load() error {
	o := sidekick.LoadOptions{File: s.file, Environ: os.Environ()}
	s.mode, s.modeFrom = os.Getenv("SIDEKICK_ENV"), "environment SIDEKICK_ENV"
	switch {
	case s.production:
		s.mode, s.modeFrom = "production", "flag -production"
		o.Base = new(sidekick.Production())
	case s.mode == "":
		s.mode, s.modeFrom = "development", "default"
		o.Base = new(sidekick.Development())
	}
	var err error
	s.cfg, s.origins, err = sidekick.Load(o)
	err = s.origins.Join(err, s.makeLogger())
	if s.client != nil {
		s.cfg.OpenRedis = s.client.Open
	}
	if s.redis != "" {
		s.cfg.Redis, s.origins["redis"] = s.redis, "flag -redis"
	}
	if s.public != "" {
		s.cfg.Static.Roots = []static.Root{static.Dir(s.public)}
		s.origins["static.roots"] = "flag -public"
	}
	s.cfg.Static.Roots = append(s.cfg.Static.Roots, static.FS(builtIn()))
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
	s.cfg.Server.BindIP, s.cfg.Server.Port = host, sidekick.Port(port)
	s.origins["server.bindIP"], s.origins["server.port"] = "flag -address", "flag -address"
	return err
}

// docs returns the path of the page that shows the OpenAPI document, or "".
func (s *setup) docs() string {
	if s.cfg.Docs == nil {
		return ""
	}
	return "/" + strings.TrimLeft(strings.Trim(s.cfg.Docs.WithDefaults().Path, "/")+"/", "/")
}
