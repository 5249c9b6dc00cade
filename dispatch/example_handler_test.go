package dispatch_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
)

// A handler as an action: its inputs are checked first, and it writes the
// response itself.
func ExampleFromContext() {
	avatar := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := dispatch.FromContext(r.Context())
		if !ok {
			http.Error(w, "this handler is for an action", http.StatusInternalServerError)
			return
		}
		name, _ := c.Params.String("name")
		w.Header().Set("Content-Type", "image/svg+xml")
		fmt.Fprintf(w, "<svg><text>%.1s</text></svg>", name)
	})
	d, err := dispatch.New(dispatch.Options{
		Renderer: plain(),
		Actions: []dispatch.Action{{
			Name: "avatar", Handler: avatar,
			Inputs: dispatch.Inputs{"name": {Required: true}},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	print(d, "GET", "/avatar?name=ann")
	print(d, "GET", "/avatar")
	// Output:
	// 200 <svg><text>a</text></svg>
	// 422 {"error":"name is a required parameter for this action"}
}

// ticks sends the time, as server-sent events, until the client leaves or
// the server stops.
func ticks(every time.Duration) dispatch.Action {
	return dispatch.Action{
		Name: "ticks",
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			w := c.ResponseWriter()
			w.Header().Set("Content-Type", "text/event-stream")
			flush := http.NewResponseController(w).Flush
			ticker := time.NewTicker(every)
			defer ticker.Stop()
			for n := 1; ; n++ {
				fmt.Fprintf(w, "id: %d\ndata: tick\n\n", n)
				if err := flush(); err != nil {
					return nil, err
				}
				select {
				case <-ticker.C:
				case <-ctx.Done(): // the client has left
					return nil, nil
				case <-c.Stopping(): // the server is about to stop
					return nil, nil
				}
			}
		},
	}
}

// A stream of events. Each is sent at once: no piece holds it back.
func ExampleConnection_ResponseWriter() {
	d, err := dispatch.New(dispatch.Options{Renderer: plain(), Actions: []dispatch.Action{ticks(time.Millisecond)}})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(d)
	defer server.Close()

	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/ticks", nil)
	if err != nil {
		log.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	fmt.Println(response.Header.Get("Content-Type"))
	twoEvents := make([]byte, len("id: 1\ndata: tick\n\n")*2)
	if _, err := io.ReadFull(response.Body, twoEvents); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", twoEvents)
	// Output:
	// text/event-stream
	// id: 1
	// data: tick
	//
	// id: 2
	// data: tick
}
