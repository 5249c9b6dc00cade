//go:build unix && !linux

package redistest

import "os/exec"

// dieWithUs does nothing where the system cannot do it.
func dieWithUs(*exec.Cmd) {}
