package sidekick_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

// A server for production, until it is stopped.
func ExampleKit_Run() {
	var actions []dispatch.Action
	ping := func(context.Context) error { return nil } // (*sql.DB).PingContext, say

	cfg := sidekick.Production()
	cfg.Logger = slog.New(slog.NewJSONHandler(os.Stderr, nil))
	cfg.Server.Port, cfg.Server.Secure = "443", true
	cfg.Server.Cert, cfg.Server.Key = "/etc/site/fullchain.pem", "/etc/site/privkey.pem"
	cfg.Server.Listeners = []sidekick.Listener{{Port: "80"}}
	cfg.Hosts.Allowed = []string{"https://www.site.com"} // port 80 redirects there
	cfg.Server.LivenessPath, cfg.Server.ReadinessPath = "/healthz", "/readyz"
	cfg.Server.ReadinessCheck = ping
	cfg.Server.ShutdownDelay = 5 * time.Second

	kit, err := sidekick.New(cfg, actions...)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	if err := kit.Run(context.Background()); err != nil { // until SIGINT or SIGTERM
		log.Fatal(err)
	}
}

// Behind a proxy on the same machine, over a unix socket that only its group can
// use.
func ExampleConfig_behindAProxy() {
	cfg := sidekick.Production()
	cfg.Server.Port = "/run/site/sidekick.sock"
	cfg.ClientAddr.TrustUnixPeers = true
	cfg.Hosts.Allowed = []string{"https://www.site.com"}

	// Or over the network:
	cfg.Server.Port, cfg.Server.BindIP = "8080", "10.0.0.7"
	cfg.ClientAddr.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}
}

// With your own listeners you know the addresses before the first request.
func ExampleKit_Serve() {
	cfg := sidekick.Production()
	cfg.Server.Port, cfg.Server.BindIP = "0", "127.0.0.1"
	kit, err := sidekick.New(cfg, dispatch.Action{
		Name: "hello",
		Run:  func(ctx context.Context, c *dispatch.Connection) (any, error) { return "hello", nil },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()

	ctx, stop := context.WithCancel(context.Background())
	listeners, err := kit.Listen(ctx)
	if err != nil {
		log.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- kit.Serve(ctx, listeners...) }()

	url := sidekick.URL(listeners[0]) // http://127.0.0.1:36271/
	res, err := http.Get(url + "api/hello")
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.StatusCode, string(body))

	http.DefaultClient.CloseIdleConnections() // a connection counts as idle only after a second
	stop()                                    // running requests finish
	fmt.Println(<-served)
	// Output:
	// 200 "hello"
	// <nil>
}
