package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// kind is one kind of load. do is one turn of a worker and returns what went wrong.
type kind struct {
	name    string
	workers int
	http2   bool
	do      func(*client) error
}

var kinds = []kind{
	{name: "actions", workers: 4, do: actionsKind},
	{name: "http2", workers: 2, http2: true, do: actionsKind},
	{name: "files", workers: 4, do: filesKind},
	{name: "uploads", workers: 2, do: uploadsKind},
	{name: "streams", workers: 2, do: streamsKind},
	{name: "aborted", workers: 4, do: abortedKind},
	{name: "slow", workers: 8, do: slowKind},
	{name: "bad", workers: 4, do: badKind},
}

// client is the client of one worker.
type client struct {
	*server
	http   *http.Client
	random *rand.Rand
	upload []byte // sliced to make files of all sizes
	worker int
	n      int
}

func newClient(s *server, k kind, worker int) *client {
	t := &http.Transport{DisableCompression: true, Protocols: new(http.Protocols)}
	if k.http2 {
		t.Protocols.SetUnencryptedHTTP2(true)
	} else {
		t.Protocols.SetHTTP1(true)
	}
	return &client{server: s, worker: worker, random: rand.New(rand.NewPCG(uint64(worker), 7)), upload: content(2 << 20),
		http: &http.Client{Transport: t, Timeout: time.Minute}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// turn counts the turns, so that a worker does the variants of its kind one after
// the other and no two workers do the same at once.
func (c *client) turn(of int) int {
	c.n++
	return (c.n + c.worker) % of
}

// ask sends a request and reads the whole response, which must have the status.
func (c *client) ask(r *http.Request, status int) (*http.Response, []byte, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", r.Method, r.URL, err)
	}
	if resp.StatusCode != status {
		return nil, nil, fmt.Errorf("%s %s: got %d, want %d: %.200s", r.Method, r.URL, resp.StatusCode, status, body)
	}
	return resp, body, nil
}

func (c *client) request(method, target string, body io.Reader, header ...string) *http.Request {
	r, err := http.NewRequest(method, "http://"+c.addr+target, body)
	if err != nil {
		panic(err) // the targets are constants
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// actionsKind calls actions in every way in which params can be sent.
func actionsKind(c *client) error {
	id := fmt.Sprint(c.random.IntN(1_000_000))
	var r *http.Request
	status := http.StatusOK
	switch c.turn(7) {
	case 0:
		r = c.request("GET", "/api/echo?filter[a][]="+id+"&id="+id, nil)
	case 1:
		r = c.request("POST", "/api/echo", strings.NewReader(`{"id":"`+id+`","filter":{"a":["`+id+`"]}}`), "Content-Type", "application/json")
	case 2:
		r = c.request("POST", "/api/echo", strings.NewReader(url.Values{"id": {id}, "filter[a][]": {id}}.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	case 3:
		r = c.request("PUT", "/api/things/"+id+"?filter[a][]="+id, nil)
	case 4:
		r, status = c.request("GET", "/api/echo", nil), http.StatusUnprocessableEntity
	case 5:
		r, status = c.request("GET", "/api/panic", nil), http.StatusInternalServerError
	case 6:
		r, status = c.request("GET", "/api/nothing/here", nil), http.StatusNotFound
	}
	_, body, err := c.ask(r, status)
	if err != nil {
		return err
	}
	var answer struct {
		ID     string
		Filter struct{ A []string }
		Error  any
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("%s %s: %w: %.200s", r.Method, r.URL, err, body)
	}
	if status != http.StatusOK {
		if answer.Error == nil {
			return fmt.Errorf("%s %s: no error in %.200s", r.Method, r.URL, body)
		}
		return nil
	}
	if answer.ID != id || len(answer.Filter.A) != 1 || answer.Filter.A[0] != id {
		return fmt.Errorf("%s %s: want %s in %.200s", r.Method, r.URL, id, body)
	}
	return nil
}

func filesKind(c *client) error {
	for name, size := range files {
		target := "/public/" + name
		resp, body, err := c.ask(c.request("GET", target, nil), http.StatusOK)
		if err != nil {
			return err
		}
		if len(body) != size {
			return fmt.Errorf("%s: got %d bytes, want %d", name, len(body), size)
		}
		if _, _, err := c.ask(c.request("GET", target, nil, "If-None-Match", resp.Header.Get("Etag")), http.StatusNotModified); err != nil {
			return err
		}
		_, part, err := c.ask(c.request("GET", target, nil, "Range", "bytes=100-199"), http.StatusPartialContent)
		if err != nil {
			return err
		}
		if !bytes.Equal(part, body[100:200]) {
			return fmt.Errorf("%s: the range is not that of the file", name)
		}
		if _, _, err := c.ask(c.request("HEAD", target, nil), http.StatusOK); err != nil {
			return err
		}
		if size > 1<<20 {
			continue
		}
		if _, _, err := c.ask(c.request("GET", target, nil, "Accept-Encoding", "gzip"), http.StatusOK); err != nil {
			return err
		}
	}
	_, _, err := c.ask(c.request("GET", "/public/nothing.txt", nil), http.StatusNotFound)
	return err
}

func uploadsKind(c *client) error {
	file := c.upload[:1+c.random.IntN(len(c.upload))]
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("document", "file.txt")
	if err != nil {
		return err
	}
	part.Write(file)
	m.Close()
	_, body, err := c.ask(c.request("POST", "/api/upload", &form, "Content-Type", m.FormDataContentType()), http.StatusOK)
	if err != nil {
		return err
	}
	var answer struct{ Hash string }
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if sum := sha256.Sum256(file); answer.Hash != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("upload of %d bytes: the hash is another", len(file))
	}
	return nil
}

func streamsKind(c *client) error {
	_, body, err := c.ask(c.request("GET", "/api/stream", nil), http.StatusOK)
	if err == nil && bytes.Count(body, []byte("tick")) != 10 {
		err = fmt.Errorf("stream: got %q", body)
	}
	return err
}

// dial opens a connection that is read in small pieces.
func (c *client) dial() (*net.TCPConn, error) {
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		return nil, err
	}
	tcp := conn.(*net.TCPConn)
	return tcp, errors.Join(tcp.SetReadBuffer(32<<10), tcp.SetDeadline(time.Now().Add(time.Minute)))
}

const form = "POST /api/upload HTTP/1.1\r\nHost: soak\r\nContent-Type: multipart/form-data; boundary=b\r\n"

// abortedKind disconnects in the middle of various things.
func abortedKind(c *client) error {
	conn, err := c.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	var request string
	read := 0
	switch c.turn(8) {
	case 0:
		request = "GET /api/ec"
	case 1:
		request = "GET /api/echo HTTP/1.1\r\nHost: so"
	case 2:
		request = "POST /api/echo HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":"
	case 3:
		request = form + "Content-Length: 1000000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"document\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 300_000)
	case 4:
		request = form + "Transfer-Encoding: chunked\r\n\r\n5\r\n--b\r\n"
	case 5:
		request, read = "GET /public/large.bin HTTP/1.1\r\nHost: soak\r\n\r\n", 100_000
	case 6:
		request, read = "GET /api/large HTTP/1.1\r\nHost: soak\r\nAccept-Encoding: gzip\r\n\r\n", 1_000
	case 7:
		request, read = "GET /api/stream HTTP/1.1\r\nHost: soak\r\n\r\n", 100
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	if read > 0 {
		if _, err := io.ReadFull(conn, make([]byte, read)); err != nil {
			return fmt.Errorf("%.40q: %w", request, err)
		}
	}
	if c.random.IntN(2) == 0 {
		return conn.SetLinger(0) // a reset instead of an orderly end
	}
	return nil
}

// slowKind sends and reads a little at a time: a client that continues gets the
// response, one that stops is cut off.
func slowKind(c *client) error {
	conn, err := c.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	switch c.turn(5) {
	case 0:
		return cut(conn, "GET /api/echo?id=1 HTTP/1.1\r\nHost: soak\r\nX: ", readHeaderTimeout)
	case 1:
		return cut(conn, "POST /api/echo HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"id\":\"", readTimeout)
	case 2:
		return cut(conn, "", idleTimeout)
	case 3: // reads nothing
		if _, err := io.WriteString(conn, "GET /public/large.bin HTTP/1.1\r\nHost: soak\r\n\r\n"); err != nil {
			return err
		}
		// The system continues to accept a little for the client, which delays the cut.
		time.Sleep(8 * writeTimeout)
		if n, _ := io.Copy(io.Discard, conn); n >= int64(files["large.bin"]) {
			return errors.New("a client that took nothing for eight times the write timeout got all of a file")
		}
		return nil
	default: // reads little, but continues for longer than the write timeout
		if _, err := io.WriteString(conn, "GET /public/large.bin HTTP/1.1\r\nHost: soak\r\nRange: bytes=0-8388607\r\nConnection: close\r\n\r\n"); err != nil {
			return err
		}
		var got int64
		for buf := make([]byte, 256<<10); ; time.Sleep(100 * time.Millisecond) {
			n, err := io.ReadFull(conn, buf)
			got += int64(n)
			if err != nil {
				break
			}
		}
		if got < 8<<20 {
			return fmt.Errorf("a slow client that goes on got %d bytes, want %d", got, 8<<20)
		}
		return nil
	}
}

// cut sends a beginning and then a byte now and then, and expects to be cut off
// soon after the timeout.
func cut(conn net.Conn, beginning string, timeout time.Duration) error {
	if _, err := io.WriteString(conn, beginning); err != nil {
		return err
	}
	stop := make(chan struct{})
	defer close(stop)
	if beginning != "" {
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(200 * time.Millisecond):
					if _, err := io.WriteString(conn, "x"); err != nil {
						return
					}
				}
			}
		}()
	}
	began := time.Now()
	conn.SetReadDeadline(began.Add(timeout + 10*time.Second))
	_, err := io.Copy(io.Discard, conn)
	if e := net.Error(nil); errors.As(err, &e) && e.Timeout() {
		return fmt.Errorf("%.40q: still open %v after the timeout", beginning, time.Since(began)-timeout)
	}
	return nil // an end and a reset both count as a cut
}

