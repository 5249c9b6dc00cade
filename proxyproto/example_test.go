package proxyproto_test

import (
	"log"
	"net/netip"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/proxyproto"
)

func ExampleNew() {
	proxy, err := proxyproto.New(proxyproto.Options{
		Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, // the load balancers
	})
	if err != nil {
		log.Fatal(err)
	}
	cfg := sidekick.Production()
	cfg.Server.WrapListener = proxy.Listener
	kit, err := sidekick.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	// kit.Run(ctx)
	// Output:
}
