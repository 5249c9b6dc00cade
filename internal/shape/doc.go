// Package shape builds declared parameters from flat names and values.
//
// A query string, a form and a multipart body all have the same form: names such as tags, tags[],
// user[avatar] or lines[0][sku], each with one value, in order. What a name means depends on the
// declaration: pics[] and pics[0] are elements of a list if a list is declared, and otherwise
// another notation for pics; qty[7] is a member of a map if a map is declared, and otherwise an
// element of a list. A [Shape] is that declaration, and [Assemble] applies one rule to strings
// and files alike.
//
// Undeclared names are not handled here: internal/qs nests them like node's qs.
package shape
