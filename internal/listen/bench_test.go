package listen

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// What a small request over a connection pays for the work of this package, and
// what a plain one pays for the deadline that net/http resets.
func BenchmarkRequest(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	nc, err := NewGroup(GroupOptions{Max: 10, WriteTimeout: time.Minute}).Listener(l).Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	c := below(nc)
	ctx := ConnContext(context.WithValue(context.Background(), http.ServerContextKey, c), nc)
	for range 3 {
		var cancel func()
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
	}
	b.Run("here", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ConnState(nc, http.StateActive)
			conn := FromContext(ctx)
			conn.Begin(Flight{Method: "GET", Path: "/", Key: c})
			conn.End(c)
			c.arm()
			nc.SetWriteDeadline(time.Time{})
			ConnState(nc, http.StateIdle)
		}
	})
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			c.Conn.SetWriteDeadline(time.Time{})
		}
	})
	b.Run("an hour", func(b *testing.B) { // as with http.Server.WriteTimeout
		for b.Loop() {
			c.Conn.SetWriteDeadline(time.Now().Add(time.Hour))
			c.Conn.SetWriteDeadline(time.Time{})
		}
	})
}
