// Package httpfield has the grammar of HTTP header fields that several pieces need:
// tokens, values, lists, entity tags, and the fields that describe a particular
// body.
package httpfield
