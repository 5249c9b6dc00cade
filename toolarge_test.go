package sidekick_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

// A connection on which a body was longer than a limit has no further request: the
// response says that it is closed, and it is, whoever limits the body and however much of it
// is left. The client gets the whole response. Other responses leave the connection open, once
// net/http has read the rest.
func TestABodyBeyondALimitClosesTheConnection(t *testing.T) {
	const limit = 10
	limited := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
		})
	}
	chain := func(set func(*sidekick.Chain)) func(*sidekick.Config) {
		return func(cfg *sidekick.Config) { set(&cfg.Chain) }
	}
	actions := []dispatch.Action{
		{Name: "reads", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit)); err != nil {
				http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			}
		})},
		{Name: "takes", Inputs: dispatch.Inputs{"a": {}}, Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }},
		{Name: "leaves", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusConflict) })},
	}
	for _, tt := range []struct {
		name, action string
		change       func(*sidekick.Config)
		want         int
	}{
		{"a handler's own limit", "reads", func(*sidekick.Config) {}, 413},
		{"a limit in Chain.All", "takes", chain(func(c *sidekick.Chain) { c.All = []func(http.Handler) http.Handler{limited} }), 413},
		{"a limit in Chain.All, for a handler", "reads", chain(func(c *sidekick.Chain) { c.All = []func(http.Handler) http.Handler{limited} }), 413},
		{"a limit in Chain.Actions", "takes", chain(func(c *sidekick.Chain) { c.Actions = []func(http.Handler) http.Handler{limited} }), 413},
		{"the limit of parameters", "takes", func(cfg *sidekick.Config) { cfg.Params.MaxBodyBytes = limit }, 413},
		{"another refusal", "leaves", func(*sidekick.Config) {}, 409},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := sidekick.Production()
			cfg.Logger = slog.New(slog.DiscardHandler)
			tt.change(&cfg)
			kit := newKit(t, cfg, actions...)
			l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- kit.Serve(ctx, l) }()
			defer func() {
				stop()
				if err := <-served; err != nil {
					t.Error(err)
				}
			}()
			for _, size := range []int{100, 200_000, 1_000_000} {
				body := `{"a":"` + strings.Repeat("x", size-8) + `"}`
				for form, rest := range map[string]string{
					"a length":       fmt.Sprintf("Content-Length: %d\r\n\r\n%s", size, body),
					"chunks":         fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", size, body),
					"an expectation": fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n\r\n%s", size, body),
				} {
					c := must[net.Conn](t)(net.Dial("tcp", l.Addr().String()))
					_ = c.SetDeadline(time.Now().Add(time.Minute))
					go io.WriteString(c, "POST /api/"+tt.action+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+rest)
					in := bufio.NewReader(c)
					resp, err := http.ReadResponse(in, nil)
					if err == nil && resp.StatusCode == http.StatusContinue {
						resp, err = http.ReadResponse(in, nil)
					}
					if err != nil {
						t.Fatalf("%d bytes with %s: %v", size, form, err)
					}
					if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != tt.want {
						t.Errorf("%d bytes with %s: got %d, %v", size, form, resp.StatusCode, err)
					}
					if tt.want == http.StatusRequestEntityTooLarge {
						if !resp.Close {
							t.Errorf("%d bytes with %s: got %v, want Connection: close", size, form, resp.Header)
						}
						// A client that is still sending may get a reset.
						if rest, err := io.ReadAll(in); len(rest) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
							t.Errorf("%d bytes with %s: got %q, %v after the response", size, form, rest, err)
						}
					} else if !resp.Close {
						_, _ = io.WriteString(c, "GET /api/none HTTP/1.1\r\nHost: x\r\n\r\n")
						if next, err := http.ReadResponse(in, nil); err != nil || next.StatusCode != http.StatusNotFound {
							t.Errorf("%d bytes with %s: got %v, %v for the next request", size, form, next, err)
						}
					}
					_ = c.Close()
				}
			}
		})
	}
}
