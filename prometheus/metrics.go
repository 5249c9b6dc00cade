package prometheus

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/felixge/httpsnoop"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts and times requests and actions. It is safe for concurrent use.
type Metrics struct {
	registry  *prometheus.Registry
	skip      func(*http.Request) bool
	durations *prometheus.HistogramVec
	sizes     *prometheus.HistogramVec
	running   prometheus.Gauge
	actions   *prometheus.HistogramVec // nil if they are left out
}

// sizeBuckets range from 100 bytes to 100 MB.
var sizeBuckets = prometheus.ExponentialBuckets(100, 10, 7)

// New registers the metrics. Its error says which options are wrong, or joins the
// registry's errors: prometheus.AlreadyRegisteredError if a name is taken. After an
// error nothing stays registered.
func New(o Options) (_ *Metrics, err error) {
	defer func() {
		// The client library panics if a label has a reserved name.
		if problem := recover(); problem != nil {
			err = fmt.Errorf("prometheus: %v", problem)
		}
	}()
	for i := 1; i < len(o.Buckets); i++ {
		if !(o.Buckets[i-1] < o.Buckets[i]) {
			return nil, fmt.Errorf("prometheus: Buckets[%d]: invalid value %v: want more than %v, the one before", i, o.Buckets[i], o.Buckets[i-1])
		}
	}
	m := &Metrics{registry: o.Registry, skip: o.Skip}
	if m.registry == nil {
		m.registry = prometheus.NewRegistry()
		m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	if o.Buckets == nil {
		o.Buckets = prometheus.DefBuckets
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		opts := prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets, ConstLabels: o.ConstLabels}
		if o.NativeHistograms {
			opts.NativeHistogramBucketFactor = 1.1
			opts.NativeHistogramMaxBucketNumber = 160
			opts.NativeHistogramMinResetDuration = time.Hour
		}
		return prometheus.NewHistogramVec(opts, labels)
	}
	m.durations = histogram("http_request_duration_seconds", "How long requests took, to the last byte of the response.", slices.Clone(o.Buckets), "method", "code", "route")
	m.sizes = histogram("http_response_size_bytes", "How long the bodies of responses were.", sizeBuckets, "method", "code", "route")
	m.running = prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_requests_in_flight", Help: "How many requests are being answered.", ConstLabels: o.ConstLabels})
	all := []prometheus.Collector{m.durations, m.sizes, m.running}
	if !o.OmitActions {
		m.actions = histogram("sidekick_action_duration_seconds", "How long actions took, their middleware included.", slices.Clone(o.Buckets), "action", "version", "outcome")
		all = append(all, m.actions)
	}
	if err := registerAll(m.registry, all); err != nil {
		return nil, fmt.Errorf("prometheus: %w", err)
	}
	return m, nil
}

// registerAll registers all collectors or none.
func registerAll(r *prometheus.Registry, all []prometheus.Collector) error {
	var errs []error
	var done []prometheus.Collector
	for _, c := range all {
		if err := r.Register(c); err != nil {
			errs = append(errs, err)
		} else {
			done = append(done, c)
		}
	}
	if len(errs) > 0 {
		for _, c := range done {
			r.Unregister(c)
		}
	}
	return errors.Join(errs...)
}

// Scrape returns the handler for /metrics. It reveals what the server does: serve
// it where only Prometheus can reach it.
func (m *Metrics) Scrape() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, EnableOpenMetrics: true})
}

// Handler counts and times requests and passes them to next.
func (m *Metrics) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.skip != nil && m.skip(r) {
			next.ServeHTTP(w, r)
			return
		}
		m.running.Inc()
		start := time.Now()
		seen := httpsnoop.Metrics{Code: http.StatusOK}
		cut := true
		defer func() {
			m.running.Dec()
			code := strconv.Itoa(seen.Code)
			if cut {
				code = "aborted"
			}
			method, route := methodOf(r), routeOf(r)
			m.durations.WithLabelValues(method, code, route).Observe(time.Since(start).Seconds())
			m.sizes.WithLabelValues(method, code, route).Observe(float64(seen.Written))
		}()
		seen.CaptureMetrics(w, func(w http.ResponseWriter) { next.ServeHTTP(w, r) })
		cut = false
	})
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace,
}

func methodOf(r *http.Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return "other"
}

// routeOf returns the pattern that a request has matched. One of http.ServeMux may
// begin with a method and a host.
func routeOf(r *http.Request) string {
	if i := strings.IndexByte(r.Pattern, '/'); i >= 0 {
		return r.Pattern[i:]
	}
	return "none"
}
