// Package program is the command sidekick: a server with Actionhero's example
// actions, an upload page and a page to try every action on, and the commands that
// show a configuration. cmd/sidekick runs it as it is; redis/cmd/sidekick, of another
// module, runs it with a Redis client.
package program
