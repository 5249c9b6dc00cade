package reftest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// patience is how long a response may take, from the first byte of the request to
// the end of the connection.
const patience = 5 * time.Second

// Answer is a response as it came over the wire, with the chunks of a chunked body
// joined.
type Answer struct {
	Status  int
	Headers map[string][]string // names in lower case
	Body    []byte
}

// header returns the first value of a header, or "".
func (a *Answer) header(name string) string { return first(a.Headers, name) }

func first(headers map[string][]string, name string) string {
	if v := headers[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Ask sends the request of c to the server at addr over a separate connection, byte
// for byte as it was recorded, and returns the response. The request asks the
// server to close the connection, which marks the end of the response.
func Ask(addr string, c Case) (*Answer, error) { return ask(addr, c, patience) }

func ask(addr string, c Case, patience time.Duration) (*Answer, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	// A server may answer before it has read the whole request and then reset the
	// connection, so a failed write does not mean that there is no response.
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(wire(&c.Request))
		written <- err
	}()
	raw, err := io.ReadAll(conn)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fmt.Errorf("no answer in %v", patience)
	case err != nil && len(raw) == 0:
		return nil, err
	case len(raw) == 0:
		conn.Close()
		if err := <-written; err != nil && !errors.Is(err, net.ErrClosed) {
			return nil, err
		}
	}
	return parse(raw)
}

// wire writes a request as the recorder did: the headers in the order of the
// recording, after Connection and, if the case has none, Host.
func wire(r *Request) []byte {
	body := r.Body()
	headers := append([][2]string{{"Connection", "close"}}, r.Headers...)
	has := func(name string) bool {
		for _, h := range headers {
			if strings.EqualFold(h[0], name) {
				return true
			}
		}
		return false
	}
	if !has("Host") {
		headers = append([][2]string{{"Host", "localhost"}}, headers...)
	}
	takesBody := r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH"
	if (len(body) > 0 || takesBody) && !has("Content-Length") && !has("Transfer-Encoding") {
		headers = append(headers, [2]string{"Content-Length", strconv.Itoa(len(body))})
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.Method, r.Target)
	for _, h := range headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// parse reads a raw response. It is more lenient than net/http, so that a faulty
// response is judged instead of refused.
func parse(raw []byte) (*Answer, error) {
	head, body, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok {
		return nil, errors.New("no whole response head")
	}
	lines := strings.Split(latin1(head), "\r\n")
	_, status, _ := strings.Cut(lines[0], " ")
	status, _, _ = strings.Cut(status, " ")
	a := &Answer{Headers: map[string][]string{}, Body: body}
	var err error
	if a.Status, err = strconv.Atoi(status); err != nil {
		return nil, fmt.Errorf("no status in %q", lines[0])
	}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("no header: %q", line)
		}
		name = strings.ToLower(name)
		a.Headers[name] = append(a.Headers[name], strings.TrimSpace(value))
	}
	if a.header("transfer-encoding") == "chunked" {
		a.Body = joinChunks(body)
	}
	return a, nil
}

// joinChunks returns the data of a chunked body, up to the last chunk or to where
// it was cut off.
func joinChunks(body []byte) []byte {
	joined := []byte{}
	for {
		line, rest, ok := bytes.Cut(body, []byte("\r\n"))
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 31)
		if !ok || err != nil || n == 0 {
			return joined
		}
		if uint64(len(rest)) < n+2 {
			return append(joined, rest[:min(n, uint64(len(rest)))]...)
		}
		joined = append(joined, rest[:n]...)
		body = rest[n+2:]
	}
}

// latin1 reads every byte as one character, as header fields were recorded.
func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}
