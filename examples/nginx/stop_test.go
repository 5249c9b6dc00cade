package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
)

// Streams end when the server stops, and do not make the stop fail.
func TestStreamsEndWithTheServer(t *testing.T) {
	cfg := behindNginx("0")
	cfg.Server.BindIP = "127.0.0.1"
	cfg.Hosts.Allowed = nil
	kit, err := sidekick.New(cfg, actions(func(int) {})...)
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	listeners, err := kit.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- kit.Serve(ctx, listeners...) }()
	res, err := http.Get(sidekick.URL(listeners[0]) + "api/ticks")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body := bufio.NewReader(res.Body)
	if line, err := body.ReadString('\n'); err != nil || line != "data: 0\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	start := time.Now()
	stop()
	if rest, err := io.ReadAll(body); err != nil {
		t.Errorf("the stream is cut behind %q: %v", rest, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
