// Package hosts lets requests pass only for the server's allowed host names, and
// redirects all others to the first of these names.
//
//	names, err := hosts.New(hosts.Options{Allowed: []string{"https://www.site.com"}})
//	// …
//	http.ListenAndServe(":8080", names.Handler(mux))
//
// Without allowed names it is off: every request passes unchanged.
//
// # What passes
//
// A request passes when its scheme, host and port are those of an entry of
// [Options.Allowed]. Hosts are compared without regard to case and with one
// trailing dot removed; a scheme's default port equals no port; IPv6 addresses are
// compared by value; internationalised names are compared in their A-label form
// (xn--…). The scheme counts: http://www.site.com is not https://www.site.com. An
// entry without a scheme allows both.
//
// # What does not pass
//
//   - A GET or HEAD is redirected with 302, every other method with 307, which
//     keeps the method and the body. The Location is built from the first entry and
//     the request's escaped path and query; it never contains anything from the
//     request's Host field.
//   - OPTIONS, CONNECT and upgrade requests get 421 (Misdirected Request): the
//     clients that send them do not follow redirects.
//   - A Host that is missing or malformed (user information, a bad port, brackets
//     around anything but IPv6, invalid labels), and an HTTP/2 request whose
//     authority and Host field disagree, get 400.
//   - A redirect that would come straight back gets 400 and is logged, see
//     [Options.AssumeScheme].
//
// These responses have a fixed text/plain body, nosniff and Cache-Control:
// no-store. [Options.ErrorHandler] answers 400 and 421 in another form.
//
// # Behind a proxy
//
// If a proxy terminates TLS, the scheme is the one that the proxy reports in
// X-Forwarded-Proto, believed only from [Options.TrustedProxies] (or the one that
// middleware/clientaddr has determined, if it runs outside this piece). Behind a
// proxy that reports nothing, every request looks like plain HTTP, and an https
// entry would redirect it forever: set [Options.AssumeScheme] there.
//
// # Place in the chain
//
// It belongs outside everything that responds, and outside [http.StripPrefix], which
// removes a part of the path that the redirect must keep.
//
// # Differences from Actionhero
//
// Actionhero compares the Host field as a string, answers every method with 302
// (which loses the body), builds the Location from the raw request target, believes
// X-Forwarded-Proto from anyone, and repeats the URL in the body.
//
// The check does not protect the server as a whole: a request can name any allowed
// host, no matter to which address it was sent.
package hosts
