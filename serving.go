package sidekick

import (
	"cmp"
	"net"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// Serving says how a server is run, beside the options that [Config] has itself.
// The zero value is the default.
type Serving struct {
	// DisableHTTP2 leaves HTTP/1.1 alone, over TLS and without. HTTP/2 is also
	// off where net/http has it off (GODEBUG=http2server=0), and where the
	// NextProtos of TLSConfig name "http/1.1" and not "h2".
	DisableHTTP2 bool `json:"disableHTTP2"`
	// CertificateWarning is how long before the end of a certificate it is warned
	// of: when it is loaded, at start and when its files change, and once a day.
	// The default 0 means 30 days; a negative value warns of what has ended only.
	CertificateWarning time.Duration `json:"certificateWarning"`
	// ProbeConnections are the connections beyond MaxConnections that may ask for
	// LivenessPath and ReadinessPath, so that a full server is not taken for a dead
	// one; what they ask otherwise is a 503. The default 0 means 64; a negative
	// value means none, as where neither path is set: further connections wait.
	ProbeConnections int `json:"probeConnections"`
	// SocketMode is the mode of unix sockets, in octal. The default "" is "0660".
	SocketMode string `json:"socketMode"`
	// SocketOwner and SocketGroup are the owner and the group of unix sockets,
	// names or numbers. By default they are those that the system gives. Another
	// owner takes root; another group one that the process is in.
	SocketOwner string `json:"socketOwner"`
	SocketGroup string `json:"socketGroup"`
	// WrapListener is called with every listener that [Kit.Listen] opens, and
	// returns what is served in its place, below TLS: package proxyproto has one
	// for the PROXY protocol.
	WrapListener func(net.Listener) net.Listener `json:"-"`
}

// The defaults of Serving.
const (
	defaultCertificateWarning = 30 * 24 * time.Hour
	defaultProbeConnections   = 64
)

// check reports what is wrong with the options, and with those of c that belong
// to them.
func (s *Serving) check(c *Config, bad *cfgerr.List) {
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
	if timeout := cmp.Or(c.ShutdownTimeout, Production().ShutdownTimeout); c.ShutdownDelay > 0 && c.ShutdownDelay >= timeout {
		bad.Add("shutdownDelay", c.ShutdownDelay.String(), "want less than shutdownTimeout, of which it is a part, %v", timeout)
	}
}

// socket returns the options of unix sockets, which check has looked at.
func (s *Serving) socket() listen.Socket {
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
func (k *Kit) reserve() int {
	if k.cfg.LivenessPath == "" && k.cfg.ReadinessPath == "" {
		return 0
	}
	return cmp.Or(k.cfg.Server.ProbeConnections, defaultProbeConnections)
}

// warning is how long before the end of a certificate it is warned of.
func (s *Serving) warning() time.Duration {
	return cmp.Or(s.CertificateWarning, defaultCertificateWarning)
}

// hasHTTP2 tells whether the server speaks HTTP/2.
func (k *Kit) hasHTTP2() bool {
	return !k.cfg.Server.DisableHTTP2 && !listen.NamesHTTP1Only(k.cfg.TLSConfig) && listen.HasHTTP2()
}

// wrap returns what is served in the place of a listener.
func (k *Kit) wrap(l net.Listener) net.Listener {
	if k.cfg.Server.WrapListener == nil {
		return l
	}
	return k.cfg.Server.WrapListener(l)
}

// checkStore looks at the folder of uploads where there will be some, and where
// one was named.
func (k *Kit) checkStore(bad *cfgerr.List) {
	takesFiles := k.dispatcher != nil && k.dispatcher.TakesFiles()
	if k.store != nil && (takesFiles || k.cfg.FormOptions.UploadDir != "") {
		bad.Join(k.store.Check())
	}
}
