package listen

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
)

// firstInherited is the first file descriptor that systemd passes.
const firstInherited = 3

// inherit assigns the sockets passed by systemd to the places that ask for them.
// After an error, at is the place that it is about. See sd_listen_fds(3). The Go module for this brings D-Bus along and silently
// leaves out descriptors with problems.
func inherit(places []Place, opened [][]net.Listener) (at int, err error) {
	named, rest, at, err := asking(places)
	if err != nil || at < 0 {
		return at, err
	}
	n, names, err := handedOver()
	if err != nil {
		return at, err
	}
	for i := range n {
		fd := firstInherited + i
		name := "unknown" // as in sd_listen_fds_with_names(3)
		if i < len(names) {
			name = names[i]
		}
		place, ok := named[name]
		if !ok {
			place = rest
		}
		if place < 0 {
			continue
		}
		l, err := listenerOf(fd, name)
		if err != nil {
			return place, fmt.Errorf("systemd: the socket %q (descriptor %d) cannot be served: %w", name, fd, err)
		}
		opened[place] = append(opened[place], l)
	}
	for i, p := range places {
		if _, ok := p.systemd(); ok && len(opened[i]) == 0 {
			return i, fmt.Errorf("%s: systemd handed over no such socket; %s", p.Port, describeNames(n, names))
		}
	}
	return 0, nil
}

// asking returns the places that ask for sockets by name, the one that takes all
// others, and the first of all that ask; -1 means none. After an error at is the
// place that is wrong.
func asking(places []Place) (named map[string]int, rest, at int, err error) {
	named, rest, at = map[string]int{}, -1, -1
	for i, p := range places {
		name, ok := p.systemd()
		_, again := named[name]
		switch {
		case !ok:
			continue
		case name == "" && rest < 0:
			rest = i
		case name != "" && !again:
			named[name] = i
		default:
			return nil, -1, i, fmt.Errorf("%s: several places ask for the same sockets", p.Port)
		}
		if at < 0 {
			at = i
		}
	}
	return named, rest, at, nil
}

// listenerOf makes a listener of a file descriptor, which it closes: FileListener
// makes a copy that is closed on exec, and the original must not reach other
// programs either.
func listenerOf(fd int, name string) (l net.Listener, err error) {
	f := os.NewFile(uintptr(fd), name)
	if err = checkListening(fd); err == nil {
		l, err = net.FileListener(f)
	}
	return l, errors.Join(err, f.Close())
}

// describeNames lists the names of the sockets.
func describeNames(n int, names []string) string {
	if len(names) == 0 {
		return fmt.Sprintf("it handed over %d without names (LISTEN_FDNAMES is empty)", n)
	}
	return "the names are " + strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), ", ")
}

// handedOver returns the number and names of the sockets for this process.
func handedOver() (n int, names []string, err error) {
	if pid := os.Getenv("LISTEN_PID"); pid != strconv.Itoa(os.Getpid()) {
		return 0, nil, fmt.Errorf("systemd handed over no sockets: LISTEN_PID is %q, and this process is %d", pid, os.Getpid())
	}
	n, err = strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || n < 1 {
		return 0, nil, fmt.Errorf("systemd handed over no sockets: LISTEN_FDS is %q", os.Getenv("LISTEN_FDS"))
	}
	if s := os.Getenv("LISTEN_FDNAMES"); s != "" {
		names = strings.Split(s, ":")
	}
	for i := range n {
		closeOnExec(firstInherited + i)
	}
	return n, names, nil
}
