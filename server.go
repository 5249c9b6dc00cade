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

// ServerOptions say where a [Kit] listens, set its timeouts and limits, and say how
// it stops. For times and numbers 0 means the default; times are at most 1000
// hours.
type ServerOptions struct {
	_ struct{}

	// DisableListening makes [Kit.ListenAndServe] and [Kit.Run] open no listener and
	// only wait to be stopped.
	DisableListening bool

	// Port is where the server listens: a TCP port number, the path of a unix socket
	// (which contains a slash), or "systemd" for the sockets that systemd passes
	// ("systemd:name" for those with that FileDescriptorName). With "0" the system
	// chooses a port. The default is 8080.
	Port Port
	// BindIP is the address to listen on, for TCP ports. The default "" and "::" mean
	// all of IPv4 and IPv6, "0.0.0.0" means all of IPv4.
	BindIP string
	// Secure serves HTTPS, with the certificate of Cert and Key or with TLSConfig.
	Secure bool
	// Cert and Key are PEM files: the server's certificate followed by the
	// intermediate ones, and its private key. They are read again when they change,
	// without dropping a connection.
	Cert, Key string
	// TLSConfig is used for HTTPS instead of Cert and Key, or together with them.
	// Versions below TLS 1.2 are always refused, and HTTP/2 and HTTP/1.1 precede
	// other protocols in its NextProtos.
	TLSConfig *tls.Config
	// Listeners are further addresses to listen on besides Port.
	Listeners []Listener
	// DisableHTTP2 leaves only HTTP/1.1, with and without TLS. HTTP/2 is also off if
	// net/http has it off (GODEBUG=http2server=0), or if the NextProtos of TLSConfig
	// contain "http/1.1" but not "h2".
	DisableHTTP2 bool
	// H2C also serves HTTP/2 without TLS, for proxies that speak it. It is off by
	// default.
	H2C bool
	// CertificateWarning is how long before a certificate expires warnings begin: at
	// start, when its files change, and once a day. The default 0 means 30 days; a
	// negative value warns only of expired certificates.
	CertificateWarning time.Duration
	// SocketMode is the file mode of unix sockets, in octal. The default "" means
	// "0660".
	SocketMode string
	// SocketOwner and SocketGroup are the owner and the group of unix sockets, as
	// names or numbers. The default is what the system gives. Changing the owner
	// takes root; changing the group takes membership in it.
	SocketOwner string
	SocketGroup string
	// WrapListener is called with every listener that [Kit.Listen] opens and returns
	// the listener to use instead, below TLS. Package proxyproto has one for the
	// PROXY protocol.
	WrapListener func(net.Listener) net.Listener
	// BootAttempts is how often the server tries to listen, a second apart, while an
	// address is in use. The default is 1.
	BootAttempts int

	// ReadHeaderTimeout limits how long the header of a request may take to arrive.
	// The default is 10 seconds.
	ReadHeaderTimeout time.Duration
	// ReadTimeout limits how long a whole request may take to arrive, header and
	// body. Uploads may take longer, as long as data keeps arriving. The default is a
	// minute.
	ReadTimeout time.Duration
	// WriteTimeout limits how long a response may make no progress because the client
	// reads nothing. A response may take any time as a whole. The default is a
	// minute.
	WriteTimeout time.Duration
	// IdleTimeout limits how long a connection stays open between requests. The
	// default is two minutes.
	IdleTimeout time.Duration
	// MaxHeaderBytes limits the size of a request's header; a longer one is answered
	// with 431. The default is 64 KiB.
	MaxHeaderBytes int
	// MaxHeaderFields limits the number of header fields; more are answered with 431.
	// The default is 200.
	MaxHeaderFields int
	// MaxURLBytes limits the request target, including the query; a longer one is
	// answered with 414. The default is 8 KiB, or MaxHeaderBytes if that is less.
	MaxURLBytes int
	// MaxConnections limits the open connections of all listeners together. To make
	// room, those idle longest are closed. If none is idle, further connections can
	// only ask for the server's health (see ProbeConnections) or wait in the system's
	// queue. The default is 10,000, the maximum 1<<30; a negative value means no
	// limit.
	MaxConnections int
	// ProbeConnections is the number of connections beyond MaxConnections that can
	// ask for LivenessPath and ReadinessPath, so that a full server is not taken for
	// a dead one. Their other requests are answered with 503. The default 0 means 64.
	// With a negative value, or if neither path is set, there are none, and further
	// connections wait.
	ProbeConnections int

	// LivenessPath is the path, such as "/healthz", that answers 200 while the
	// process serves, under any host. The default "" means none.
	LivenessPath string
	// ReadinessPath is the path that answers 200 while new requests are welcome, and
	// 503 once a stop has begun, under any host. The default "" means none.
	ReadinessPath string
	// ReadinessCheck is also asked for ReadinessPath; if it returns an error, or
	// nothing within 5 seconds, the answer is 503. Its context ends after that time.
	// It is never called while it is running: a request that comes in the meantime
	// waits for the same result. A panic counts as an error.
	ReadinessCheck func(context.Context) error

	// ShutdownTimeout is how long a stop may take, including ShutdownDelay. What is
	// still running then is cut off. The default is 25 seconds, which fits within the
	// 30 that Kubernetes allows.
	ShutdownTimeout time.Duration
	// ShutdownDelay is how long a stopping server goes on answering requests before
	// it refuses them, with readiness red and connections closed after each response:
	// time for load balancers to notice. It is part of ShutdownTimeout. The default
	// is no delay.
	ShutdownDelay time.Duration
}

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

	// maxTime is longer than anybody waits, and far from an overflow.
	maxTime = 1000 * time.Hour
	// maxNumber fits an int of 32 bits.
	maxNumber = 1 << 30
)

