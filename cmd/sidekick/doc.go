// Command sidekick runs a server with Actionhero's example actions, an upload page
// and a page on which every action can be tried.
//
//	go run ./cmd/sidekick            # the server, on :8080
//	go run ./cmd/sidekick check      # what is wrong with its configuration
//	go run ./cmd/sidekick config     # every option, its value, and where that came from
//	go run ./cmd/sidekick routes     # its routes and actions
//	go run ./cmd/sidekick openapi    # its OpenAPI document
//	go run ./cmd/sidekick import     # a program to move an Actionhero project to
//	go run ./cmd/sidekick version    # its version
//	go run ./cmd/sidekick help       # commands, flags and variables
//
// Every command but import takes the flags:
//
//	-address string   where to listen: "host:port", ":port", the path of a unix
//	                  socket, or "systemd" (default ":8080")
//	-config file      a JSON file with options
//	-public folder    a folder of files that come before the built-in ones
//	-redis URL        a Redis or Valkey server for what several processes share;
//	                  only the program in redis/cmd/sidekick can use one
//	-log-format json  the format of the log, json or text (default json in
//	                  production, text in development)
//	-log-level level  the lowest level that is logged: debug, info, warn or error
//	                  (default info)
//	-production       production defaults: compact responses without metadata,
//	                  messages of unknown errors hidden
//
// Flags override the environment, which overrides the file, which overrides the
// defaults; sidekick.Load describes the environment and the file. The defaults are
// those of development unless -production or SIDEKICK_ENV says otherwise. With
// -json, config writes a file for -config.
//
// SIGINT, SIGTERM and SIGHUP stop the server once running requests have finished; a
// second signal ends it at once. The exit status is 0 after a stop, even before the
// server could listen; 1 if the configuration is wrong, no listener could be
// opened, or requests had to be cut off; and 2 for unknown commands and flags.
package main
