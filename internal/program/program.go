package program

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"

	"github.com/sidekick-http/sidekick"
	shipped "github.com/sidekick-http/sidekick/internal/actions"
	"github.com/sidekick-http/sidekick/internal/buildinfo"
)

//go:embed public
var public embed.FS

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // bad configuration, or a failed start or stop
	exitUsage  = 2 // unknown commands and flags
)

// Redis is what a program adds that is linked with a Redis client.
type Redis struct {
	// Open is for [sidekick.Config.OpenRedis].
	Open func(url string) (*sidekick.Stores, error)
	// OpenCache opens the cache of the action cacheTest. It does not connect. close
	// closes the connections.
	OpenCache func(url string) (cache shipped.Cache, close func() error, err error)
}

const usage = `Sidekick serves actions and files over HTTP.

  sidekick [serve] [flags]   run the server
  sidekick check [flags]     list the problems of the configuration
  sidekick config [flags]    show the values of all options, defaults included, and
                             where each came from; with -json, as a file for -config
  sidekick routes [flags]    list routes and actions
  sidekick openapi [flags]   print the OpenAPI document
  sidekick import [flags]    write a Go program to move an Actionhero project to;
                             sidekick import -help has its flags
  sidekick version           print the version of the program
  sidekick help              show this

Flags of all commands except import:
`

const usageEnvironment = `
Flags override the environment, which overrides the file, which overrides the
defaults. Every option has a variable, SIDEKICK_ and its path in capitals:
SIDEKICK_SERVER_BIND_IP for server.bindIP, SIDEKICK_STATIC_MAX_AGE for
static.maxAge. Also read are PORT, ALLOWED_HOSTS, AUTOMATIC_ROUTES and SIDEKICK_ENV
(development or production). Actionhero's names are accepted as well, in the file
and as variables. sidekick config lists the options; docs/configuration.md describes them,
and those that can only be set in Go.
`

// Run runs a command and returns the exit status. redis is nil for a program without
// a Redis client.
func Run(args []string, stdout, stderr io.Writer, redis *Redis) int {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	if name == "import" {
		return importProject(args, stdout, stderr)
	}
	s := newSetup(redis)
	var command func(*setup, io.Writer) error
	switch name {
	case "serve":
		command = serve
		s.logTo = stderr
	case "check":
		command = checked
		s.logTo, s.quiet = stderr, true
	case "config":
		command = showConfig
		s.flags.BoolVar(&s.json, "json", false, "config: as JSON, for -config")
	case "routes":
		command = showRoutes
	case "openapi":
		command = writeOpenAPI
	case "version":
		fmt.Fprintln(stdout, "sidekick", buildinfo.Version(), runtime.Version())
		return exitOK
	case "help":
		s.help(stdout)
		return exitOK
	default:
		fmt.Fprintf(stderr, "sidekick: unknown command %q; the commands are serve, check, config, routes, openapi, import, version and help\n", name)
		return exitUsage
	}
	switch err := s.flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		s.help(stdout)
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "sidekick: %v; see sidekick help\n", err)
		return exitUsage
	case s.flags.NArg() > 0:
		fmt.Fprintf(stderr, "sidekick: unexpected argument %q; see sidekick help\n", s.flags.Arg(0))
		return exitUsage
	}
	err := s.make()
	if err == nil {
		err = errors.Join(command(s, stdout), s.close())
	}
	if err != nil {
		s.report(stderr, err)
		return exitFailed
	}
	return exitOK
}

// report reports an error: for a running server in its log, otherwise on stderr.
func (s *setup) report(stderr io.Writer, err error) {
	if s.kit != nil && s.logTo != nil {
		s.logger.Error("the server has failed", "error", err)
		return
	}
	fmt.Fprintln(stderr, err)
}

func (s *setup) help(w io.Writer) {
	fmt.Fprint(w, usage)
	s.flags.SetOutput(w)
	s.flags.PrintDefaults()
	fmt.Fprint(w, usageEnvironment)
}

func serve(s *setup, stdout io.Writer) error {
	ctx, stop := sidekick.UntilSignal(context.Background())
	defer stop()
	s.logSources()
	listeners, err := s.kit.Listen(ctx)
	switch {
	case err != nil && ctx.Err() != nil: // it was stopped before it could listen
		s.logger.Info("stopped before it could listen", "cause", context.Cause(ctx), "error", err)
		return nil
	case err != nil:
		return s.cannotListen(err)
	}
	for _, l := range listeners {
		fmt.Fprintf(stdout, "Sidekick is at %s (stop it with Ctrl-C)\n", sidekick.URL(l))
	}
	if len(listeners) == 0 {
		fmt.Fprintln(stdout, "Sidekick listens nowhere: server.disableListening is on (stop it with Ctrl-C)")
	}
	return s.kit.Serve(ctx, listeners...)
}

// cannotListen says where the address came from, or what sets it.
func (s *setup) cannotListen(err error) error {
	err = s.origins.Locate(err)
	var problem *sidekick.ConfigError
	if errors.As(err, &problem) && problem.Where == "" {
		problem.Also = "flag -address, " + problem.Also
	}
	return err
}

// checked confirms that the server could be made.
func checked(_ *setup, stdout io.Writer) error {
	_, err := fmt.Fprintln(stdout, "The configuration is good.")
	return err
}

func writeOpenAPI(s *setup, stdout io.Writer) error {
	text, err := json.MarshalIndent(s.kit.OpenAPI(), "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s\n", text)
	return err
}

// builtIn returns the files embedded in the program.
func builtIn() fs.FS {
	files, err := fs.Sub(public, "public")
	if err != nil { // no folder of that name was embedded
		return public
	}
	return files
}
