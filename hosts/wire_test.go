package hosts_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/hosts"
)

// raw sends one request verbatim and returns the response.
func raw(t *testing.T, srv *httptest.Server, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res
}

func TestOverTheWire(t *testing.T) {
	h := mustNew(t, hosts.Options{Allowed: []string{"https://good.example", "http://good.example"}})
	srv := httptest.NewUnstartedServer(h.Handler(inner))
	srv.Config.DisableGeneralOptionsHandler = true // net/http would answer OPTIONS * itself
	srv.Start()
	defer srv.Close()
	tests := []struct {
		name, request string
		status        int
		location      string
	}{
		{"allowed", "GET /x HTTP/1.1\r\nHost: good.example\r\n\r\n", 200, ""},
		{"O1 foreign host", "GET //evil.example/x HTTP/1.1\r\nHost: evil.example\r\n\r\n", 302, "https://good.example//evil.example/x"},
		{"O2 absolute target to another host", "GET http://evil.example/x?y HTTP/1.1\r\nHost: good.example\r\n\r\n", 302, "https://good.example/x?y"},
		{"O2 absolute target to an allowed host", "GET http://good.example/x HTTP/1.1\r\nHost: evil.example\r\n\r\n", 200, ""},
		{"O2 absolute target without a path", "GET http://evil.example HTTP/1.1\r\nHost: good.example\r\n\r\n", 302, "https://good.example/"},
		{"O2 absolute target with user information", "GET http://good.example@evil.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n", 302, "https://good.example/"},
		{"O3 encoded line end", "GET /%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: evil.example\r\n\r\n", 302, "https://good.example/%0d%0aSet-Cookie:x"},
		{"O3 encoded backslash", "GET /%5cevil HTTP/1.1\r\nHost: evil.example\r\n\r\n", 302, "https://good.example/%5cevil"},
		{"O3 user information", "GET / HTTP/1.1\r\nHost: good.example@evil.example\r\n\r\n", 400, ""},
		{"O3 fragment and quotes in the query", "GET /?a#b\"<c> HTTP/1.1\r\nHost: evil.example\r\n\r\n", 302, "https://good.example/?a%23b%22%3Cc%3E"},
		{"O4 HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", 400, ""},
		{"O4 empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, ""},
		{"O7 bad port", "GET / HTTP/1.1\r\nHost: good.example:99999\r\n\r\n", 400, ""},
		{"O8 zone", "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n\r\n", 400, ""},
		{"O10 POST", "POST /x HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 3\r\n\r\nabc", 307, "https://good.example/x"},
		{"O10 OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, ""},
		{"O12 HEAD", "HEAD /x HTTP/1.1\r\nHost: evil.example\r\n\r\n", 302, "https://good.example/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := raw(t, srv, tt.request)
			if res.StatusCode != tt.status || res.Header.Get("Location") != tt.location {
				t.Errorf("got %d %q, want %d %q", res.StatusCode, res.Header.Get("Location"), tt.status, tt.location)
			}
			if len(res.Cookies()) > 0 {
				t.Errorf("a cookie was smuggled in: %v", res.Header)
			}
		})
	}
}

func TestHTTP2Names(t *testing.T) {
	h := mustNew(t, hosts.Options{Allowed: []string{"https://good.example"}})
	srv := httptest.NewUnstartedServer(h.Handler(inner))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	for _, tt := range []struct {
		name, authority, field string
		status                 int
	}{
		{"O4 the same", "good.example", "Good.example:443", 200},
		{"O4 authority only", "good.example", "", 200},
		{"O4 Host field of another", "good.example", "evil.example", 400},
		{"O4 allowed Host field under a foreign authority", "evil.example", "good.example", 400},
		{"O4 neither", "", "", 400},
		{"O4 Host field only", "", "good.example", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := http2Status(t, srv, tt.authority, tt.field); got != tt.status {
				t.Errorf("got %d, want %d", got, tt.status)
			}
		})
	}
}

// http2Status sends one GET over HTTP/2 with the given :authority and Host field,
// each left out if empty. It writes the frames itself, because no client sends such
// requests.
func http2Status(t *testing.T, srv *httptest.Server, authority, host string) int {
	t.Helper()
	conn, err := tls.Dial("tcp", srv.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}

	var block []byte // HPACK (RFC 7541): literals with plain names, nothing indexed
	field := func(name, value string) {
		block = append(block, 0, byte(len(name)))
		block = append(block, name...)
		block = append(block, byte(len(value)))
		block = append(block, value...)
	}
	field(":method", "GET")
	field(":scheme", "https")
	field(":path", "/")
	if authority != "" {
		field(":authority", authority)
	}
	if host != "" {
		field("host", host)
	}
	const settings, headers, endStreamAndHeaders = 4, 1, 5
	out := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	out = append(out, 0, 0, 0, settings, 0, 0, 0, 0, 0)
	out = append(out, 0, 0, byte(len(block)), headers, endStreamAndHeaders, 0, 0, 0, 1)
	out = append(out, block...)
	if _, err := conn.Write(out); err != nil {
		t.Fatal(err)
	}

	in := bufio.NewReader(conn)
	for {
		var head [9]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			t.Fatal(err)
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(in, payload); err != nil {
			t.Fatal(err)
		}
		if head[3] != headers {
			continue
		}
		// :status comes first; 200 and 400 are in the static table.
		switch payload[0] {
		case 0x88:
			return http.StatusOK
		case 0x8c:
			return http.StatusBadRequest
		default:
			t.Fatalf("another status than 200 and 400: % x", payload)
		}
	}
}
