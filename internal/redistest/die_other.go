//go:build unix && !linux

package redistest

import "os/exec"

// dieWithUs does nothing on systems that do not support it.
func dieWithUs(*exec.Cmd) {}
