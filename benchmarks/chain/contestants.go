package main

import "net/http"

// contestant is one server that is measured.
type contestant struct {
	name    string
	chain   bool // has a whole chain, cookie included, rather than the endpoint alone
	handler func() (http.Handler, error)
}

var contestants = []contestant{
	{"floor", false, floor},

	{"sidekick-dispatch", false, sidekickDispatch},
	{"encoding/json", false, plain(byHand)},
	{"chi", false, plain(withChi)},
	{"gin", false, plain(withGin)},
	{"echo", false, plain(withEcho)},

	{"floor-fields", true, floorFields},
	{"sidekick-chain", true, sidekickChain(nil)},
	{"sidekick-chain-log-dropped", true, sidekickChain(dropped{})},
	{"sidekick-chain-log-json", true, sidekickChain(asJSON())},
	{"encoding/json-chain", true, whole(byHand)},
	{"chi-chain", true, whole(withChi)},
	{"gin-chain", true, whole(withGin)},
	{"echo-chain", true, whole(withEcho)},
}

// plain and whole make a peer without and with its chain.
func plain(peer func(chain bool) http.Handler) func() (http.Handler, error) {
	return func() (http.Handler, error) { return peer(false), nil }
}

func whole(peer func(chain bool) http.Handler) func() (http.Handler, error) {
	return func() (http.Handler, error) { return peer(true), nil }
}
