package bubble_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/bubble"
)

// A day on the server takes no time outside, over both versions of HTTP.
func TestServersWaitInNoTime(t *testing.T) {
	start := time.Now()
	for _, http2 := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := bubble.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(24 * time.Hour)
				fmt.Fprint(w, "good morning")
			}))
			s.EnableHTTP2 = http2
			s.StartTLS()
			defer s.Close()
			began := time.Now()
			resp, err := s.Client().Get(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if text, err := io.ReadAll(resp.Body); err != nil || string(text) != "good morning" || (resp.ProtoMajor == 2) != http2 {
				t.Errorf("got %s %q, %v", resp.Proto, text, err)
			}
			if d := time.Since(began); d != 24*time.Hour {
				t.Errorf("it took %v in the bubble", d)
			}
		})
	}
	if d := time.Since(start); d > time.Hour {
		t.Errorf("it took %v outside", d)
	}
}

func TestDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bubble.NewServer(http.NotFoundHandler())
		c, err := s.Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || resp.StatusCode != http.StatusNotFound {
			t.Errorf("got %v, %v", resp, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Error(err)
		}
		s.Close()
		if _, err := s.Dial(); err == nil {
			t.Error("a closed server was reached")
		}
	})
}
