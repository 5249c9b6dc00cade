package sidekick_test

import (
	"errors"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick"
)

// TestAnAddressThatCannotBeHadNamesItsOption checks that the error names the option
// and its variable, and what else to set.
func TestAnAddressThatCannotBeHadNamesItsOption(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := sidekick.Port(strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	folder := sidekick.Port(filepath.Join(shortTempDir(t), "none", "s.sock"))
	for name, tt := range map[string]struct {
		port      sidekick.Port
		bindIP    string
		listeners []sidekick.Listener
		want      string // the error begins with this
		hint      string // and contains this
		cause     error
	}{
		"a port that is taken":             {taken, "127.0.0.1", nil, "sidekick: server.port (PORT or SIDEKICK_SERVER_PORT): listen tcp", ": choose another port, or stop the process that listens there", syscall.EADDRINUSE},
		"a further port that is taken":     {"0", "127.0.0.1", []sidekick.Listener{{Port: taken, BindIP: "127.0.0.1"}}, "sidekick: server.listeners[0].port (SIDEKICK_SERVER_LISTENERS): listen tcp", ": choose another port", syscall.EADDRINUSE},
		"an address of another machine":    {"0", "192.0.2.1", nil, "sidekick: server.bindIP (SIDEKICK_SERVER_BIND_IP): listen tcp", ": choose an address of this machine", syscall.EADDRNOTAVAIL},
		"the same of a further one":        {"0", "127.0.0.1", []sidekick.Listener{{Port: "0", BindIP: "192.0.2.1"}}, "sidekick: server.listeners[0].bindIP (SIDEKICK_SERVER_LISTENERS): listen tcp", ": choose an address of this machine", syscall.EADDRNOTAVAIL},
		"a socket in a folder that is not": {folder, "", nil, "sidekick: server.port (PORT or SIDEKICK_SERVER_PORT): ", "no such file", syscall.ENOENT},
		"sockets of systemd":               {"systemd", "", nil, "sidekick: server.port (PORT or SIDEKICK_SERVER_PORT): systemd handed over no sockets: LISTEN_PID", "", nil},
		"further ones of systemd":          {"0", "127.0.0.1", []sidekick.Listener{{Port: "systemd:x"}}, "sidekick: server.listeners[0].port (SIDEKICK_SERVER_LISTENERS): systemd handed over no sockets", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := sidekick.Production()
			cfg.Server.Port, cfg.Server.BindIP, cfg.Server.Listeners = tt.port, tt.bindIP, tt.listeners
			_, err := newKit(t, cfg).Listen(t.Context())
			var problem *sidekick.ConfigError
			if !errors.As(err, &problem) || !strings.HasPrefix(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.hint) {
				t.Errorf("got  %v\nwant %s… %s", err, tt.want, tt.hint)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("%v does not wrap %v", err, tt.cause)
			}
		})
	}
}
