package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// openUnix listens on a unix socket. It replaces a socket on which nobody listens
// any more, and nothing else.
//
// The mode of a new socket depends on the umask, which all threads share. So the
// socket is made in a folder that nobody else can enter, and moved to its path once
// its mode is right.
//
// Between the look at a dead socket and the move, a server that starts at the same
// moment could put a live one in its place: hence the lock.
func openUnix(ctx context.Context, path string, o Socket) (net.Listener, error) {
	if runtime.GOOS == "windows" {
		return nil, fmt.Errorf("listen unix %s: no unix sockets on Windows", path)
	}
	defer lockFolder(ctx, filepath.Dir(path))()
	dead, err := deadSocket(ctx, path)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "unix", Addr: &net.UnixAddr{Net: "unix", Name: path}, Err: err}
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	hidden := filepath.Join(dir, "s")
	var config net.ListenConfig
	nl, err := config.Listen(ctx, "unix", hidden)
	if err != nil {
		return nil, err
	}
	l := nl.(*net.UnixListener)
	l.SetUnlinkOnClose(false) // by then it has another path
	info, err := moveSocket(hidden, path, dead, o)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &unixListener{UnixListener: l, path: path, info: info}, nil
}

// deadSocket returns what is at path if it is a socket on which nobody listens, nil
// if nothing is there, and otherwise an error.
func deadSocket(ctx context.Context, path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("there is something that is no socket (%s)", info.Mode())
	}
	dialer := net.Dialer{Timeout: time.Second}
	c, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		c.Close()
		return nil, syscall.EADDRINUSE
	case errors.Is(err, syscall.ECONNREFUSED):
		return info, nil
	}
	// Somebody may well be listening: a full queue, no permission.
	return nil, fmt.Errorf("%w: %w", syscall.EADDRINUSE, err)
}

// moveSocket moves a socket to its path, where at most the dead one may be.
func moveSocket(from, to string, dead fs.FileInfo, o Socket) (fs.FileInfo, error) {
	if o.Owner >= 0 || o.Group >= 0 {
		if err := os.Chown(from, o.Owner, o.Group); err != nil {
			// The temporary path would mean nothing to the reader.
			return nil, fmt.Errorf("listen unix %s: giving it to user %d, group %d (-1: as it is): %w", to, o.Owner, o.Group, errors.Unwrap(err))
		}
	}
	if err := os.Chmod(from, fs.FileMode(o.Mode)); err != nil {
		return nil, err
	}
	info, err := os.Lstat(from)
	if err != nil {
		return nil, err
	}
	if dead != nil {
		now, err := os.Lstat(to)
		if err == nil && !os.SameFile(now, dead) {
			return nil, fmt.Errorf("listen unix %s: %w", to, syscall.EADDRINUSE)
		}
		return info, os.Rename(from, to)
	}
	// Unlike a rename, a link replaces nothing.
	switch err = os.Link(from, to); {
	case errors.Is(err, fs.ErrExist): // another process was faster
		err = fmt.Errorf("listen unix %s: %w", to, syscall.EADDRINUSE)
	case err != nil:
		err = os.Rename(from, to) // not every file system has links
	}
	return info, err
}

// unixListener removes its socket when it is closed.
type unixListener struct {
	*net.UnixListener
	path string
	info fs.FileInfo
	once sync.Once
}

// Addr returns the path where clients find the socket.
func (l *unixListener) Addr() net.Addr { return &net.UnixAddr{Net: "unix", Name: l.path} }

// Close removes the socket, if it is still the one at its path, and closes it.
func (l *unixListener) Close() error {
	var err error
	l.once.Do(func() {
		if now, lerr := os.Lstat(l.path); lerr == nil && os.SameFile(now, l.info) {
			err = os.Remove(l.path)
		}
	})
	return errors.Join(err, l.UnixListener.Close())
}
