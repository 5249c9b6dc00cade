package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/sidekick-http/sidekick"
)

//go:embed public
var public embed.FS

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("sidekick", flag.ExitOnError)
	address := flags.String("address", ":8080", "where to listen, `host:port`")
	folder := flags.String("public", "", "a `folder` of files that is looked at before the built-in ones")
	production := flags.Bool("production", false, "production defaults: compact answers without metadata, texts of unknown errors hidden")
	flags.Parse(args)
	if flags.NArg() > 0 {
		return fmt.Errorf("sidekick: unexpected argument %q; the flags are -address, -public and -production", flags.Arg(0))
	}

	cfg := sidekick.Development()
	if *production {
		cfg = sidekick.Production()
	}
	host, port, err := net.SplitHostPort(*address)
	if err != nil {
		return fmt.Errorf("sidekick: -address %q: want host:port", *address)
	}
	cfg.BindIP, cfg.Port = host, sidekick.Port(port)
	cfg.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	if *folder != "" {
		cfg.PublicFolders = []string{*folder}
	}
	files, err := fs.Sub(public, "public")
	if err != nil {
		return err
	}
	cfg.PublicFS = []fs.FS{files}

	kit, err := sidekick.New(cfg, actions()...)
	if err != nil {
		return err
	}
	defer kit.Close()
	l, err := net.Listen("tcp", *address)
	if err != nil {
		return fmt.Errorf("sidekick: %w; choose another address with -address", err)
	}
	fmt.Printf("Sidekick is at http://%s/ (stop it with Ctrl-C)\n", forPeople(l.Addr()))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return kit.Serve(ctx, l)
}

// forPeople returns an address that a browser on this machine can open.
func forPeople(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return a.String()
	}
	if tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return tcp.String()
}
