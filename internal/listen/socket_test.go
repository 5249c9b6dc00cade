//go:build unix

package listen_test

import (
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick/internal/listen"
)

func TestSocketModeAndOwner(t *testing.T) {
	discard := slog.New(slog.DiscardHandler)
	open := func(s listen.Socket) (os.FileInfo, error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "s")
		opened, err := listen.Open(t.Context(), []listen.Place{{Port: path, Socket: s}}, 1, discard)
		if err != nil {
			return nil, err
		}
		defer opened[0][0].Close()
		return os.Lstat(path)
	}
	for _, mode := range []uint32{0o600, 0o660, 0o666, 0o777} {
		info, err := open(listen.Socket{Mode: mode, Owner: -1, Group: -1})
		if err != nil || uint32(info.Mode().Perm()) != mode {
			t.Errorf("%o: got %v, %v", mode, info.Mode(), err)
		}
	}
	if os.Getuid() != 0 {
		_, err := open(listen.Socket{Mode: 0o660, Owner: 0, Group: -1})
		if err == nil || !strings.Contains(err.Error(), "giving it to user 0") {
			t.Errorf("without being root: got %v", err)
		}
		return
	}
	info, err := open(listen.Socket{Mode: 0o640, Owner: 12, Group: 34})
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 12 || s.Gid != 34 || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v of %d, %d", info.Mode(), s.Uid, s.Gid)
	}
}

func TestUsersAndGroups(t *testing.T) {
	for name, want := range map[string]int{"": -1, "0": 0, "33": 33} {
		if got, err := listen.UserID(name); got != want || err != nil {
			t.Errorf("user %q: got %d, %v", name, got, err)
		}
		if got, err := listen.GroupID(name); got != want || err != nil {
			t.Errorf("group %q: got %d, %v", name, got, err)
		}
	}
	for _, name := range []string{"-1", "no such name", "99999999999"} {
		if got, err := listen.UserID(name); err == nil {
			t.Errorf("user %q: got %d", name, got)
		}
		if got, err := listen.GroupID(name); err == nil || !strings.Contains(err.Error(), "want the name or the number of a group") {
			t.Errorf("group %q: got %d, %v", name, got, err)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	if got, err := listen.UserID(me.Username); got != os.Getuid() || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}
