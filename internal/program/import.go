package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/importer"
)

const importUsage = `sidekick import writes a Go program to move an Actionhero project to.

What it needs to know comes from the project itself, by a script:

  sidekick import -script > export-actionhero.cjs      (in the project's folder)
  node export-actionhero.cjs > actionhero.json
  sidekick import -project actionhero.json -module example.com/app -out app

or from the swagger action of a running server, which tells less:

  sidekick import -server http://127.0.0.1:8080 -module example.com/app -out app

Flags:

`

// importing holds the arguments of sidekick import.
type importing struct {
	script                       bool
	project, server, out, module string
	replace                      string
}

// importProject runs the command import and returns the exit status.
func importProject(args []string, stdout, stderr io.Writer) int {
	var in importing
	flags := flag.NewFlagSet("sidekick import", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&in.script, "script", false, "only print the script that describes a project")
	flags.StringVar(&in.project, "project", "", "the `file` written by the script; - is standard input")
	flags.StringVar(&in.server, "server", "", "the `URL` of a running server, or of its swagger action")
	flags.StringVar(&in.out, "out", "", "the `folder` to write to; it must be empty or missing")
	flags.StringVar(&in.module, "module", "", "the `path` of the program's module, such as example.com/app")
	flags.StringVar(&in.replace, "replace", "", "a `folder` with a copy of Sidekick for the program to use")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, importUsage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "sidekick import: %v; see sidekick import -help\n", err)
		return exitUsage
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "sidekick import: unexpected argument %q; see sidekick import -help\n", flags.Arg(0))
		return exitUsage
	case in.script:
		fmt.Fprint(stdout, importer.Script())
		return exitOK
	case (in.project == "") == (in.server == "") || in.out == "" || in.module == "":
		fmt.Fprintln(stderr, "sidekick import: want -script, or -module, -out and one of -project and -server; see sidekick import -help")
		return exitUsage
	}
	if err := in.write(stdout); err != nil {
		fmt.Fprintf(stderr, "sidekick import: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// write reads the project and writes the program for it.
func (in *importing) write(stdout io.Writer) error {
	project, err := in.read()
	if err != nil {
		return err
	}
	files, err := importer.Generate(project, importer.Options{Module: in.module, Replace: in.replace, Version: version()})
	if err != nil {
		return err
	}
	if err := emptyFolder(in.out); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(in.out, name), files[name], 0o644); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(stdout, "%d files are in %s; read %s first\n", len(files), in.out, filepath.Join(in.out, "MOVING.md"))
	return err
}

// read reads the project from its folder or server.
func (in *importing) read() (*importer.Project, error) {
	switch {
	case in.project == "-":
		return importer.Read(os.Stdin)
	case in.project != "":
		f, err := os.Open(in.project)
		if err != nil {
			return nil, err
		}
		defer f.Close() // it was only read
		return importer.Read(f)
	}
	at, err := swaggerURL(in.server)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close() // it was only read
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s: is there a route to the swagger action?", at, res.Status)
	}
	return importer.ReadSwagger(res.Body)
}

// swaggerURL returns the URL of the swagger action.
func swaggerURL(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("-server: want a URL such as http://127.0.0.1:8080, not %q", server)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/api/swagger"
	}
	return u.String(), nil
}

// emptyFolder makes a folder, and refuses one that is not empty.
func emptyFolder(name string) error {
	switch entries, err := os.ReadDir(name); {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(name, 0o755)
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("the folder %s is not empty", name)
	}
	return nil
}

// version returns the version of Sidekick that this command is made of.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "latest"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == "github.com/sidekick-http/sidekick" && m.Replace == nil && strings.HasPrefix(m.Version, "v") {
			return m.Version
		}
	}
	return "latest"
}
