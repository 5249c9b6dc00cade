// Package openapi holds tests of the documents that Sidekick makes of itself:
// two independent validators read them, answers are held against them, and a
// typed client is made of one, compiled and run.
package openapi
