package dispatch_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
)

// streams are actions that do not end by themselves.
func streams() []dispatch.Action {
	begin := func(w http.ResponseWriter) {
		fmt.Fprintln(w, "begun")
		http.NewResponseController(w).Flush()
	}
	return []dispatch.Action{
		{Name: "handler", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begin(w)
			c, _ := dispatch.FromContext(r.Context())
			select {
			case <-c.Stopping():
				io.WriteString(w, "goodbye")
			case <-r.Context().Done():
			}
		})},
		{Name: "run", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			begin(c.ResponseWriter())
			wait, cancel := c.UntilStop(ctx)
			defer cancel()
			<-wait.Done()
			if errors.Is(context.Cause(wait), dispatch.ErrShuttingDown) && ctx.Err() == nil {
				io.WriteString(c.ResponseWriter(), "goodbye")
			}
			return nil, nil
		}},
		dispatch.Typed("typed", func(ctx context.Context, _ struct{}) (any, error) {
			c, _ := dispatch.FromContext(ctx)
			begin(c.ResponseWriter())
			<-c.Stopping()
			io.WriteString(c.ResponseWriter(), "goodbye")
			return nil, nil
		}),
		{Name: "outer", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			begin(c.ResponseWriter())
			_, err := c.Run(ctx, "inner", "", nil)
			io.WriteString(c.ResponseWriter(), "goodbye")
			return nil, err
		}},
		{Name: "inner", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			<-c.Stopping()
			return nil, nil
		}},
	}
}

// Actions of every kind learn that http.Server.Shutdown has begun, and can end the answer
// properly.
func TestActionsLearnOfAStop(t *testing.T) {
	for _, name := range []string{"handler", "run", "typed", "outer"} {
		t.Run(name, func(t *testing.T) {
			d, err := dispatch.New(dispatch.Options{Actions: streams()})
			if err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewServer(d)
			srv.Config.RegisterOnShutdown(d.AnnounceStop)
			res, err := http.Get(srv.URL + "/" + name)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body := bufio.NewReader(res.Body)
			if line, err := body.ReadString('\n'); err != nil || line != "begun\n" {
				t.Fatalf("got %q, %v", line, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := srv.Config.Shutdown(ctx); err != nil {
				t.Errorf("the stop: %v", err)
			}
			if rest, err := io.ReadAll(body); err != nil || string(rest) != "goodbye" {
				t.Errorf("got %q, %v", rest, err)
			}
			srv.Close()
		})
	}
}

// An action that asks after the stop has begun learns it at once, and a stop may be announced
// repeatedly.
func TestAStopThatHasBegun(t *testing.T) {
	asked := make(chan error, 1)
	d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{{Name: "late", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
		wait, cancel := c.UntilStop(ctx)
		defer cancel()
		select {
		case <-wait.Done():
			asked <- context.Cause(wait)
		case <-time.After(10 * time.Second):
			asked <- errors.New("nothing is told")
		}
		return nil, nil
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d.AnnounceStop()
	}
	if _, err := d.Run(t.Context(), "late", "", nil); err != nil {
		t.Fatal(err)
	}
	if err := <-asked; !errors.Is(err, dispatch.ErrShuttingDown) {
		t.Errorf("got %v", err)
	}
}

// The context of UntilStop ends with the client or the action without the cause of a stop.
func TestUntilStopEndsWithItsContext(t *testing.T) {
	d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{{Name: "a", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
		own, leave := context.WithCancel(ctx)
		wait, cancel := c.UntilStop(own)
		defer cancel()
		leave()
		<-wait.Done()
		first := context.Cause(wait)
		again, cancelAgain := c.UntilStop(ctx)
		cancelAgain()
		<-again.Done()
		return nil, errors.Join(first, context.Cause(again))
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Run(t.Context(), "a", "", nil); !errors.Is(err, context.Canceled) || errors.Is(err, dispatch.ErrShuttingDown) {
		t.Errorf("got %v", err)
	}
}
