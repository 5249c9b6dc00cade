package main

import (
	"cmp"
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// measured counts and times what next answers, by method, status and route. A
// label must not be what a client can choose: a path would make a new series
// for every user. promhttp sees to the method; the route is asked for when next
// has returned.
func measured(registry prometheus.Registerer, next http.Handler) http.Handler {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "How long requests took, to the last byte of the answer.",
		Buckets: prometheus.DefBuckets,
	}, []string{"method", "code", "route"})
	running := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "http_requests_in_flight",
		Help: "How many requests are being answered.",
	})
	registry.MustRegister(durations, running)

	next = promhttp.InstrumentHandlerDuration(durations, next, promhttp.WithLabelFromCtx("route", func(ctx context.Context) string {
		return cmp.Or(routeOf(ctx), "none") // a file, or nothing at all
	}))
	return promhttp.InstrumentHandlerInFlight(running, next)
}

// scraped answers with the numbers.
func scraped(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	return mux
}
