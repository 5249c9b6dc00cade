package sidekick

import (
	"net/http"
	"strconv"
)

// health answers the probes of LivenessPath and ReadinessPath in Config.Server:
// outside the access log and whatever goes by host, client or cookie. It lies
// outside the recovery of all else, too, and has its own.
func (k *Kit) health(next http.Handler) http.Handler {
	live, ready := k.cfg.Server.LivenessPath, k.cfg.Server.ReadinessPath
	if live == "" && ready == "" {
		return next
	}
	probes := k.recoverer.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == ready {
			probe(w, r, func() (int, string) { return k.readiness(r) })
			return
		}
		probe(w, r, func() (int, string) { return http.StatusOK, "ok" })
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := r.URL.Path; path != "" && (path == live || path == ready) {
			probes.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readiness tells whether new requests are welcome.
func (k *Kit) readiness(r *http.Request) (status int, word string) {
	if k.server.IsStopping() {
		return http.StatusServiceUnavailable, "stopping"
	}
	var err error
	if k.cfg.Server.ReadinessCheck != nil {
		err = k.cfg.Server.ReadinessCheck(r.Context())
	}
	// Probes come every few seconds: only changes are worth a line.
	if was := k.notReady.Swap(err != nil); was != (err != nil) {
		if err != nil {
			k.logger.WarnContext(r.Context(), "not ready", "error", err)
		} else {
			k.logger.InfoContext(r.Context(), "ready again")
		}
	}
	if err != nil {
		return http.StatusServiceUnavailable, "unavailable"
	}
	return http.StatusOK, "ok"
}

// probe answers GET and HEAD with a word.
func probe(w http.ResponseWriter, r *http.Request, state func() (int, string)) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	status, word := state()
	body := `{"status":"` + word + `"}`
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		// A prober that has gone needs no answer.
		_, _ = w.Write([]byte(body))
	}
}
