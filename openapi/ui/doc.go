// Package ui serves a page that shows an OpenAPI document and sends its
// requests.
//
//	page, err := ui.New(ui.Options{SpecURL: "/api/openapi.json"})
//	if err != nil {
//		return err
//	}
//	http.Handle("/docs/", page)
//
// The page is Swagger UI, from the npm package swagger-ui-dist 5.35.0, whose licence and notice
// are part of the program and are served as LICENSE and NOTICE beside the page. The package's
// integrity is
//
//	sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==
//
// go generate makes the folder assets from the package and checks its integrity. The bundle and
// the style sheet are stored and sent compressed, and add about half a megabyte to a program.
//
// The document is shown with one change: a parameter whose schema lists several types gets the
// type string. Otherwise Swagger UI would not send requests that require it. YAML documents are
// shown unchanged.
//
// # Security
//
// Everything that the page needs is in the program; it works without a network. Its policy lets
// it load from and connect to its own origin only, forbids inline scripts and styles, and forbids
// other pages to frame it. A document with servers elsewhere is shown, but "Try it out" cannot
// reach them. The document's URL is fixed: a link cannot choose another.
//
// The page shows the document to everyone who can reach it, and sends requests with the visitor's
// cookies. If the document is not for everyone, put the page behind a login or leave it out.
package ui
