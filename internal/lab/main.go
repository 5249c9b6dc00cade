package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/sidekick-http/sidekick"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}

func run() error {
	port := flag.Int("port", 8091, "the `port` on 127.0.0.1; 0 takes any")
	padding := flag.Int("padding", 0, "by how many spaces JSON is indented")
	metadata := flag.Bool("metadata", false, "show serverInformation and requesterInformation")
	development := flag.Bool("development", false, "show the texts of all errors, and where a body cannot be read")
	dir := flag.String("dir", "", "the `folder` for uploads; by default that for temporary files")
	flag.Parse()

	logger := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	kit, err := newKit(logger, options{Padding: *padding, Metadata: *metadata, Development: *development, UploadDir: *dir})
	if err != nil {
		return err
	}
	defer kit.Close()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		return err
	}
	fmt.Println("ready", l.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return kit.Serve(ctx, l)
}

// options are the flags of the lab.
type options struct {
	Padding     int
	Metadata    bool
	Development bool
	UploadDir   string
}

// newKit assembles the lab. Actions are reached below /api and at the root.
func newKit(logger *slog.Logger, o options) (*sidekick.Kit, error) {
	cfg := sidekick.Production()
	cfg.Logger = logger
	cfg.Envelope.ServerName = "Lab"
	cfg.Paths.Root = "actions"
	cfg.Envelope.Padding = o.Padding
	cfg.Envelope.ServerInformation, cfg.Envelope.RequesterInformation = o.Metadata, o.Metadata
	cfg.Envelope.ExposeErrors, cfg.Params.ShowExcerpt = o.Development, o.Development
	cfg.UploadDir.Dir = o.UploadDir
	cfg.Fingerprint.DangerouslyUnsigned = true
	return sidekick.New(cfg, actions()...)
}
