package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/static"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "refapp:", err)
		os.Exit(1)
	}
}

func run() error {
	variant := flag.String("variant", "default", "the configuration: one of "+strings.Join(variantNames(), ", "))
	port := flag.Int("port", 8090, "the port on 127.0.0.1")
	dir := flag.String("dir", sourceDir(), "the `folder` that holds public and public2")
	flag.Parse()

	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		return err
	}
	kit, err := newKit(*variant, *dir)
	if err != nil {
		return err
	}
	defer kit.Close()
	fmt.Println("ready", l.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return kit.Serve(ctx, l)
}

// sourceDir is the folder of this source, which also has the files of the recorded
// app.
func sourceDir() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "testdata")
}

// newKit assembles the app in one of its configurations.
func newKit(variant, dir string) (*sidekick.Kit, error) {
	change, ok := variants[variant]
	if !ok {
		return nil, fmt.Errorf("unknown variant %q; there are %s", variant, strings.Join(variantNames(), ", "))
	}
	cfg := sidekick.ActionheroDocument(sidekick.Development())
	cfg.Envelope.ServerName, cfg.Envelope.APIVersion = "Actionhero API", "1.0.0"
	cfg.Actions.AutomaticRoutes = []string{"head", "get", "post", "put", "delete"}
	cfg.Actions.Routes = routes(dir)
	cfg.Actions.AllowDeadRoutes = true
	cfg.ClientAddr.TrustedProxies = clientaddr.Loopback()
	cfg.Chain.Outermost = append(cfg.Chain.Outermost, preferRealIP)
	cfg.Fingerprint.DangerouslyUnsigned = true
	cfg.Fingerprint.AcceptHeader = true
	cfg.Actions.DangerouslyMatchActiveTypes = true
	const malformed = "There was an error processing this form."
	cfg.Envelope.Errors.Texts = map[string]string{"body_malformed": malformed, "content_type_malformed": malformed}
	cfg.Static.Roots = []static.Root{static.Dir(filepath.Join(dir, "public")), static.Dir(filepath.Join(dir, "public2"))}
	change(&cfg)
	return sidekick.New(cfg, allActions(cfg.Params.Multiples, cfg.Envelope.AlwaysOK)...)
}

func variantNames() []string {
	var names []string
	for name := range variants {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
