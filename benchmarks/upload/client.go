package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// load is one kind of upload: the same request again and again.
type load struct {
	request  []byte
	sum      [sha256.Size]byte // of the file
	bytes    int64             // of the file
	count    int               // uploads a round
	parallel int
}

func newLoad(size string) (*load, error) {
	number, ok := strings.CutSuffix(size, "MiB")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 {
		return nil, fmt.Errorf("size %q: want a number of MiB, as in 1MiB", size)
	}
	content := make([]byte, n<<20)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(content) // it never fails

	const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW8"
	var body bytes.Buffer
	fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n", boundary)
	body.Write(content)
	fmt.Fprintf(&body, "\r\n--%s--\r\n", boundary)
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n", boundary, body.Len())
	request.Write(body.Bytes())

	l := &load{request: request.Bytes(), sum: sha256.Sum256(content), bytes: int64(n) << 20, count: 4, parallel: 1}
	if n < 20 {
		l.count, l.parallel = 256, 2
	}
	return l, nil
}

// server is one of those that are compared, in a process of its own.
type server struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers *bufio.Scanner
	conns   []*conn
}

// start starts a server and makes one batch of uploads that does not count.
func (l *load) start(work, name string) (s *server, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s = &server{cmd: exec.Command(self, "-serve", name, "-dir", work)}
	s.cmd.Stderr = os.Stderr
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	s.answers = bufio.NewScanner(stdout)
	if !s.answers.Scan() {
		return nil, errors.New("the server does not start")
	}
	addr := s.answers.Text()
	for range l.parallel {
		c, err := dial(addr)
		if err != nil {
			return nil, err
		}
		s.conns = append(s.conns, c)
	}
	_, err = l.batch(s.conns)
	return s, err
}

// stop ends the server, which does so when its standard input ends.
func (s *server) stop() error {
	var errs []error
	for _, c := range s.conns {
		errs = append(errs, c.Close())
	}
	return errors.Join(append(errs, s.stdin.Close(), s.cmd.Wait())...)
}

// usage asks the server what it has used.
func (s *server) usage() (u usage, err error) {
	if _, err = io.WriteString(s.stdin, "usage\n"); err != nil {
		return u, err
	}
	if !s.answers.Scan() {
		return u, errors.New("the server says nothing")
	}
	return u, json.Unmarshal(s.answers.Bytes(), &u)
}

// measure makes one round of uploads, checks what was stored and adds what the
// server needed to the result.
func (l *load) measure(s *server, r *result) error {
	before, err := s.usage()
	if err != nil {
		return err
	}
	var elapsed time.Duration
	done := 0
	for done < l.count {
		d, err := l.batch(s.conns)
		if err != nil {
			return err
		}
		elapsed += d
		done += len(s.conns) * perBatch(l)
	}
	after, err := s.usage()
	if err != nil {
		return err
	}
	sent := float64(done) * float64(l.bytes)
	r.cpuPerGB = append(r.cpuPerGB, (after.CPU-before.CPU)/(sent/1e9))
	r.rate = append(r.rate, sent/1e6/elapsed.Seconds())
	r.peak = after.PeakMB
	return nil
}

// perBatch is how many uploads a connection makes before the files are checked.
func perBatch(l *load) int {
	if l.parallel > 1 {
		return 16
	}
	return 1
}

// batch uploads some files, stops the clock, and checks and empties them. They
// are removed at the very end only: ext4 looks at every inode that was freed in
// the last minutes before it gives out a new one, which would cost everyone
// most of what a small upload costs.
func (l *load) batch(conns []*conn) (time.Duration, error) {
	paths := make([][]string, len(conns))
	errs := make([]error, len(conns))
	var wg sync.WaitGroup
	start := time.Now()
	for i, c := range conns {
		wg.Go(func() {
			for range perBatch(l) {
				path, err := c.upload(l.request)
				if err != nil {
					errs[i] = err
					return
				}
				paths[i] = append(paths[i], path)
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	for _, some := range paths {
		for _, path := range some {
			errs = append(errs, l.check(path), os.Truncate(path, 0))
		}
	}
	return elapsed, errors.Join(errs...)
}

func (l *load) check(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if [sha256.Size]byte(h.Sum(nil)) != l.sum {
		return fmt.Errorf("%s is not what was sent", path)
	}
	return nil
}

// conn is a connection that is kept.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func dial(addr string) (*conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReader(c)}, nil
}

// upload sends one request and returns the path of the stored file, which is
// the whole answer.
func (c *conn) upload(request []byte) (string, error) {
	if _, err := c.Write(request); err != nil {
		return "", err
	}
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", resp.Status, text)
	}
	return string(text), nil
}
