// Package api has a test that keeps all exported names of this module in api.txt,
// so that every change to one shows in a review.
package api
