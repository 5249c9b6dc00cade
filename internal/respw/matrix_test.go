package respw_test

import (
	"net/http"
	"testing"

	"github.com/sidekick-http/sidekick/internal/respw"
	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
)

// watch is the smallest piece: just a tap.
func watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tw, r, tap := respw.Of(w, r)
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
	})
}

func TestMatrix(t *testing.T) { respwtest.Run(t, watch) }

// The runner itself must pass a piece that does nothing.
func TestMatrixOfAPieceThatDoesNothing(t *testing.T) {
	respwtest.Run(t, func(next http.Handler) http.Handler { return next })
}
