// Command lab is a server whose responses show what arrived. Tests of ordinary
// clients use it, and clients can be tried by hand:
//
//	go run ./internal/lab -port 8091
//	curl -F 'pics[]=@a.png' -F tags=a -F tags=b localhost:8091/api/form
//
// Its actions are form, a typed action with an input of every kind; plain, the same
// inputs declared by hand; and fail, which fails in the way named by its input
// kind. The log is JSON lines on standard error.
package main
