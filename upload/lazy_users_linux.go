package upload

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// isSoleUser reports whether every process that there is belongs to the user of
// this one: as in a container, which has processes of its own. The first process
// must be among them, since a system can hide those of others.
func isSoleUser(proc string) bool {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return false
	}
	own, first := uint32(os.Geteuid()), false
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		info, err := os.Stat(filepath.Join(proc, e.Name()))
		if err != nil {
			continue // it has ended
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok || stat.Uid != own {
			return false
		}
		first = first || pid == 1
	}
	return first
}
