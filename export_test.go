package sidekick

// Schema is what there is to configure, for the tests that write it down.
var Schema = schema

// Aliases and NotOffered are the tables of other names.
var (
	Aliases    = aliases
	NotOffered = notOffered
)
