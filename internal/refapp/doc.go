// Command refapp is the reference app for the recorded responses in
// internal/reftest: the same actions, inputs, middleware, routes, folders and
// configurations as the app that Actionhero was recorded with.
//
//	go run ./internal/refapp -variant default -port 8090
package main
