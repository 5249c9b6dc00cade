package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"

	"github.com/sidekick-http/sidekick/benchmarks/internal/load"
)

// protocol is how the servers are asked.
type protocol struct {
	name    string
	args    []string // for the servers' processes
	ask     func(addr string, request []byte) (*http.Response, []byte, error)
	round   func(s *load.Server, request []byte, n int) (load.Sample, error)
	targets map[string]float64 // ratios to the floor that must be reached
}

func overHTTP1(conns int) protocol {
	return protocol{
		name: fmt.Sprintf("%d connections", conns),
		ask:  load.Ask,
		round: func(s *load.Server, request []byte, n int) (load.Sample, error) {
			return load.Round(s, request, conns, n, shortest)
		},
		targets: map[string]float64{"sidekick-dispatch": 1.12, "sidekick-chain": 1.20, "sidekick-chain-log-json": 1.40},
	}
}

func overHTTP2(streams int) protocol {
	return protocol{
		name: fmt.Sprintf("TLS, HTTP/2, %d streams", streams),
		args: []string{"-h2"},
		ask: func(addr string, request []byte) (*http.Response, []byte, error) {
			r, err := parsed(addr, request)
			if err != nil {
				return nil, nil, err
			}
			return load.AskHTTP2(r)
		},
		round: func(s *load.Server, request []byte, n int) (load.Sample, error) {
			r, err := parsed(s.Addr, request)
			if err != nil {
				return load.Sample{}, err
			}
			return load.RoundHTTP2(s, r, streams, n, shortest)
		},
	}
}

// parsed makes of a request in the form of HTTP/1.1 one for a transport.
func parsed(addr string, request []byte) (*http.Request, error) {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		return nil, err
	}
	r.RequestURI = ""
	r.URL.Scheme, r.URL.Host = "https", addr
	return r, nil
}
