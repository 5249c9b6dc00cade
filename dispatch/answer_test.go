package dispatch_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func TestPipeHeedsTheStatus(t *testing.T) {
	piped := errors.New("not called")
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{{Name: "pipe", Inputs: dispatch.Inputs{"status": {Formatters: formats(dispatch.ToInt)}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		c.SetStatus(int(c.Params["status"].(int64)))
		piped = c.Pipe("content", nil)
		return nil, piped
	}}}})
	srv := httptest.NewServer(d)
	defer srv.Close()
	for status, want := range map[string]int{"201": 201, "204": 204, "304": 304, "404": 404, "700": 500, "42": 500} {
		resp, err := srv.Client().Get(srv.URL + "/pipe?status=" + status)
		if err != nil {
			t.Errorf("%s: %v", status, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want || err != nil || (want == 201 || want == 404) != (string(body) == "content") {
			t.Errorf("%s: got %d %q (%v)", status, resp.StatusCode, body, err)
		}
		if (piped != nil) != (want == 500) {
			t.Errorf("%s: Pipe returned %v", status, piped)
		}
	}
}

// An invalid status is the server's mistake: the client gets the id of the log record.
func TestAnInvalidStatusOfPipeIsAnsweredWithAnID(t *testing.T) {
	var log logBuffer
	d, err := dispatch.New(dispatch.Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)), NewID: func() string { return "id-7" },
		Actions: []dispatch.Action{runs("a", func(_ context.Context, c *dispatch.Connection) (any, error) {
			c.SetStatus(700)
			return nil, c.Pipe("content", nil)
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := ask(t, d, "GET", "/a", "")
	if text, _ := a.err().(string); a.Code != 500 || !strings.Contains(text, "id-7") || !strings.Contains(log.String(), "messageId=id-7") || !strings.Contains(log.String(), "the status 700 was set") {
		t.Errorf("got %d %s; logged %s", a.Code, a.Body, &log)
	}
}
