//go:build unix

package upload_test

import (
	"os/exec"
	"syscall"
)

// asNobody makes a command run as a user other than root.
func asNobody(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}
