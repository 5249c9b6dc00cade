// Package headers sends configured headers with every response, and keeps the
// headers of all responses in order.
//
//	fields, err := headers.New(headers.Options{Set: map[string]string{
//		"X-Content-Type-Options": "nosniff",
//	}})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, fields.Handler(mux))
//
// By default no header is sent, no banner either. [Fields] says what becomes of
// the headers that handlers set.
//
// # Place in the chain
//
// Inside of middleware/clientaddr, and outside of everything that answers.
//
// # Differences from Actionhero
//
// Strict-Transport-Security is sent on encrypted connections only. Values with
// line breaks are not sent.
package headers
