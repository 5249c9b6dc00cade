package upload

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// isSoleUser reports whether all processes belong to this process's user, as in a container with
// its own processes. Process 1 must be visible, since a system can hide other users' processes.
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
			continue // the process has ended
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok || stat.Uid != own {
			return false
		}
		first = first || pid == 1
	}
	return first
}
