package sidekick

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ServerOptions say where a [Kit] listens, how long and how much it waits for and
// takes, and how it stops. Of times and numbers 0 means the default; times are at
// most 1000 hours.
type ServerOptions struct {
	_ struct{}

	// DisableListening lets [Kit.ListenAndServe] and [Kit.Run] listen nowhere and
	// wait to be stopped.
	DisableListening bool

	// Port is where the server listens: the number of a TCP port, the path of a
	// unix socket (with a slash in it), or "systemd" for the sockets that systemd
	// hands over ("systemd:name" for those of one FileDescriptorName). "0" lets the
	// system choose a port. The default is 8080.
	Port Port
	// BindIP is the address to listen at, for TCP ports. The default "" and "::"
	// are all of IPv4 and IPv6, "0.0.0.0" is all of IPv4.
	BindIP string
	// Secure serves HTTPS, with the certificate of Cert and Key or TLSConfig.
	Secure bool
	// Cert and Key are the files of the certificate, in PEM: that of the server,
	// followed by those between it and the root, and that of its key. They are read
	// again when they change, and no connection is dropped for it.
	Cert, Key string
	// TLSConfig is used for HTTPS instead of Cert and Key, or together with them.
	// Versions below TLS 1.2 are refused in any case, and HTTP/2 and HTTP/1.1 come
	// before the other protocols in its NextProtos.
	TLSConfig *tls.Config
	// Listeners are further places to listen at, beside Port.
	Listeners []Listener
	// DisableHTTP2 leaves HTTP/1.1 alone, over TLS and without. HTTP/2 is also
	// off where net/http has it off (GODEBUG=http2server=0), and where the
	// NextProtos of TLSConfig name "http/1.1" and not "h2".
	DisableHTTP2 bool
	// H2C answers HTTP/2 without TLS, too, for proxies that speak it. It is off
	// by default.
	H2C bool
	// CertificateWarning is how long before the end of a certificate it is warned
	// of: when it is loaded, at start and when its files change, and once a day.
	// The default 0 means 30 days; a negative value warns of what has ended only.
	CertificateWarning time.Duration
	// SocketMode is the mode of unix sockets, in octal. The default "" is "0660".
	SocketMode string
	// SocketOwner and SocketGroup are the owner and the group of unix sockets,
	// names or numbers. By default they are those that the system gives. Another
	// owner takes root; another group one that the process is in.
	SocketOwner string
	SocketGroup string
	// WrapListener is called with every listener that [Kit.Listen] opens, and
	// returns what is served in its place, below TLS: package proxyproto has one
	// for the PROXY protocol.
	WrapListener func(net.Listener) net.Listener
	// BootAttempts is how often the server tries to listen, a second apart,
	// while an address is in use. The default is 1.
	BootAttempts int

	// ReadHeaderTimeout limits how long the header of a request may take. The
	// default is 10 seconds.
	ReadHeaderTimeout time.Duration
	// ReadTimeout limits how long a whole request may take to arrive, header
	// and body; uploads take their time, as long as something comes. The
	// default is a minute.
	ReadTimeout time.Duration
	// WriteTimeout limits how long a client may take nothing of an answer; an
	// answer of any size takes its time, as long as something is taken. The
	// default is a minute.
	WriteTimeout time.Duration
	// IdleTimeout limits how long a connection is kept open between requests.
	// The default is two minutes.
	IdleTimeout time.Duration
	// MaxHeaderBytes limits the header of a request; what is longer is 431.
	// The default is 64 KiB.
	MaxHeaderBytes int
	// MaxHeaderFields limits the number of header fields; more are 431. The
	// default is 200.
	MaxHeaderFields int
	// MaxURLBytes limits the request target, query included; what is longer is
	// 414. The default is 8 KiB.
	MaxURLBytes int
	// MaxConnections limits the open connections of all listeners together;
	// where there are more, those that are idle for the longest time are closed.
	// Where none is, further ones may ask for the health of the server only (see
	// ProbeConnections), or wait in the system's queue. The default is 10,000, the
	// most 1<<30; a negative value means no limit.
	MaxConnections int
	// ProbeConnections are the connections beyond MaxConnections that may ask for
	// LivenessPath and ReadinessPath, so that a full server is not taken for a dead
	// one; what they ask otherwise is a 503. The default 0 means 64; a negative
	// value means none, as where neither path is set: further connections wait.
	ProbeConnections int

	// LivenessPath answers 200 while the process serves, under any host, for
	// example "/healthz". The default "" is none.
	LivenessPath string
	// ReadinessPath answers 200 while new requests are welcome and 503 from the
	// start of a stop on, under any host. The default "" is none.
	ReadinessPath string
	// ReadinessCheck is asked by ReadinessPath, too: an error is a 503.
	ReadinessCheck func(context.Context) error

	// ShutdownTimeout is how long a stop may take, ShutdownDelay included: what is
	// still running then is cut. The default is 25 seconds, which fits the 30 that
	// Kubernetes gives.
	ShutdownTimeout time.Duration
	// ShutdownDelay is how long a server that shall stop goes on answering
	// requests, readiness red and connections closed behind each answer, before
	// it refuses them: time for load balancers to notice. It is a part of
	// ShutdownTimeout. The default is none.
	ShutdownDelay time.Duration
}

// Listener is a further place to listen at.
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

	// maxSocketPath is what fits into the address of a unix socket everywhere.
	maxSocketPath = 103
	// maxSocketFolder leaves room for the socket's first path there.
	maxSocketFolder = maxSocketPath - len("/.s4294967295/s")

	// maxTime is more than anybody waits, and far from what overflows.
	maxTime = 1000 * time.Hour
	// maxNumber is that for numbers, where int has 32 bits, too.
	maxNumber = 1 << 30
)

