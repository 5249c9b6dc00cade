// Command acme is a server on the internet, without a proxy in front, whose
// certificate comes from Let's Encrypt: autocert requests it when the first client
// connects, and renews it before it expires.
//
//	go run ./acme -host www.example.com -cache /var/lib/sidekick/certificates
//	curl https://www.example.com/api/hello
//
// By using it you agree to the terms of Let's Encrypt. The name must lead to this
// machine, with ports 80 and 443 served by this program: Let's Encrypt checks one
// of them. Port 80 answers that check and redirects everything else to HTTPS.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"log"
	"net/http"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

func main() {
	host := flag.String("host", "www.example.com", "the server's `name`")
	cache := flag.String("cache", "certificates", "`folder` for keys and certificates; without one each start requests new ones, and Let's Encrypt issues only a few a week")
	flag.Parse()

	kit, err := sidekick.New(withCertificates(*host, &autocert.Manager{Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(*cache), HostPolicy: autocert.HostWhitelist(*host)}), hello())
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	if err := kit.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// withCertificates returns the configuration of a server on ports 443 and 80 that
// gets its certificates from m.
func withCertificates(host string, m *autocert.Manager) sidekick.Config {
	cfg := sidekick.Production()
	cfg.Server.Port, cfg.Server.Secure = "443", true
	cfg.Server.Listeners = []sidekick.Listener{{Port: "80"}}
	cfg.Server.TLSConfig = &tls.Config{GetCertificate: m.GetCertificate, NextProtos: []string{acme.ALPNProto}}
	// Outermost, because no redirect may come before the token is sent.
	cfg.Chain.Outermost = append(cfg.Chain.Outermost, func(next http.Handler) http.Handler { return m.HTTPHandler(next) })
	cfg.Hosts.Allowed = []string{"https://" + host}
	return cfg
}

func hello() dispatch.Action {
	return dispatch.Action{Name: "hello", Run: func(context.Context, *dispatch.Connection) (any, error) {
		return map[string]string{"hello": "world"}, nil
	}}
}
