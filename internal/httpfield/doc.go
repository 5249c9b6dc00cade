// Package httpfield has the grammar of HTTP header fields that several pieces
// need: tokens, values, lists, entity tags, and what of a header belongs to one
// body alone.
package httpfield
