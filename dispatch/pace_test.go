package dispatch_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/bubble"
)

// linesAction reads a body line by line, then does nothing for a while, and returns what it has
// read.
func linesAction(pause time.Duration) dispatch.Action {
	return dispatch.Action{Name: "lines", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
		n := 0
		s := bufio.NewScanner(c.Request().Body)
		for s.Scan() {
			n++
		}
		if s.Err() != nil {
			return nil, s.Err()
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		return map[string]any{"lines": n}, nil
	}}
}

// bodyServer is a server whose requests must be complete within a short time. It is in the bubble
// of the test.
func bodyServer(t *testing.T, o dispatch.Options, readTimeout time.Duration) *bubble.Server {
	t.Helper()
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := bubble.NewUnstartedServer(d)
	srv.Config.ReadTimeout = readTimeout
	srv.Config.Protocols = bothProtocols()
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

func bothProtocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// sendLines sends the lines of a body with pauses in between, and returns the answer.
func sendLines(dial func() (net.Conn, error), http2 bool, lines int, pause time.Duration) (int, string, error) {
	r, w := io.Pipe()
	var sender sync.WaitGroup
	defer sender.Wait()
	answered := make(chan struct{})
	defer close(answered)
	defer r.Close()
	sender.Go(func() {
		for i := range lines {
			if _, err := fmt.Fprintf(w, `{"n":%d}`+"\n", i); err != nil {
				return
			}
			select {
			case <-time.After(pause):
			case <-answered:
				return
			}
		}
		w.Close()
	})
	tr := &http.Transport{Protocols: new(http.Protocols), DialContext: func(context.Context, string, string) (net.Conn, error) { return dial() }}
	tr.Protocols.SetHTTP1(!http2)
	tr.Protocols.SetUnencryptedHTTP2(http2)
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr, Timeout: time.Hour}).Post("http://127.0.0.1/lines", "application/x-ndjson", r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

// overBoth runs a test in a bubble for each version of HTTP.
func overBoth(t *testing.T, name string, f func(t *testing.T, http2 bool)) {
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("%s/http2=%v", name, http2), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, http2) })
		})
	}
}

const soon = 700 * time.Millisecond

// A body that an action reads by itself may be slow, as long as bytes keep coming.
func TestBodiesThatGoOn(t *testing.T) {
	const patience = 3 * soon
	for name, action := range map[string]dispatch.Action{
		"action": linesAction(0),
		// The deadline must not outlast the body.
		"action that goes on": linesAction(10 * patience),
		"handler": {Name: "lines", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			fmt.Fprintf(w, `{"lines":%d} %v`, strings.Count(string(b), "\n"), err)
		})},
	} {
		overBoth(t, name, func(t *testing.T, http2 bool) {
			srv := bodyServer(t, dispatch.Options{Actions: []dispatch.Action{action}}, patience)
			status, body, err := sendLines(srv.Dial, http2, 24, patience*9/10)
			if err != nil || status != 200 || !strings.Contains(body, `"lines":24`) {
				t.Errorf("got %d %s, %v", status, body, err)
			}
		})
	}
}

// A body that stops, or takes longer than it may, is cut.
func TestBodiesThatTakeTooLong(t *testing.T) {
	overBoth(t, "stops", func(t *testing.T, http2 bool) {
		srv := bodyServer(t, dispatch.Options{Actions: []dispatch.Action{linesAction(0)}}, soon)
		start := time.Now()
		status, body, err := sendLines(srv.Dial, http2, 2, 15*soon)
		if err != nil || status != http.StatusRequestTimeout || time.Since(start) > soon {
			t.Errorf("got %d %s, %v after %v", status, body, err, time.Since(start))
		}
	})
	overBoth(t, "takes too long", func(t *testing.T, http2 bool) {
		srv := bodyServer(t, dispatch.Options{MaxBodyTime: 2 * soon, Actions: []dispatch.Action{linesAction(0)}}, 15*soon)
		start := time.Now()
		status, body, err := sendLines(srv.Dial, http2, 80, soon/3) // no line at the very end of the time
		if err != nil || status != http.StatusRequestTimeout || time.Since(start) != 2*soon {
			t.Errorf("got %d %s, %v after %v", status, body, err, time.Since(start))
		}
	})
}

// What the bubbles show holds for real connections.
func TestABodyThatStopsOnASocket(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", http2), func(t *testing.T) {
			t.Parallel()
			d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{linesAction(0)}})
			if err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewUnstartedServer(d)
			srv.Config.ReadTimeout = soon / 2
			srv.Config.Protocols = bothProtocols()
			srv.Start()
			defer srv.Close()
			dial := func() (net.Conn, error) { return net.Dial("tcp", srv.Listener.Addr().String()) }
			if status, body, err := sendLines(dial, http2, 2, 15*soon); err != nil || status != http.StatusRequestTimeout {
				t.Errorf("got %d %s, %v", status, body, err)
			}
		})
	}
}

// Bodies that the parameters are read from have only the server's time.
func TestBodiesOfParamsHaveTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := bodyServer(t, dispatch.Options{Actions: []dispatch.Action{{
			Name: "echo", Inputs: dispatch.Inputs{"a": {}},
			Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil },
		}}}, soon)
		c, err := srv.Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n")
		go func() {
			for range 40 {
				if _, err := io.WriteString(c, " "); err != nil {
					return
				}
				time.Sleep(soon / 4)
			}
		}()
		start := time.Now()
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusRequestTimeout || time.Since(start) != soon {
			t.Errorf("got %d after %v", res.StatusCode, time.Since(start))
		}
	})
}

// An action whose body was already read for the parameters finds its end, and may then run for
// longer than the server's ReadTimeout.
func TestReadingOnAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := bodyServer(t, dispatch.Options{Actions: []dispatch.Action{{
			Name: "late", Inputs: dispatch.Inputs{"a": {}},
			Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				b, err := io.ReadAll(c.Request().Body)
				if err != nil || len(b) > 0 {
					t.Errorf("got %q, %v", b, err)
				}
				select {
				case <-ctx.Done():
					t.Error("the context has ended")
				case <-time.After(30 * soon):
				}
				return nil, nil
			},
		}}}, soon)
		for _, body := range []string{`{"a":1}`, ""} {
			res, err := srv.Client().Post(srv.URL+"/late", "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("%q: got %d", body, res.StatusCode)
			}
		}
	})
}
