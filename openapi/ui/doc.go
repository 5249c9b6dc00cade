// Package ui serves a page that shows an OpenAPI document and sends its
// requests.
//
//	page, err := ui.New(ui.Options{SpecURL: "/api/openapi.json"})
//	if err != nil {
//		return err
//	}
//	http.Handle("/docs/", page)
//
// The page is Swagger UI, from the npm package swagger-ui-dist 5.35.0, whose
// licence and notice are part of the program and are served as LICENSE and
// NOTICE beside the page. The package's integrity is
//
//	sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==
//
// The folder assets is made from it by go generate, which checks that. The
// bundle and the style sheet are kept and sent compressed: a program grows by
// about half a megabyte.
//
// One thing is changed in the document as it is shown: a parameter whose schema
// lists several types gets the type string, for otherwise Swagger UI would send
// no request that requires it. Documents in YAML are shown as they are.
//
// # Security
//
// Everything the page needs is in the program; it works without a network. It
// is sent with a policy that lets it load from, and talk to, its own origin
// only, without inline scripts and styles, and that lets no page frame it. A
// document whose servers are elsewhere is shown, but "Try it out" does not reach
// them. The document's URL is fixed: a link cannot choose another.
//
// The page shows to everyone who reaches it what the document says, and sends
// requests with the visitor's cookies. Put it behind a login, or leave it out,
// where the document is not for everyone.
package ui
