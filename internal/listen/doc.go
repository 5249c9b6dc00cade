// Package listen opens the sockets of a server and watches their connections. It
// has TCP ports, unix sockets and sockets passed by systemd; one limit for the
// connections of all; a write deadline that moves on as the client reads; a
// certificate that is read again when its files change; and what a stopping server
// must know: which connections are idle, and which requests are running.
package listen