// withDefaults returns the options with the default in the place of what is zero.
func (o ServerOptions) withDefaults() ServerOptions {
	o.Port = cmp.Or(o.Port, "8080")
	o.BootAttempts = cmp.Or(o.BootAttempts, 1)
	o.ReadHeaderTimeout = cmp.Or(o.ReadHeaderTimeout, 10*time.Second)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, time.Minute)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, time.Minute)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 2*time.Minute)
	o.MaxHeaderBytes = cmp.Or(o.MaxHeaderBytes, 64<<10)
	o.MaxHeaderFields = cmp.Or(o.MaxHeaderFields, 200)
	o.MaxURLBytes = cmp.Or(o.MaxURLBytes, 8<<10)
	o.MaxConnections = cmp.Or(o.MaxConnections, 10_000)
	o.ShutdownTimeout = cmp.Or(o.ShutdownTimeout, 25*time.Second)
	return o
}

// listeners returns all places to listen at.
func (o *ServerOptions) listeners() []Listener {
	return append([]Listener{{Port: o.Port, BindIP: o.BindIP, Secure: o.Secure}}, o.Listeners...)
}

// anySecure tells whether HTTPS is served anywhere.
func (o *ServerOptions) anySecure() bool {
	return slices.ContainsFunc(o.listeners(), func(l Listener) bool { return l.Secure })
}

// check reports what is wrong with options whose defaults are filled in.
func (o *ServerOptions) check(bad *cfgerr.List) {
	if o.BootAttempts < 1 {
		bad.Add("server.bootAttempts", o.BootAttempts, "want 1 or more, or 0 for the default")
	}
	o.checkListeners(bad)
	o.checkCertificate(bad)
	o.checkServing(bad)
	for _, t := range []struct {
		path string
		time time.Duration
	}{
		{"server.readHeaderTimeout", o.ReadHeaderTimeout}, {"server.readTimeout", o.ReadTimeout},
		{"server.writeTimeout", o.WriteTimeout}, {"server.idleTimeout", o.IdleTimeout},
		{"server.shutdownTimeout", o.ShutdownTimeout}, {"server.shutdownDelay", o.ShutdownDelay},
	} {
		if t.time < 0 || t.time > maxTime {
			bad.Add(t.path, t.time, "want 0 for the default, or more, up to %v", maxTime)
		}
	}
	for _, n := range []struct {
		path        string
		value, most int
	}{
		{"server.maxHeaderBytes", o.MaxHeaderBytes, 16 << 20},
		{"server.maxHeaderFields", o.MaxHeaderFields, 1 << 20},
		{"server.maxURLBytes", o.MaxURLBytes, 16 << 20},
	} {
		if n.value < 0 || n.value > n.most {
			bad.Add(n.path, n.value, "want 0 for the default, or up to %d", n.most)
		}
	}
	if o.MaxConnections > maxNumber {
		bad.Add("server.maxConnections", o.MaxConnections, "want 0 for the default, up to %d, or a negative value for no limit", maxNumber)
	}
	if o.MaxURLBytes > o.MaxHeaderBytes {
		bad.Add("server.maxURLBytes", o.MaxURLBytes, "want at most maxHeaderBytes, %d: the URL is in the header", o.MaxHeaderBytes)
	}
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

// checkCertificate leaves to makeTLS what files hold.
func (o *ServerOptions) checkCertificate(bad *cfgerr.List) {
	for _, f := range [][2]string{{"server.cert", o.Cert}, {"server.key", o.Key}} {
		if isPEM(f[1]) { // which has no place in an error
			bad.Add(f[0], nil, "want the name of a file; this is what is in one")
		}
	}
	if (o.Cert == "") != (o.Key == "") {
		bad.Add("server.cert", nil, "want both cert and key")
	}
	secure := o.anySecure()
	if t := o.TLSConfig; secure && t != nil && o.Cert == "" && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		bad.Add("Server.TLSConfig", nil, "it has no certificate: set Certificates or GetCertificate, or name the files in Cert and Key")
	}
}

// hasFiles tells whether there are files of a certificate, and check has found
// nothing wrong with their names.
func (o *ServerOptions) hasFiles() bool {
	return o.Cert != "" && o.Key != "" && !isPEM(o.Cert) && !isPEM(o.Key)
}

func isPEM(s string) bool { return strings.Contains(s, "-----BEGIN") }

// isTCP tells a port from a socket.
func (p Port) isTCP() bool {
	return p != "" && strings.Trim(string(p), "0123456789") == ""
}

// problem says what is wrong with a port; "" is nothing.
func (p Port) problem() string {
	name, activated := strings.CutPrefix(string(p), "systemd")
	switch {
	case p.isTCP():
		if _, err := strconv.ParseUint(string(p), 10, 16); err != nil {
			return wantPort
		}
	case strings.Contains(string(p), "/"):
		if folder := filepath.Dir(string(p)); strings.ContainsRune(string(p), 0) || len(p) > maxSocketPath || len(folder) > maxSocketFolder {
			return fmt.Sprintf("want a path of at most %d bytes, and of %d without its last part: the system takes no longer one for a socket", maxSocketPath, maxSocketFolder)
		}
		if strings.HasSuffix(string(p), "/") || strings.Contains(string(p), "://") {
			return wantPort
		}
	case !activated || name != "" && (name[0] != ':' || len(name) == 1):
		return wantPort
	}
	return ""
}
