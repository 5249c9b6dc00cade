// Command sidekick runs a server with Actionhero's example actions, an upload
// page and a page on which every action can be tried.
//
//	go run ./cmd/sidekick
//
// Flags:
//
//	-address string   where to listen, "host:port" (default ":8080")
//	-public folder    a folder of files that is looked at before the built-in ones
//	-production       production defaults: compact answers without metadata,
//	                  texts of unknown errors hidden
package main
