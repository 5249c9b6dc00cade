package listen

import (
	"fmt"
	"os/user"
	"strconv"
)

// DefaultSocketMode lets the group connect, for example that of a proxy in front.
const DefaultSocketMode = 0o660

// Socket describes a new unix socket.
type Socket struct {
	Mode         uint32 // its permissions
	Owner, Group int    // -1 keeps what the system gives
}

// UserID returns the number of a user, given by name or by number; -1 for "".
func UserID(name string) (int, error) {
	return id(name, "user", func() (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	})
}

// GroupID returns the number of a group, given by name or by number; -1 for "".
func GroupID(name string) (int, error) {
	return id(name, "group", func() (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
}

func id(name, kind string, find func() (string, error)) (int, error) {
	if name == "" {
		return -1, nil
	}
	if n, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(n), nil
	}
	text, err := find()
	if err != nil {
		return -1, fmt.Errorf("want the name or the number of a %s: %w", kind, err)
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil { // as on Windows
		return -1, fmt.Errorf("want a %s with a number, this is %s", kind, text)
	}
	return int(n), nil
}
