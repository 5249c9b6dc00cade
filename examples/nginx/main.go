// Command nginx is a server behind nginx, which terminates TLS; ../deploy/nginx.conf
// is nginx's configuration.
//
//	go run ./nginx -socket /run/sidekick.sock
//	curl https://www.example.com/api/whoami
//
// Sidekick is connected only to nginx, which reports the real client, and whether
// it uses HTTPS, in X-Forwarded-For and X-Forwarded-Proto. Sidekick believes these fields
// because the configuration says that everybody who can connect to the socket is a proxy.
// Logs, limits, the Secure attribute of cookies and redirects to HTTPS all depend on it.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

func main() {
	socket := flag.String("socket", "/run/sidekick.sock", "where nginx connects, the `path` of a socket")
	flag.Parse()

	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	cfg := behindNginx(*socket)
	cfg.Logger = logger
	kit, err := sidekick.New(cfg, actions(func(lines int) { logger.Info("importing", "lines", lines) })...)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	if err := kit.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// behindNginx returns the configuration of a server that only nginx can reach.
func behindNginx(socket string) sidekick.Config {
	cfg := sidekick.Production()
	cfg.Server.Port = sidekick.Port(socket)
	cfg.ClientAddr.TrustUnixPeers = true
	cfg.Hosts.Allowed = []string{"https://www.example.com"}
	return cfg
}

func actions(progress func(lines int)) []dispatch.Action {
	return []dispatch.Action{whoami(), photo(), lines(progress), ticks()}
}

// whoami returns the client's address and the host that it asked for.
func whoami() dispatch.Action {
	return dispatch.Action{Name: "whoami", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		return map[string]any{"address": c.Remote().Addr(), "host": c.Request().Host}, nil
	}}
}

// photo accepts a file.
func photo() dispatch.Action {
	return dispatch.Action{
		Name:   "photo",
		Inputs: dispatch.Inputs{"photo": {File: true, Required: true}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			file, _ := c.Params.File("photo")
			return map[string]any{"size": file.Size}, nil
		},
	}
}

// lines accepts a body of a type that Sidekick does not parse, and processes each
// line as it arrives.
func lines(progress func(lines int)) dispatch.Action {
	return dispatch.Action{Name: "lines", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		n := 0
		s := bufio.NewScanner(c.Request().Body)
		for s.Scan() {
			n++
			progress(n)
		}
		return map[string]any{"lines": n}, s.Err()
	}}
}

// ticks answers with a stream of events. Events that nobody reads are not worth
// storing, so nginx must not buffer the stream. The stream ends when the server
// begins to stop; the browser then connects to the next one.
func ticks() dispatch.Action {
	return dispatch.Action{Name: "ticks", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := dispatch.FromContext(r.Context())
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no")
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for n := 0; ; n++ {
			fmt.Fprintf(w, "data: %d\n\n", n)
			if http.NewResponseController(w).Flush() != nil {
				return // the client has gone
			}
			select {
			case <-tick.C:
			case <-c.Stopping():
				return
			case <-r.Context().Done():
				return
			}
		}
	})}
}
