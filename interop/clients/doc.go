// Package clients holds that the clients people use, each in its own way, send
// the same values to the same inputs: axios, node's fetch with FormData and
// URLSearchParams, curl and Go's multipart.Writer. What a browser's form sends is
// tested in package browser.
package clients
