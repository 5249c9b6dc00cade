// Command lab is a server whose answers show what arrived. It is what the tests
// of ordinary clients ask, and a place to try a client by hand:
//
//	go run ./internal/lab -port 8091
//	curl -F 'pics[]=@a.png' -F tags=a -F tags=b localhost:8091/api/form
//
// Its actions are form, a typed action with an input of every kind; plain, the
// same inputs declared by hand; and fail, which fails in the way that its input
// kind names. Every record of the log is one line of JSON on standard error.
package main
