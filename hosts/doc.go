// Package hosts lets requests pass only under the names that a server is meant
// to have, and sends all others to the first of them.
//
//	names, err := hosts.New(hosts.Options{Allowed: []string{"https://www.site.com"}})
//	// …
//	http.ListenAndServe(":8080", names.Handler(mux))
//
// With no allowed names it is off: every request passes untouched.
//
// # What passes
//
// A request passes when its scheme, host and port are those of an entry of
// [Options.Allowed]. Hosts are compared without regard to case and with one
// trailing dot removed; a default port equals none; an IPv6 address is compared
// as the address it is; internationalised names are compared in their A-label
// form (xn--…). The scheme counts: http://www.site.com is not
// https://www.site.com. An entry without a scheme stands for both.
//
// # What does not
//
//   - A GET or HEAD is redirected with 302, every other method with 307, which
//     keeps the method and the body. The Location is built from the first entry
//     and the request's escaped path and query; nothing of the request's Host
//     field is ever in it.
//   - OPTIONS, CONNECT and upgrade requests get 421 (Misdirected Request): the
//     clients that send them do not follow redirects.
//   - A Host that is missing or malformed (user information, a bad port,
//     brackets around anything but IPv6, invalid labels), and an HTTP/2 request
//     whose authority and Host field disagree, get 400.
//   - A redirect that would come straight back gets 400 and is logged, see
//     [Options.AssumeScheme].
//
// The answers have a fixed text/plain body, nosniff and Cache-Control: no-store.
//
// # Behind a proxy
//
// Where a proxy ends TLS, the scheme is the one that the proxy reports in
// X-Forwarded-Proto, believed only from [Options.TrustedProxies] (or as the
// client-address piece has decided, when it runs before this one). A proxy that
// reports nothing makes every request look like plain HTTP, which an https
// entry then redirects for ever: set [Options.AssumeScheme] there.
//
// # Place in the chain
//
// Before everything that answers, and outside of [http.StripPrefix], which
// takes away part of the path that the redirect must keep.
//
// # Differences from Actionhero
//
// Actionhero compares the Host field as a string, answers every method with 302
// (which loses the body), builds the Location from the raw request target,
// believes X-Forwarded-Proto from anyone, and repeats the URL in the body.
//
// The check is no protection of the server as a whole: a request can name any
// allowed host whatever address it was sent to.
package hosts
