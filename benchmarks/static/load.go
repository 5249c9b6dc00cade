package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// measure sends one round of requests to a server.
func measure(s *server, wk work, conns int, want []byte) (sample, error) {
	request, err := prepare(s, wk, want)
	if err != nil {
		return sample{}, err
	}
	clients := make([]*client, conns)
	for i := range clients {
		if clients[i], err = dial(s.addr); err != nil {
			return sample{}, err
		}
		defer clients[i].Close()
		if err := clients[i].do(request, wk); err != nil { // the connection's own first costs
			return sample{}, err
		}
	}

	var left atomic.Int64
	left.Store(int64(wk.requests))
	errs := make([]error, conns)
	before, err := cpuTime(s.cmd.Process.Pid)
	if err != nil {
		return sample{}, err
	}
	began := time.Now()
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			for left.Add(-1) >= 0 && errs[i] == nil {
				errs[i] = c.do(request, wk)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	after, err := cpuTime(s.cmd.Process.Pid)
	if err := errors.Join(append(errs, err)...); err != nil {
		return sample{}, err
	}
	m := sample{cpu: (after - before) / time.Duration(wk.requests), rate: float64(wk.requests) / took.Seconds()}
	if !wk.conditional {
		m.through = m.rate * float64(wk.size) / 1e6
	}
	return m, nil
}

// prepare asks once, checks the content, and returns the bytes of the request
// to repeat.
func prepare(s *server, wk work, want []byte) ([]byte, error) {
	plain := "GET " + wk.path + " HTTP/1.1\r\nHost: " + s.addr + "\r\nUser-Agent: bench\r\nAccept: */*\r\n"
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if _, err := io.WriteString(c, plain+"\r\n"); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !bytes.Equal(body, want) {
		return nil, fmt.Errorf("status %d, %d bytes, want the file's %d: %w", resp.StatusCode, len(body), len(want), err)
	}
	if wk.conditional {
		// As browsers do: every validator that there is.
		if tag := resp.Header.Get("ETag"); tag != "" {
			plain += "If-None-Match: " + tag + "\r\n"
		}
		if date := resp.Header.Get("Last-Modified"); date != "" {
			plain += "If-Modified-Since: " + date + "\r\n"
		}
	}
	return []byte(plain + "\r\n"), nil
}

// client is one connection.
type client struct {
	net.Conn
	in    *bufio.Reader
	waste []byte
}

func dial(addr string) (*client, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{Conn: c, in: bufio.NewReaderSize(c, 16<<10), waste: make([]byte, 256<<10)}, nil
}

// do sends one request and reads its answer.
func (c *client) do(request []byte, wk work) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, length, err := c.head()
	if err != nil {
		return err
	}
	if wk.conditional {
		if status != http.StatusNotModified {
			return fmt.Errorf("status %d, want 304", status)
		}
		return nil
	}
	if status != http.StatusOK || length != wk.size {
		return fmt.Errorf("status %d and length %d, want 200 and %d", status, length, wk.size)
	}
	n := min(c.in.Buffered(), length)
	if _, err := c.in.Discard(n); err != nil {
		return err
	}
	for length -= n; length > 0; length -= n { // past the small buffer
		if n, err = c.Read(c.waste[:min(len(c.waste), length)]); err != nil {
			return err
		}
	}
	return nil
}

// head reads the status line and the fields of an answer.
func (c *client) head() (status, length int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 {
		return 0, 0, fmt.Errorf("status line %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	length = -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		if len(line) <= 2 {
			return status, length, nil
		}
		const name = "content-length:"
		if len(line) > len(name) && strings.EqualFold(string(line[:len(name)]), name) {
			if length, err = strconv.Atoi(strings.TrimSpace(string(line[len(name):]))); err != nil {
				return 0, 0, err
			}
		}
	}
}

// cpuTime is what all threads of a process and of its children have used, by
// the scheduler's own count in nanoseconds.
func cpuTime(pid int) (time.Duration, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil {
		return 0, err
	}
	if len(tasks) == 0 {
		return 0, fmt.Errorf("process %d has ended", pid)
	}
	var sum time.Duration
	for _, task := range tasks {
		stat, err := os.ReadFile(filepath.Join(task, "schedstat"))
		if err != nil {
			return 0, err
		}
		fields := strings.Fields(string(stat))
		if len(fields) == 0 {
			return 0, errors.New("the kernel does not count processor time by thread")
		}
		ns, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ns)
		children, err := os.ReadFile(filepath.Join(task, "children"))
		if err != nil {
			return 0, err
		}
		for _, child := range strings.Fields(string(children)) {
			id, err := strconv.Atoi(child)
			if err != nil {
				return 0, err
			}
			ns, err := cpuTime(id)
			if err != nil {
				return 0, err
			}
			sum += ns
		}
	}
	return sum, nil
}
