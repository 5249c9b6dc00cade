// Package api holds, by its test, the exported names of this module: api.txt has
// them all, so that every change of one shows in a review.
package api
