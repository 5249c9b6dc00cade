// Package shape builds declared parameters from flat names and values.
//
// A query string, a form and a multipart body are all the same: names such as
// tags, tags[], user[avatar] or lines[0][sku], each with one value, in order.
// What a name means depends on what the receiver has declared: pics[] and
// pics[0] are elements of a list where a list is declared, and another way to
// write pics where one value is; qty[7] is a member of a map where a map is
// declared, and an element of a list elsewhere. A [Shape] is that declaration,
// and [Assemble] is the one rule by which strings and files alike reach it.
//
// What is not declared is none of this package's business: internal/qs nests it
// as node's qs does.
package shape
