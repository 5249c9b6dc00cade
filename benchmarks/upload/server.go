package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// usage is what a server says of itself.
type usage struct {
	CPU    float64 // seconds, user and system
	PeakMB float64 // of resident memory
}

func ownUsage() (u usage, err error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return u, err
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	u.CPU = seconds(r.Utime) + seconds(r.Stime)

	// Not Rusage.Maxrss: that begins with the parent's.
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return u, err
	}
	_, peak, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return u, fmt.Errorf("no VmHWM in /proc/self/status")
	}
	var kB float64
	_, err = fmt.Sscan(peak, &kB)
	u.PeakMB = kB / 1000
	return u, err
}

// runServer serves until its standard input ends, and answers each line of it
// with its usage.
func runServer(name, dir string) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	start, ok := peers[name]
	if !ok {
		return fmt.Errorf("no peer %q; there are %s", name, strings.Join(peerNames(), ", "))
	}
	if err := start(ln, dir); err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		u, err := ownUsage()
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(u); err != nil {
			return err
		}
	}
	return lines.Err()
}

// serveHTTP serves a handler in the background.
func serveHTTP(ln net.Listener, h http.Handler) error {
	go func() { exit(http.Serve(ln, h)) }()
	return nil
}