// withDefaults returns the options with zero values replaced by their defaults.
func (o ServerOptions) withDefaults() ServerOptions {
	o.Port = cmp.Or(o.Port, "8080")
	o.BootAttempts = cmp.Or(o.BootAttempts, 1)
	o.ReadHeaderTimeout = cmp.Or(o.ReadHeaderTimeout, 10*time.Second)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, time.Minute)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, time.Minute)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 2*time.Minute)
	o.MaxHeaderBytes = cmp.Or(o.MaxHeaderBytes, 64<<10)
	o.MaxHeaderFields = cmp.Or(o.MaxHeaderFields, 200)
	if o.MaxURLBytes == 0 {
		o.MaxURLBytes = 8 << 10
		if o.MaxHeaderBytes > 0 {
			o.MaxURLBytes = min(o.MaxURLBytes, o.MaxHeaderBytes)
		}
	}
	o.MaxConnections = cmp.Or(o.MaxConnections, 10_000)
	o.ShutdownTimeout = cmp.Or(o.ShutdownTimeout, 25*time.Second)
	return o
}

// listeners returns all addresses to listen on.
func (o *ServerOptions) listeners() []Listener {
	return append([]Listener{{Port: o.Port, BindIP: o.BindIP, Secure: o.Secure}}, o.Listeners...)
}

// anySecure reports whether any listener serves HTTPS.
func (o *ServerOptions) anySecure() bool {
	return slices.ContainsFunc(o.listeners(), func(l Listener) bool { return l.Secure })
}

// check reports the problems of options whose defaults are filled in.
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
	if o.DisableHTTP2 && o.H2C {
		bad.Add("server.h2c", true, "disableHTTP2 is set as well: leave one of them out")
	}
	if o.MaxConnections > maxNumber {
		bad.Add("server.maxConnections", o.MaxConnections, "want 0 for the default, up to %d, or a negative value for no limit", maxNumber)
	}
	if o.MaxURLBytes > o.MaxHeaderBytes && o.MaxHeaderBytes >= 0 {
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

// checkCertificate checks the names of the files; makeTLS checks their contents.
func (o *ServerOptions) checkCertificate(bad *cfgerr.List) {
	for _, f := range [][2]string{{"server.cert", o.Cert}, {"server.key", o.Key}} {
		if isPEM(f[1]) { // a key must not be printed in an error
			bad.Add(f[0], nil, "want the name of a file, not its contents")
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

// hasFiles reports whether there are certificate files whose names passed check.
func (o *ServerOptions) hasFiles() bool {
	return o.Cert != "" && o.Key != "" && !isPEM(o.Cert) && !isPEM(o.Key)
}

func isPEM(s string) bool { return strings.Contains(s, "-----BEGIN") }

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
