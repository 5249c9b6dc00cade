// Command sidekick runs a server with Actionhero's example actions, an upload
// page and a page on which every action can be tried.
//
//	go run ./cmd/sidekick            # the server, on :8080
//	go run ./cmd/sidekick check      # what is wrong with its configuration
//	go run ./cmd/sidekick config     # what it is configured to, and where that is from
//	go run ./cmd/sidekick routes     # its routes and actions
//	go run ./cmd/sidekick openapi    # its OpenAPI document
//	go run ./cmd/sidekick import     # write a program to move an Actionhero project to
//	go run ./cmd/sidekick version    # its version
//	go run ./cmd/sidekick help       # commands, flags and variables
//
// Every command but import takes the flags:
//
//	-address string   where to listen: "host:port", ":port", the path of a unix
//	                  socket, or "systemd" (default ":8080")
//	-config file      a JSON file with options
//	-public folder    a folder of files that is looked at before the built-in ones
//	-log-format json  how records are written, json or text (default json in
//	                  production, text in development)
//	-log-level level  the least that is logged: debug, info, warn or error
//	                  (default info)
//	-production       production defaults: compact answers without metadata,
//	                  texts of unknown errors hidden
//
// Flags come before the environment, that before the file, that before the
// defaults; sidekick.Load says how the two are read. The defaults are those of
// development unless -production or SIDEKICK_ENV say otherwise. With -json, config
// writes a file for -config.
//
// SIGINT, SIGTERM and SIGHUP stop the server once what runs has finished; a second
// signal ends it at once. The exit status is 0 after that, also where the server
// could not listen yet, 1 where the configuration is
// wrong, nothing could be listened at, or something had to be cut, and 2 for
// unknown commands and flags.
package main
