// Package generators holds tests with which other projects' generators make
// clients of the documents of Sidekick: each client is compiled and calls the
// server that the document is of.
package generators
