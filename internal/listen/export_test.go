package listen

import "net"

// IsHTTP2 tells what a connection was seen to begin with.
func IsHTTP2(c net.Conn) bool { return below(c).h2.Load() }
