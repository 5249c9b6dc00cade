package prometheus

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// Options configures [Metrics]. The zero value is usable.
type Options struct {
	_ struct{}

	// Registry holds the metrics, and is what [Metrics.Scrape] shows. nil makes a new
	// one, which also has the metrics of the Go runtime and the process.
	Registry *prometheus.Registry

	// Buckets are the buckets of the durations, in seconds, in ascending order. nil
	// means prometheus.DefBuckets, from 5 ms to 10 s.
	Buckets []float64

	// NativeHistograms adds native histograms to the buckets, for a Prometheus that
	// scrapes them.
	NativeHistograms bool

	// ConstLabels are added to every metric of this package.
	ConstLabels prometheus.Labels

	// Skip reports whether a request is not counted. nil counts all.
	Skip func(*http.Request) bool

	// OmitActions leaves out the metric of actions.
	OmitActions bool
}
