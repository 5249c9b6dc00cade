package sidekick

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// Listener is a further address to listen on.
type Listener struct {
	// Port, BindIP and Secure are as in [ServerOptions].
	Port   Port
	BindIP string
	Secure bool
}

// Port is a TCP port, the path of a unix socket, or "systemd": see
// [ServerOptions.Port]. In JSON it is a number or a string.
type Port string

// UnmarshalJSON reads a number or a string.
func (p *Port) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	next := Port(data)
	if s, ok := v.(string); ok {
		next = Port(s)
	}
	if problem := next.problem(); problem != "" {
		return fmt.Errorf("%s", problem)
	}
	*p = next
	return nil
}

const (
	wantPort = `want a port from 0 to 65535, the path of a unix socket with a slash in it, or "systemd"`

	// maxSocketPath is the longest unix socket address that works on all systems.
	maxSocketPath = 103
	// maxSocketFolder leaves room for the path at which the socket is first made.
	maxSocketFolder = maxSocketPath - len("/.s4294967295/s")
)

// isTCP tells a port from a socket.
func (p Port) isTCP() bool {
	return p != "" && strings.Trim(string(p), "0123456789") == ""
}

// problem says what is wrong with a port, or "".
func (p Port) problem() string {
	name, activated := strings.CutPrefix(string(p), "systemd")
	switch {
	case p.isTCP():
		if _, err := strconv.ParseUint(string(p), 10, 16); err != nil {
			return wantPort
		}
	case strings.Contains(string(p), "/"):
		if folder := filepath.Dir(string(p)); strings.ContainsRune(string(p), 0) || len(p) > maxSocketPath || len(folder) > maxSocketFolder {
			return fmt.Sprintf("want a path of at most %d bytes, and of %d without its last part: the system accepts no longer path for a socket", maxSocketPath, maxSocketFolder)
		}
		if strings.HasSuffix(string(p), "/") || strings.Contains(string(p), "://") {
			return wantPort
		}
	case !activated || name != "" && (name[0] != ':' || len(name) == 1):
		return wantPort
	}
	return ""
}

// listeners returns all addresses to listen on.
func (o *ServerOptions) listeners() []Listener {
	return append([]Listener{{Port: o.Port, BindIP: o.BindIP, Secure: o.Secure}}, o.Listeners...)
}

func (o *ServerOptions) checkListeners(bad *cfgerr.List) {
	at := map[string]string{}
	for i, l := range o.listeners() {
		path := "server."
		if i > 0 {
			path = fmt.Sprintf("server.listeners[%d].", i-1)
		}
		problem := l.Port.problem()
		if problem != "" {
			bad.Add(path+"port", string(l.Port), "%s", problem)
		}
		if l.BindIP != "" {
			if _, err := netip.ParseAddr(l.BindIP); err != nil {
				bad.Add(path+"bindIP", l.BindIP, `want an IP address, such as "127.0.0.1" or "::1", or none for all`)
			}
		}
		where := string(l.Port)
		if l.Port.isTCP() {
			where = l.BindIP + " " + where
		}
		if other, ok := at[where]; ok && problem == "" && l.Port != "0" {
			bad.Add(path+"port", string(l.Port), "%sport is the same", other)
		}
		at[where] = path
	}
}

// checkSocket reports the problems of the options of unix sockets.
func (o *ServerOptions) checkSocket(bad *cfgerr.List) {
	if mode, err := strconv.ParseUint(o.SocketMode, 8, 32); err != nil || mode > 0o777 {
		bad.Add("server.socketMode", o.SocketMode, `want a mode in octal, such as "0660"`)
	}
	for _, s := range []struct {
		path, name string
		find       func(string) (int, error)
	}{{"server.socketOwner", o.SocketOwner, listen.UserID}, {"server.socketGroup", o.SocketGroup, listen.GroupID}} {
		if s.name == "" {
			continue
		}
		if _, err := s.find(s.name); err != nil {
			bad.Add(s.path, s.name, "%v", err)
		}
	}
}

