package listen

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Place is where to listen: a TCP port at Host, or at all addresses if Host is ""
// or "::"; the path of a unix socket, which contains a slash; or "systemd", or
// "systemd:" and a name.
type Place struct {
	Port, Host string
	Socket     Socket // for the path of a unix socket
}

// systemd reports whether the place stands for sockets passed by systemd, and under
// which name; "" means any.
func (p Place) systemd() (name string, ok bool) {
	if name, ok = strings.CutPrefix(p.Port, "systemd:"); ok {
		return name, true
	}
	return "", p.Port == "systemd"
}

// PlaceError says at which place Open could not listen.
type PlaceError struct {
	Index int
	Err   error
}

func (e *PlaceError) Error() string { return e.Err.Error() }

func (e *PlaceError) Unwrap() error { return e.Err }

// pause is the time between two attempts.
const pause = time.Second

// Open listens at every place. It returns the listeners for each; only systemd can
// pass several. While an address is in use it tries again, up to attempts times.
// After an error, a [PlaceError], nothing stays open.
func Open(ctx context.Context, places []Place, attempts int, logger *slog.Logger) (opened [][]net.Listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range slices.Concat(opened...) {
				l.Close() // the error that counts is known already
			}
			opened = nil
		}
	}()
	opened = make([][]net.Listener, len(places))
	if at, err := inherit(places, opened); err != nil {
		return opened, &PlaceError{at, err}
	}
	for i, p := range places {
		if _, ok := p.systemd(); ok {
			continue
		}
		l, err := open(ctx, p, attempts, logger)
		if err != nil {
			return opened, &PlaceError{i, err}
		}
		opened[i] = []net.Listener{l}
	}
	return opened, nil
}

func open(ctx context.Context, p Place, attempts int, logger *slog.Logger) (net.Listener, error) {
	for attempt := 1; ; attempt++ {
		var l net.Listener
		var err error
		if strings.Contains(p.Port, "/") {
			l, err = openUnix(ctx, p.Port, p.Socket)
		} else {
			l, err = openTCP(ctx, p)
		}
		if err == nil || !InUse(err) || attempt >= attempts {
			return l, err
		}
		logger.Warn("cannot listen yet", "attempt", attempt, "of", attempts, "error", err)
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w; %w", err, context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

func openTCP(ctx context.Context, p Place) (net.Listener, error) {
	network, host := "tcp", p.Host
	switch ip, _ := netip.ParseAddr(host); {
	case ip == netip.IPv6Unspecified():
		host = "" // also IPv4, and it works without IPv6
	case ip.Is4():
		network = "tcp4" // otherwise 0.0.0.0 would include all of IPv6
	}
	var config net.ListenConfig
	return config.Listen(ctx, network, net.JoinHostPort(host, p.Port))
}

// URL returns the address of a listener: a URL, or "unix:" and a path.
func URL(a net.Addr, secure bool) string {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	tcp, ok := a.(*net.TCPAddr)
	switch {
	case a.Network() == "unix":
		return "unix:" + a.String()
	case ok && tcp.IP.IsUnspecified():
		return fmt.Sprintf("%s://localhost:%d/", scheme, tcp.Port)
	}
	return scheme + "://" + a.String() + "/"
}
