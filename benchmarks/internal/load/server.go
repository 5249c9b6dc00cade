// Package load measures what servers need for a request over loopback: each is
// a process of its own, asked by a bounded number of connections, and tells
// what processor time it has used.
package load

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Serve is what the process of a server does: it serves h on a free port of
// loopback, whose address it prints, and answers each line of its standard
// input with the processor time that it has used so far, in nanoseconds. It
// returns when the input ends. With a profile it writes its CPU profile to that
// file then. With overTLS it speaks HTTP/2 over TLS, with a certificate that
// nobody trusts.
func Serve(h http.Handler, profile string, overTLS bool) (err error) {
	s := httptest.NewUnstartedServer(h)
	defer s.Close()
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return errors.Join(err, f.Close())
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	if overTLS {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	fmt.Println(s.Listener.Addr())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		used, err := ownTime()
		if err != nil {
			return err
		}
		fmt.Println(used.Nanoseconds())
	}
	return lines.Err()
}

// ownTime is the processor time of this process, in user mode and in the system.
func ownTime() (time.Duration, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0, err
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()), nil
}

// Server is a process that runs Serve.
type Server struct {
	Name string
	Addr string

	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Scanner
}

// Start starts this program again, with arguments that make it call Serve.
func Start(name string, args ...string) (s *Server, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s = &Server{Name: name, cmd: exec.Command(self, args...)}
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.answers = bufio.NewScanner(out)
	if s.Addr, err = s.line(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Time asks the server for the processor time that it has used.
func (s *Server) Time() (time.Duration, error) {
	if _, err := io.WriteString(s.in, "\n"); err != nil {
		return 0, fmt.Errorf("%s: %w", s.Name, err)
	}
	text, err := s.line()
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(text, 10, 64)
	return time.Duration(ns), err
}

func (s *Server) line() (string, error) {
	if !s.answers.Scan() {
		return "", fmt.Errorf("%s: the server says nothing more: %w", s.Name, errors.Join(io.ErrUnexpectedEOF, s.answers.Err()))
	}
	return strings.TrimSpace(s.answers.Text()), nil
}

// Stop ends the server and waits for its end.
func (s *Server) Stop() error {
	err := s.in.Close()
	if waitErr := s.cmd.Wait(); waitErr != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w", s.Name, waitErr))
	}
	return err
}
