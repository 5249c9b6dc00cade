package prometheus

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// Options configures [Metrics]. The zero value is usable.
type Options struct {
	_ struct{}

	// Registry has the metrics, and is what [Metrics.Scrape] answers with. nil
	// makes one of its own, with the metrics of the Go runtime and of the process.
	Registry *prometheus.Registry

	// Buckets are those of the durations, in seconds and rising. nil are
	// prometheus.DefBuckets, from 5 ms to 10 s.
	Buckets []float64

	// NativeHistograms has native histograms beside the buckets, for a Prometheus
	// that scrapes them.
	NativeHistograms bool

	// ConstLabels are added to every metric of this package.
	ConstLabels prometheus.Labels

	// Skip tells which requests are not counted. nil counts all.
	Skip func(*http.Request) bool

	// OmitActions leaves out the metric of actions.
	OmitActions bool
}
