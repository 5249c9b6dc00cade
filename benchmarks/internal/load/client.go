package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Sample is what one round has shown.
type Sample struct {
	CPU  time.Duration // of the server, for one request
	Rate float64       // requests a second
}

// Round sends a server the same request n times over a number of connections,
// each of which waits for an answer before it asks again. Every answer must have
// status 200 and a body of at least shortest bytes whose length it tells.
func Round(s *Server, request []byte, conns, n, shortest int) (Sample, error) {
	clients := make([]*client, conns)
	for i := range clients {
		c, err := dial(s.Addr)
		if err != nil {
			return Sample{}, err
		}
		defer c.Close()
		if err := c.ask(request, shortest); err != nil { // a connection's own first costs
			return Sample{}, fmt.Errorf("%s: %w", s.Name, err)
		}
		clients[i] = c
	}
	before, err := s.Time()
	if err != nil {
		return Sample{}, err
	}
	var left atomic.Int64
	left.Store(int64(n))
	errs := make([]error, conns)
	began := time.Now()
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			for left.Add(-1) >= 0 && errs[i] == nil {
				errs[i] = c.ask(request, shortest)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	after, err := s.Time()
	if err := errors.Join(append(errs, err)...); err != nil {
		return Sample{}, fmt.Errorf("%s: %w", s.Name, err)
	}
	return Sample{CPU: (after - before) / time.Duration(n), Rate: float64(n) / took.Seconds()}, nil
}

// Ask sends one request and returns the whole answer.
func Ask(addr string, request []byte) (*http.Response, []byte, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	if _, err := c.Write(request); err != nil {
		return nil, nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

// client is one connection. It reads of an answer what it must, so that it
// takes little of the processor from the server.
type client struct {
	net.Conn
	in *bufio.Reader
}

func dial(addr string) (*client, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{c, bufio.NewReaderSize(c, 16<<10)}, nil
}

func (c *client) ask(request []byte, shortest int) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("got %q, want 200", line)
	}
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= len("\r\n") {
			break
		}
		const name = "Content-Length: "
		if bytes.HasPrefix(line, []byte(name)) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return err
			}
		}
	}
	if length < shortest {
		return fmt.Errorf("got a body of %d bytes, want %d or more", length, shortest)
	}
	_, err = c.in.Discard(length)
	return err
}
