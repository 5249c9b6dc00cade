package main

import (
	"context"
	"net"
	"testing"

	"github.com/sidekick-http/sidekick/internal/reftest"
)

// TestConformance sends the app every recorded request and judges the responses.
// Run it with -v for the results of each group.
func TestConformance(t *testing.T) {
	reftest.Run(t, func(variant string) (string, func()) {
		kit, err := newKit(variant, "testdata")
		if err != nil {
			t.Fatalf("%s: %v", variant, err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- kit.Serve(ctx, l) }()
		t.Cleanup(func() {
			if err := <-served; err != nil {
				t.Errorf("%s: %v", variant, err)
			}
			if err := kit.Close(); err != nil {
				t.Errorf("%s: %v", variant, err)
			}
		})
		return l.Addr().String(), stop // all of them stop at once, beside the tests of the next ones
	}, func(reftest.Case) string { return "" })
}

func TestUnknownVariant(t *testing.T) {
	if _, err := newKit("nope", "testdata"); err == nil {
		t.Error("got no error")
	}
}
