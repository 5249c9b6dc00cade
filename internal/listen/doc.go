// Package listen opens the sockets of a server and watches their connections:
// TCP ports, unix sockets and the sockets that systemd hands over; one limit for
// the connections of all; a write deadline that moves on with what the client
// takes; a certificate that is read again when its files change; and what a
// server that stops must know: which connections are idle, and which requests
// are running.
package listen
