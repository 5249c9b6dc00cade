package sidekick

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/listen"
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
	// WriteTimeout limits how long a response may stall while the client reads
	// nothing. As a whole a response may take any time. The default is a minute.
	WriteTimeout time.Duration
	// IdleTimeout limits how long a connection stays open between requests. The
	// default is two minutes.
	IdleTimeout time.Duration
	// MaxHeaderBytes limits the size of a request's header; a longer one gets a 431.
	// The default is 64 KiB.
	MaxHeaderBytes int
	// MaxHeaderFields limits the number of header fields; more get a 431.
	// The default is 200.
	MaxHeaderFields int
	// MaxURLBytes limits the request target, including the query; a longer one gets a
	// 414. The default is 8 KiB, or MaxHeaderBytes if that is less.
	MaxURLBytes int
	// MaxConnections limits the open connections of all listeners together. To make
	// room, those idle longest are closed. If none is idle, further connections can
	// only ask for the server's health (see ProbeConnections) or wait in the system's
	// queue. The default is 10,000, the maximum 1<<30; a negative value means no
	// limit.
	MaxConnections int
	// ProbeConnections is the number of connections beyond MaxConnections that can
	// ask for LivenessPath and ReadinessPath, so that a full server is not mistaken
	// for a dead one. Their other requests get a 503. The default 0 means 64. With a
	// negative value, or if neither path is set, there are none, and further
	// connections wait.
	ProbeConnections int

	// LivenessPath is the path, such as "/healthz", that answers 200 while the
	// process serves, under any host. The default "" means none.
	LivenessPath string
	// ReadinessPath is the path that answers 200 while new requests are welcome, and
	// 503 once a stop has begun, under any host. The default "" means none.
	ReadinessPath string
	// ReadinessCheck is also called for ReadinessPath; if it returns an error, or
	// nothing within 5 seconds, the response is 503. Its context ends after that
	// time. It is never called while it is running: a request that comes in the
	// meantime waits for the same result. A panic counts as an error.
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

const (
	// maxTime is longer than anybody waits, and far from an overflow.
	maxTime = 1000 * time.Hour
	// maxNumber fits an int of 32 bits.
	maxNumber = 1 << 30
)

// withDefaults fills in the defaults.
func (o ServerOptions) withDefaults() ServerOptions {
	o.Port = cmp.Or(o.Port, "8080")
	o.CertificateWarning = cmp.Or(o.CertificateWarning, 30*24*time.Hour)
	o.SocketMode = cmp.Or(o.SocketMode, "0"+strconv.FormatInt(listen.DefaultSocketMode, 8))
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
	o.ProbeConnections = cmp.Or(o.ProbeConnections, 64)
	o.ShutdownTimeout = cmp.Or(o.ShutdownTimeout, 25*time.Second)
	return o
}

// check reports the problems of options whose defaults are filled in.
func (o *ServerOptions) check(bad *cfgerr.List) {
	if o.BootAttempts < 1 {
		bad.Add("server.bootAttempts", o.BootAttempts, "want 1 or more, or 0 for the default")
	}
	o.checkListeners(bad)
	o.checkSocket(bad)
	o.checkCertificate(bad)
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
	if o.ShutdownDelay > 0 && o.ShutdownDelay >= o.ShutdownTimeout {
		bad.Add("server.shutdownDelay", o.ShutdownDelay.String(), "want less than shutdownTimeout, which includes it: %v", o.ShutdownTimeout)
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
	if o.ProbeConnections > maxNumber {
		bad.Add("server.probeConnections", o.ProbeConnections, "want at most %d", maxNumber)
	}
	if o.MaxURLBytes > o.MaxHeaderBytes && o.MaxHeaderBytes >= 0 {
		bad.Add("server.maxURLBytes", o.MaxURLBytes, "want at most maxHeaderBytes, %d: the URL is in the header", o.MaxHeaderBytes)
	}
}

// reserve is the number of connections allowed beyond the limit.
func (o *ServerOptions) reserve() int {
	if o.LivenessPath == "" && o.ReadinessPath == "" {
		return 0
	}
	return o.ProbeConnections
}
