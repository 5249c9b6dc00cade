package listen_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// one is a listener with one connection.
type one struct {
	net.Listener
	conn net.Conn
}

func (o one) Accept() (net.Conn, error) { return o.conn, nil }

// A client that reads nothing does not delay the closing of connections: TLS waits
// for seconds until it can say goodbye.
func TestCloseIdleDoesNotWait(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		far, near := net.Pipe() // without buffers
		group := listen.NewGroup(listen.GroupOptions{Max: 1, WriteTimeout: time.Minute})
		accepted, err := group.Listener(one{conn: near}).Accept()
		if err != nil {
			t.Fatal(err)
		}
		server := tls.Server(accepted, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, SessionTicketsDisabled: true})
		client := tls.Client(far, &tls.Config{InsecureSkipVerify: true})
		go client.Handshake()
		listen.ConnState(server, http.StateNew)
		if err := server.Handshake(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		listen.ConnState(server, http.StateActive)
		listen.ConnState(server, http.StateIdle)
		time.Sleep(2 * time.Second)
		start := time.Now()
		for range 2 {
			if left := group.CloseIdle(); left != 0 {
				t.Errorf("got %d left", left)
			}
			synctest.Wait() // TLS is saying goodbye, which does not count as use of the connection
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("it took %v", d)
		}
		time.Sleep(6 * time.Second) // it gives up
		if _, err := far.Read(make([]byte, 1)); err == nil {
			t.Error("the connection is not closed")
		}
	})
}

// Bytes after a response that never become a request do not delay a stop.
func TestCloseIdleWaitsForARequestThatBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, near := net.Pipe()
		defer far.Close()
		group := listen.NewGroup(listen.GroupOptions{Max: 1, WriteTimeout: time.Minute})
		c, err := group.Listener(one{conn: near}).Accept()
		if err != nil {
			t.Fatal(err)
		}
		listen.ConnState(c, http.StateNew)
		listen.ConnState(c, http.StateActive)
		listen.ConnState(c, http.StateIdle)
		go far.Write([]byte("\r\n"))
		if _, err := c.Read(make([]byte, 2)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // before the stop
		for _, want := range []int{1, 1, 0} {
			if left := group.CloseIdle(); left != want {
				t.Errorf("got %d left, want %d", left, want)
			}
			time.Sleep(3 * time.Second)
		}
		if _, err := far.Read(make([]byte, 1)); err == nil {
			t.Error("the connection is not closed")
		}
	})
}
