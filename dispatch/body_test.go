package dispatch_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
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

// bodyServer is a server whose requests must be complete within a short time.
func bodyServer(t *testing.T, o dispatch.Options, readTimeout time.Duration) *httptest.Server {
	t.Helper()
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(d)
	srv.Config.ReadTimeout = readTimeout
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetHTTP1(true)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

// sendLines sends the lines of a body with pauses in between, and returns the answer.
func sendLines(url string, http2 bool, lines int, pause time.Duration) (int, string, error) {
	r, w := io.Pipe()
	go func() {
		for i := range lines {
			if _, err := fmt.Fprintf(w, `{"n":%d}`+"\n", i); err != nil {
				return
			}
			time.Sleep(pause)
		}
		w.Close()
	}()
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetHTTP1(!http2)
	tr.Protocols.SetUnencryptedHTTP2(http2)
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr, Timeout: 30 * time.Second}).Post(url, "application/x-ndjson", r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

const soon = 700 * time.Millisecond

// A body that an action reads by itself may be slow, as long as bytes keep coming.
func TestBodiesThatGoOn(t *testing.T) {
	const patience = 3 * soon // far above the pauses, on a busy machine too
	var all sync.WaitGroup    // subtests would wait for each other
	for _, http2 := range []bool{false, true} {
		for name, action := range map[string]dispatch.Action{
			"action": linesAction(0),
			// The deadline must not outlast the body.
			"action that goes on": linesAction(patience + soon),
			"handler": {Name: "lines", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, err := io.ReadAll(r.Body)
				fmt.Fprintf(w, `{"lines":%d} %v`, strings.Count(string(b), "\n"), err)
			})},
		} {
			srv := bodyServer(t, dispatch.Options{Actions: []dispatch.Action{action}}, patience)
			all.Go(func() {
				status, body, err := sendLines(srv.URL+"/lines", http2, 24, soon/6)
				if err != nil || status != 200 || !strings.Contains(body, `"lines":24`) {
					t.Errorf("%s, http2=%v: got %d %s, %v", name, http2, status, body, err)
				}
			})
		}
	}
	all.Wait()
}

// A body that stops, or takes longer than it may, is cut.
func TestBodiesThatTakeTooLong(t *testing.T) {
	var all sync.WaitGroup
	for _, http2 := range []bool{false, true} {
		stops := bodyServer(t, dispatch.Options{Actions: []dispatch.Action{linesAction(0)}}, soon)
		all.Go(func() {
			start := time.Now()
			status, body, err := sendLines(stops.URL+"/lines", http2, 2, 15*soon)
			if err != nil || status != http.StatusRequestTimeout || time.Since(start) > 14*soon {
				t.Errorf("stops, http2=%v: got %d %s, %v after %v", http2, status, body, err, time.Since(start))
			}
		})
		// The pauses stay far below what the server waits for.
		late := bodyServer(t, dispatch.Options{MaxBodyTime: 2 * soon, Actions: []dispatch.Action{linesAction(0)}}, 15*soon)
		all.Go(func() {
			start := time.Now()
			status, body, err := sendLines(late.URL+"/lines", http2, 80, soon/4)
			if err != nil || status != http.StatusRequestTimeout || time.Since(start) < 2*soon || time.Since(start) > 14*soon {
				t.Errorf("takes too long, http2=%v: got %d %s, %v after %v", http2, status, body, err, time.Since(start))
			}
		})
	}
	all.Wait()
}

// Bodies that the parameters are read from have only the server's time.
func TestBodiesOfParamsHaveTheirTime(t *testing.T) {
	srv := bodyServer(t, dispatch.Options{Actions: []dispatch.Action{{
		Name: "echo", Inputs: dispatch.Inputs{"a": {}},
		Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil },
	}}}, soon)
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
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
	if res.StatusCode != http.StatusRequestTimeout || time.Since(start) > 8*soon {
		t.Errorf("got %d after %v", res.StatusCode, time.Since(start))
	}
}

// An action whose body was already read for the parameters finds its end, and may then run for
// longer than the server's ReadTimeout.
func TestReadingOnAtTheEnd(t *testing.T) {
	ended := make(chan error, 1)
	srv := bodyServer(t, dispatch.Options{Actions: []dispatch.Action{{
		Name: "late", Inputs: dispatch.Inputs{"a": {}},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			b, err := io.ReadAll(c.Request().Body)
			if err != nil || len(b) > 0 {
				ended <- fmt.Errorf("got %q, %v", b, err)
				return nil, nil
			}
			select {
			case <-ctx.Done():
				ended <- errors.New("the context has ended")
			case <-time.After(3 * soon):
				ended <- nil
			}
			return nil, nil
		},
	}}}, soon)
	for _, body := range []string{`{"a":1}`, ""} {
		res, err := http.Post(srv.URL+"/late", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if err := <-ended; err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
}
