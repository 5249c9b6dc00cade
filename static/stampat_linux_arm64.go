package static

import "syscall"

const fstatat = syscall.SYS_FSTATAT
