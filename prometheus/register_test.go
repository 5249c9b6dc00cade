package prometheus_test

import (
	"errors"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/sidekick-http/sidekick/prometheus"
)

// A name that is taken is no obstacle once it is free.
func TestNothingStaysRegisteredAfterAnError(t *testing.T) {
	registry := client.NewRegistry()
	other := client.NewGauge(client.GaugeOpts{Name: "http_requests_in_flight", Help: "How many requests are being answered."})
	if err := registry.Register(other); err != nil {
		t.Fatal(err)
	}
	var taken client.AlreadyRegisteredError
	if _, err := prometheus.New(prometheus.Options{Registry: registry}); !errors.As(err, &taken) {
		t.Fatalf("got %v, want that the name is taken", err)
	}
	if !registry.Unregister(other) {
		t.Error("the metric of somebody else is gone")
	}
	if _, err := prometheus.New(prometheus.Options{Registry: registry}); err != nil {
		t.Errorf("once it is free: got %v", err)
	}
}
