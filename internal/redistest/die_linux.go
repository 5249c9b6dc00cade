package redistest

import (
	"os/exec"
	"syscall"
)

// dieWithUs ends a program when this one ends, however it ends.
func dieWithUs(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
