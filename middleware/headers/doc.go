// Package headers sends configured headers with every response, and tidies the
// headers of all responses.
//
//	fields, err := headers.New(headers.Options{Set: map[string]string{
//		"X-Content-Type-Options": "nosniff",
//	}})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, fields.Handler(mux))
//
// By default it sends no headers, and no banner. [Fields] says what happens to the
// headers that handlers set. Other pieces decide about fields of their own, such as
// Vary and Content-Encoding: internal/README.md has the order, under "Header time".
//
// # Place in the chain
//
// It belongs inside middleware/clientaddr and outside everything that responds.
//
// # Differences from Actionhero
//
// Strict-Transport-Security is sent on encrypted connections only. Values with line
// breaks are not sent.
package headers
