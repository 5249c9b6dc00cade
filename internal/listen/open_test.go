package listen_test

import (
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/listen"
)

func TestNothingIsHandedOver(t *testing.T) {
	for name, tt := range map[string]struct {
		pid, fds string
		places   []listen.Place
		want     string
	}{
		"nothing":             {"", "", []listen.Place{{Port: "systemd"}}, "LISTEN_PID is \"\""},
		"for another process": {"1", "1", []listen.Place{{Port: "systemd"}}, "LISTEN_PID is \"1\""},
		"no number":           {"self", "x", []listen.Place{{Port: "systemd"}}, "LISTEN_FDS is \"x\""},
		"none":                {"self", "0", []listen.Place{{Port: "systemd"}}, "LISTEN_FDS is \"0\""},
		"twice":               {"self", "1", []listen.Place{{Port: "systemd:a"}, {Port: "systemd:a"}}, "several places"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.pid == "self" {
				tt.pid = strconv.Itoa(os.Getpid())
			}
			t.Setenv("LISTEN_PID", tt.pid)
			t.Setenv("LISTEN_FDS", tt.fds)
			_, err := listen.Open(t.Context(), tt.places, 1, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What was opened before an error is closed.
func TestNothingStaysOpen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	place := func(l net.Listener) listen.Place {
		host, port, _ := net.SplitHostPort(l.Addr().String())
		return listen.Place{Port: port, Host: host}
	}
	places := []listen.Place{place(free), place(taken)}
	free.Close()
	if _, err := listen.Open(t.Context(), places, 1, slog.New(slog.DiscardHandler)); err == nil {
		t.Fatal("got no error")
	}
	again, err := net.Listen("tcp", free.Addr().String())
	if err != nil {
		t.Fatalf("the first stays open: %v", err)
	}
	again.Close()
}

func TestURL(t *testing.T) {
	for want, tt := range map[string]struct {
		a      net.Addr
		secure bool
	}{
		"http://localhost:80/":     {&net.TCPAddr{IP: net.IPv6unspecified, Port: 80}, false},
		"https://localhost:443/":   {&net.TCPAddr{IP: net.IPv4zero, Port: 443}, true},
		"http://[::1]:80/":         {&net.TCPAddr{IP: net.IPv6loopback, Port: 80}, false},
		"https://192.0.2.1:8443/":  {&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8443}, true},
		"unix:/run/sidekick.sock":  {&net.UnixAddr{Name: "/run/sidekick.sock", Net: "unix"}, false},
		"https://[2001:db8::1]:1/": {&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 1}, true},
	} {
		if got := listen.URL(tt.a, tt.secure); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
