package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/sidekick-http/sidekick/static"
)

// interval is sidekick with an interval between looks at the disk.
var serverNames = []string{"memory", "sidekick", "interval", "fileserver", "gin", "echo", "fiber", "nginx"}

// beServer serves dir on a free port, whose address it prints, until it is
// killed. All send the charset of pages: http.FileServer, gin, echo and fiber by
// the extension, sidekick because it has read the file (static.Options.OmitCharset
// is off, as by default), memory and nginx because they are told to.
func beServer(name, dir string) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	switch name {
	case "memory":
		h, err := memory(dir)
		if err != nil {
			return err
		}
		return http.Serve(ln, h)
	case "sidekick", "interval":
		o := static.Options{Roots: []static.Root{static.Dir(dir)}}
		if name == "interval" {
			o.CheckInterval = time.Second
		}
		h, err := static.New(o)
		if err != nil {
			return err
		}
		return http.Serve(ln, h)
	case "fileserver":
		return http.Serve(ln, http.FileServer(http.Dir(dir)))
	case "gin":
		gin.SetMode(gin.ReleaseMode)
		e := gin.New()
		e.Static("/", dir)
		return http.Serve(ln, e)
	case "echo":
		e := echo.New()
		e.Static("/", dir)
		return http.Serve(ln, e)
	case "fiber":
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		app.Static("/", dir)
		return app.Listener(ln)
	}
	return fmt.Errorf("no server %q", name)
}

// memory answers from memory, without a look at the disk: the floor of any
// handler of net/http.
func memory(dir string) (http.Handler, error) {
	mux := http.NewServeMux()
	for _, wk := range works {
		if wk.conditional {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(wk.path)))
		if err != nil {
			return nil, err
		}
		length := fmt.Sprint(len(content))
		mux.HandleFunc(wk.path, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Etag"] = []string{`"1"`}
			if r.Header.Get("If-None-Match") == `"1"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header()["Content-Type"] = []string{"text/html; charset=utf-8"}
			w.Header()["Content-Length"] = []string{length}
			_, _ = w.Write(content) // the client checks what it got
		})
	}
	return mux, nil
}

// server is a running process.
type server struct {
	name string
	addr string
	cmd  *exec.Cmd
}

func start(name, dir string) (*server, error) {
	if name == "nginx" {
		return startNginx(dir)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-serve", name, "-dir", filepath.Join(dir, "files"))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{name: name, cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("it printed no address: %w", err)
	}
	s.addr = strings.TrimSpace(line)
	return s, s.await()
}

func startNginx(dir string) (*server, error) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := ln.Addr().String()
	ln.Close() // nginx wants to open the port itself
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	conf := fmt.Sprintf(`
%s
daemon off;
worker_processes auto;
worker_rlimit_nofile 20000;
pid %[2]s/nginx.pid;
error_log %[2]s/error.log;
events { worker_connections 20000; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 100000000;
	types { text/html html; }
	charset utf-8;
	client_body_temp_path %[2]s/t1; proxy_temp_path %[2]s/t2; fastcgi_temp_path %[2]s/t3; uwsgi_temp_path %[2]s/t4; scgi_temp_path %[2]s/t5;
	server { listen %[3]s; root %[2]s/files; }
}`, user, dir, addr)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "-c", file, "-e", filepath.Join(dir, "error.log"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{name: "nginx", addr: addr, cmd: cmd}
	return s, s.await()
}

// await waits until the server accepts connections.
func (s *server) await() error {
	var err error
	for range 100 {
		var c net.Conn
		if c, err = net.Dial("tcp", s.addr); err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return errors.Join(errors.New("it does not accept connections"), err)
}

// stop ends the process; nginx takes its workers with it on SIGTERM.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait() // it was told to end: the status says only that
}
