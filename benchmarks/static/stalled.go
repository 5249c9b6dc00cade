package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// stalled measures what memory clients cost that ask for a large file and read
// no more than the beginning of the answer: how much the server's resident
// memory grows.
func stalled(s *server, clients int) (before, after int64, err error) {
	if before, err = resident(s.cmd.Process.Pid); err != nil {
		return 0, 0, err
	}
	conns := make([]net.Conn, 0, clients)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range clients {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return 0, 0, err
		}
		conns = append(conns, c)
		// Little room, so that the server waits for the client and not the
		// kernel for both.
		if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			return 0, 0, err
		}
		if _, err := fmt.Fprintf(c, "GET /10m.bin HTTP/1.1\r\nHost: %s\r\n\r\n", s.addr); err != nil {
			return 0, 0, err
		}
		head := make([]byte, 12)
		if _, err := io.ReadFull(c, head); err != nil || string(head[9:]) != "200" {
			return 0, 0, fmt.Errorf("answer %q: %w", head, err)
		}
	}
	time.Sleep(2 * time.Second) // until all of them wait
	after, err = resident(s.cmd.Process.Pid)
	return before, after, err
}

// resident is the memory that a process and its children have, in bytes.
func resident(pid int) (int64, error) {
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	sum := int64(-1)
	for line := range strings.Lines(string(rollup)) {
		// The share of what processes have in common, so that children add up.
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "Pss:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return 0, err
			}
			sum = kib << 10
		}
	}
	if sum < 0 {
		return 0, errors.New("the kernel does not tell the memory of a process")
	}
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return 0, err
	}
	for _, list := range lists {
		children, err := os.ReadFile(list)
		if err != nil {
			return 0, err
		}
		for _, child := range strings.Fields(string(children)) {
			id, err := strconv.Atoi(child)
			if err != nil {
				return 0, err
			}
			more, err := resident(id)
			if err != nil {
				return 0, err
			}
			sum += more
		}
	}
	return sum, nil
}

// reportStalled prints what each server needs for so many clients.
func reportStalled(servers []*server, clients int) error {
	fmt.Printf("\nstalled, %d clients that do not read the 10 MiB they asked for\n", clients)
	fmt.Printf("  %-12s %10s %14s\n", "server", "MB in all", "KiB a client")
	for _, s := range servers {
		before, after, err := stalled(s, clients)
		if err != nil {
			return fmt.Errorf("%s, stalled: %w", s.name, err)
		}
		fmt.Printf("  %-12s %10.0f %14.1f\n", s.name, float64(after)/1e6, float64(after-before)/float64(clients)/1024)
	}
	return nil
}
