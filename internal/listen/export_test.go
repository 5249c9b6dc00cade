package listen

import "net"

// IsHTTP2 reports whether a connection was recognized as HTTP/2.
func IsHTTP2(c net.Conn) bool { return below(c).h2.Load() }