// socket returns the options of unix sockets, which check has validated.
func (o *ServerOptions) socket() listen.Socket {
	socket := listen.Socket{Owner: -1, Group: -1}
	if mode, err := strconv.ParseUint(o.SocketMode, 8, 32); err == nil {
		socket.Mode = uint32(mode)
	}
	if id, err := listen.UserID(o.SocketOwner); err == nil {
		socket.Owner = id
	}
	if id, err := listen.GroupID(o.SocketGroup); err == nil {
		socket.Group = id
	}
	return socket
}

func (o *ServerOptions) wrap(l net.Listener) net.Listener {
	if o.WrapListener == nil {
		return l
	}
	return o.WrapListener(l)
}

// Listen opens the listeners of Config.Server (Port, BindIP and Listeners) for
// [Kit.Serve]. From then on clients can connect, and wait to be served. While an
// address is in use, Listen retries every second, up to BootAttempts attempts in
// all. If listening is disabled, it opens nothing. After an error, a [ConfigError]
// that names the option and wraps the error of the system, nothing stays open.
//
// Unix sockets have the mode 0660, unless Config.Server says otherwise, and are
// removed when they are closed. A socket on which nobody listens any more is
// replaced; anything else at that path is an error. The folder must be writable:
// the socket is made in a folder of its own there and then moved.
func (k *Kit) Listen(ctx context.Context) ([]net.Listener, error) {
	o := &k.cfg.Server
	if o.DisableListening {
		return nil, nil
	}
	wanted := o.listeners()
	places := make([]listen.Place, len(wanted))
	for i, l := range wanted {
		places[i] = listen.Place{Port: string(l.Port), Host: l.BindIP, Socket: o.socket()}
	}
	opened, err := listen.Open(ctx, places, o.BootAttempts, k.logger)
	if err != nil {
		return nil, o.cannotListen(err)
	}
	var all []net.Listener
	for i, ls := range opened {
		for _, l := range ls {
			all = append(all, &listener{Listener: o.wrap(l), secure: wanted[i].Secure})
		}
	}
	return all, nil
}

// cannotListen says which option decides about the address at which the server cannot
// listen, and what else to set.
func (o *ServerOptions) cannotListen(err error) error {
	at := 0
	var place *listen.PlaceError
	if errors.As(err, &place) {
		at, err = place.Index, place.Err
	}
	group, also := "server.", portVariable+" or "+variablePrefix+"SERVER_PORT"
	if at > 0 {
		group, also = fmt.Sprintf("server.listeners[%d].", at-1), variablePrefix+"SERVER_LISTENERS"
	}
	problem := &ConfigError{Package: "sidekick", Field: group + "port", Also: also, Reason: err.Error(), Cause: err}
	switch isTCP := o.listeners()[at].Port.isTCP(); {
	case listen.InUse(err) && isTCP:
		problem.Reason += ": choose another port, or stop the process that listens there"
	case listen.InUse(err):
		problem.Reason += ": choose another path, or stop the process that listens there"
	case errors.Is(err, fs.ErrPermission) && isTCP:
		problem.Reason += ": choose a port from 1024 on, or let the process use lower ones (CAP_NET_BIND_SERVICE on Linux)"
	case listen.IsNotLocal(err):
		problem.Field = group + "bindIP"
		if at == 0 {
			problem.Also = variablePrefix + "SERVER_BIND_IP"
		}
		problem.Reason += ": choose an address of this machine, or none for all of them"
	}
	return problem
}

// listener is what Listen opened.
type listener struct {
	net.Listener
	secure bool
}

// URL returns the address under which a listener of [Kit.Listen] can be reached: an
// http or https URL, with "localhost" for all addresses, or "unix:" and the path of
// a socket. Other listeners are assumed to be without TLS.
func URL(l net.Listener) string {
	own, ok := l.(*listener)
	return listen.URL(l.Addr(), ok && own.secure)
}
