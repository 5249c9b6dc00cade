package sidekick

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// The defaults that ServerOptions.withDefaults does not fill in.
const (
	defaultCertificateWarning = 30 * 24 * time.Hour
	defaultProbeConnections   = 64
)

// checkServing reports the problems of the options that say how to serve.
func (s *ServerOptions) checkServing(bad *cfgerr.List) {
	if s.CertificateWarning > maxTime {
		bad.Add("server.certificateWarning", s.CertificateWarning.String(), "want at most %v", maxTime)
	}
	if s.ProbeConnections > maxNumber {
		bad.Add("server.probeConnections", s.ProbeConnections, "want at most %d", maxNumber)
	}
	if s.SocketMode != "" {
		if mode, err := strconv.ParseUint(s.SocketMode, 8, 32); err != nil || mode > 0o777 {
			bad.Add("server.socketMode", s.SocketMode, `want a mode in octal, such as "0660"`)
		}
	}
	for _, o := range []struct {
		path, name string
		find       func(string) (int, error)
	}{{"server.socketOwner", s.SocketOwner, listen.UserID}, {"server.socketGroup", s.SocketGroup, listen.GroupID}} {
		if o.name == "" {
			continue
		}
		if _, err := o.find(o.name); err != nil {
			bad.Add(o.path, o.name, "%v", err)
		}
	}
	if s.ShutdownDelay > 0 && s.ShutdownDelay >= s.ShutdownTimeout {
		bad.Add("server.shutdownDelay", s.ShutdownDelay.String(), "want less than shutdownTimeout, which includes it: %v", s.ShutdownTimeout)
	}
}

// cannotListen says which option decides about the address at which the server cannot
// listen, and what else to set.
func (s *ServerOptions) cannotListen(err error) error {
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
	switch isTCP := s.listeners()[at].Port.isTCP(); {
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

// socket returns the options of unix sockets, which check has validated.
func (s *ServerOptions) socket() listen.Socket {
	o := listen.Socket{Mode: listen.DefaultSocketMode, Owner: -1, Group: -1}
	if mode, err := strconv.ParseUint(s.SocketMode, 8, 32); err == nil {
		o.Mode = uint32(mode)
	}
	if id, err := listen.UserID(s.SocketOwner); err == nil {
		o.Owner = id
	}
	if id, err := listen.GroupID(s.SocketGroup); err == nil {
		o.Group = id
	}
	return o
}

// reserve is how many connections beyond the limit there may be.
func (s *ServerOptions) reserve() int {
	if s.LivenessPath == "" && s.ReadinessPath == "" {
		return 0
	}
	return cmp.Or(s.ProbeConnections, defaultProbeConnections)
}

// warning is how long before a certificate expires warnings begin.
func (s *ServerOptions) warning() time.Duration {
	return cmp.Or(s.CertificateWarning, defaultCertificateWarning)
}

// hasHTTP2 reports whether the server speaks HTTP/2.
func (s *ServerOptions) hasHTTP2() bool {
	return !s.DisableHTTP2 && !listen.NamesHTTP1Only(s.TLSConfig) && listen.HasHTTP2()
}

func (s *ServerOptions) wrap(l net.Listener) net.Listener {
	if s.WrapListener == nil {
		return l
	}
	return s.WrapListener(l)
}

// checkStore checks the folder for uploads if any action takes files or the folder
// was configured.
func (k *Kit) checkStore(bad *cfgerr.List) {
	takesFiles := k.dispatcher != nil && k.dispatcher.TakesFiles()
	if k.store != nil && (takesFiles || k.cfg.UploadDir.Dir != "") {
		bad.Join(under("uploadDir", k.store.Check()))
	}
}
