package listen

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// checkListening says what is wrong with a descriptor that should be a listening
// stream socket.
func checkListening(fd int) error {
	kind, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TYPE)
	switch {
	case errors.Is(err, syscall.ENOTSOCK):
		return errors.New("it is no socket: want one of ListenStream=")
	case err != nil:
		return os.NewSyscallError("getsockopt", err)
	case kind != syscall.SOCK_STREAM:
		name := map[int]string{syscall.SOCK_DGRAM: "datagrams (ListenDatagram=)", syscall.SOCK_SEQPACKET: "sequential packets (ListenSequentialPacket=)"}[kind]
		if name == "" {
			name = fmt.Sprintf("type %d", kind)
		}
		return fmt.Errorf("it is a socket of %s: want one of ListenStream=", name)
	}
	listening, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	switch {
	case err != nil:
		return os.NewSyscallError("getsockopt", err)
	case listening == 0:
		return errors.New("it is a connection and does not listen: want Accept=no in the socket unit, which is the default")
	}
	return nil
}