// bad is what must be refused, as it goes over the wire.
var bad = []string{
	"GET /api/echo?id=%zz HTTP/1.1\r\nHost: soak\r\n\r\n",
	"GET /api/echo?id=%ff HTTP/1.1\r\nHost: soak\r\n\r\n",
	"GET /api/echo?id=1&callback=alert(1) HTTP/1.1\r\nHost: soak\r\n\r\n",
	"GET /api/echo?" + strings.Repeat("a=1&", 1500) + " HTTP/1.1\r\nHost: soak\r\n\r\n",
	"GET /api/" + strings.Repeat("x", 20_000) + " HTTP/1.1\r\nHost: soak\r\n\r\n",
	"GET /api/echo HTTP/1.1\r\nHost: soak\r\n" + strings.Repeat("X-Field: 1\r\n", 500) + "\r\n",
	"GET /api/echo HTTP/1.1\r\nHost: soak\r\nX: " + strings.Repeat("x", 200_000) + "\r\n\r\n",
	"GET /public/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: soak\r\n\r\n",
	"GET /public/%00 HTTP/1.1\r\nHost: soak\r\n\r\n",
	"GET /api/echo HTTP/1.1\r\n\r\n",
	"GET  HTTP/1.1\r\n\r\n",
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
	"POST /api/echo HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n{\"id\":",
	"POST /api/echo HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n" + strings.Repeat("[", 20_000),
	"POST /api/echo HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n{}",
	"POST /api/echo HTTP/1.1\r\nHost: soak\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
	"POST /api/echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
	form + "Content-Length: 5\r\n\r\n--b--",
	form + "Content-Length: 60\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"document\"\r\n\r\nx\r\n--b--",
	"POST /api/upload HTTP/1.1\r\nHost: soak\r\nContent-Type: multipart/form-data\r\nContent-Length: 1\r\n\r\nx",
	"DELETE /public/small.txt HTTP/1.1\r\nHost: soak\r\n\r\n",
}

// badKind sends what must be refused: the response is a client's error, or the
// connection ends.
func badKind(c *client) error {
	conn, err := c.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	request := bad[c.turn(len(bad))]
	// A server that refuses may close before it has read everything.
	io.WriteString(conn, request)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		if e := net.Error(nil); errors.As(err, &e) && e.Timeout() {
			return fmt.Errorf("%.60q: no answer", request)
		}
		return nil
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil // a reset after the response
	}
	if resp.StatusCode < 400 || resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented {
		return fmt.Errorf("%.60q: got %d", request, resp.StatusCode)
	}
	return nil
}
