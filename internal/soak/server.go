package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/static"
)

// The timeouts are short, so that slow clients are cut off many times in a run, but
// long enough for a busy machine.
const (
	readHeaderTimeout = 2 * time.Second
	readTimeout       = 5 * time.Second
	writeTimeout      = 2 * time.Second
	idleTimeout       = 4 * time.Second
)

// server is the server under load, in this process.
type server struct {
	addr    string
	dir     string // everything that it has on disk
	uploads string // where uploads go
	kit     *sidekick.Kit
	cancel  context.CancelFunc
	served  chan error
	once    sync.Once
	stopErr error
}

// The files that are served.
var files = map[string]int{"small.txt": 1 << 10, "middle.txt": 100 << 10, "large.bin": 16 << 20}

func start(logger *slog.Logger) (*server, error) {
	dir, err := os.MkdirTemp("", "sidekick-soak-")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, uploads: filepath.Join(dir, "uploads"), served: make(chan error, 1)}
	if err := s.start(logger); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

func (s *server) start(logger *slog.Logger) error {
	public := filepath.Join(s.dir, "public")
	for _, folder := range []string{public, s.uploads} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return err
		}
	}
	for name, size := range files {
		if err := os.WriteFile(filepath.Join(public, name), content(size), 0o600); err != nil {
			return err
		}
	}
	cfg := sidekick.Production()
	cfg.Logger = logger
	cfg.Static.Roots = []static.Root{static.Dir(public)}
	cfg.UploadDir.Dir = s.uploads
	cfg.Compress = &compress.Options{}
	cfg.Server.H2C = true
	cfg.Server.ReadHeaderTimeout, cfg.Server.ReadTimeout = readHeaderTimeout, readTimeout
	cfg.Server.WriteTimeout, cfg.Server.IdleTimeout = writeTimeout, idleTimeout
	cfg.Server.ShutdownTimeout = 10 * time.Second
	cfg.Actions.Routes = dispatch.Routes{{Method: "all", Path: `/things/:id(\d+)`, Action: "echo"}}
	kit, err := sidekick.New(cfg, actions()...)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, kit.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.kit, s.addr, s.cancel = kit, l.Addr().String(), cancel
	go func() { s.served <- kit.Serve(ctx, l) }()
	return nil
}

// stop stops the server, once.
func (s *server) stop() error {
	s.once.Do(func() {
		s.cancel()
		s.stopErr = errors.Join(<-s.served, s.kit.Close())
	})
	return s.stopErr
}

func (s *server) remove() error { return os.RemoveAll(s.dir) }

// content always returns the same content for a size. It does not compress to
// almost nothing.
func content(size int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(size)))
	const letters = "abcdefghijklmnopqrstuvwxyz \n"
	b := make([]byte, size)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return b
}

func actions() []dispatch.Action {
	run := func(f func(ctx context.Context, c *dispatch.Connection) (any, error)) func(context.Context, *dispatch.Connection) (any, error) {
		return f
	}
	return []dispatch.Action{{
		Name:   "echo",
		Inputs: dispatch.Inputs{"id": {Required: true}, "text": {}, "filter": {}},
		Run: run(func(_ context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"id": c.Params["id"], "text": c.Params["text"], "filter": c.Params["filter"]}, nil
		}),
	}, {
		Name:   "upload",
		Inputs: dispatch.Inputs{"document": {File: true, Required: true}},
		Run: run(func(_ context.Context, c *dispatch.Connection) (any, error) {
			f, ok := c.Params.File("document")
			if !ok {
				return nil, envelope.Errorf(http.StatusUnprocessableEntity, "document must be one file")
			}
			r, err := f.Open()
			if err != nil {
				return nil, err
			}
			defer r.Close()
			h := sha256.New()
			if _, err := io.Copy(h, r); err != nil {
				return nil, err
			}
			return map[string]any{"hash": hex.EncodeToString(h.Sum(nil)), "size": f.Size}, nil
		}),
	}, {
		Name: "large",
		Run: run(func(_ context.Context, c *dispatch.Connection) (any, error) {
			return nil, c.Pipe(bytes.NewReader(content(1<<20)), map[string]string{"Content-Type": "text/plain"})
		}),
	}, {
		Name: "stream",
		Run: run(func(ctx context.Context, c *dispatch.Connection) (any, error) {
			w := c.ResponseWriter()
			w.Header().Set("Content-Type", "text/event-stream")
			for range 10 {
				if _, err := io.WriteString(w, "data: tick\n\n"); err != nil {
					return nil, err
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					return nil, err
				}
				select {
				case <-ctx.Done():
					return nil, ctx.Err()
				case <-time.After(10 * time.Millisecond):
				}
			}
			return nil, nil
		}),
	}, {
		Name: "panic",
		Run:  run(func(context.Context, *dispatch.Connection) (any, error) { panic("as it was told to") }),
	}}
}
