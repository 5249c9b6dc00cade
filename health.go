package sidekick

import (
	"net/http"
	"strconv"
)

// health answers the probes at LivenessPath and ReadinessPath of Config.Server,
// before the access log and everything that depends on host, client or cookie.
// Since it is also outside the main recovery, it has its own.
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

// probe answers GET and HEAD with one word.
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
		// A failed write means that the prober has gone.
		_, _ = w.Write([]byte(body))
	}
}
