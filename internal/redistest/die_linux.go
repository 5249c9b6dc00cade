package redistest

import (
	"os/exec"
	"syscall"
)

// dieWithUs makes a program end when this one ends, for whatever reason.
func dieWithUs(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
