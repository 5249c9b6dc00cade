//go:build unix && !linux

package redis_test

import "os/exec"

// dieWithUs does nothing where the system cannot do it.
func dieWithUs(*exec.Cmd) {}
