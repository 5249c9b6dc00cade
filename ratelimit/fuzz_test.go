package ratelimit_test

import (
	"context"
	"encoding/binary"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// FuzzTokenBucket checks that limits decide like a plain token bucket, and report
// correctly what is left, for any limits, times and costs.
func FuzzTokenBucket(f *testing.F) {
	f.Add(int64(10), int64(time.Second), int64(20), int64(1000), int64(time.Hour), int64(1000), []byte("\x00\x00\x01\x05\xff\x01\x00\x00\x15\x80\x10\x03"))
	f.Add(int64(1), int64(1), int64(1), int64(3), int64(time.Second), int64(7), []byte("\x01\x00\x01\x00\x00\x01\xff\xff\xff"))
	f.Add(int64(10_000_000), int64(time.Second), int64(100), int64(1), int64(24*time.Hour), int64(400), []byte("\x00\x00\x64\x00\x01\x01"))
	f.Fuzz(func(t *testing.T, rate, per, burst, rate2, per2, burst2 int64, script []byte) {
		limits := []ratelimit.Limit{
			{Name: "a", Rate: rate, Per: time.Duration(per), Burst: burst},
			{Name: "b", Rate: rate2, Per: time.Duration(per2), Burst: burst2},
		}
		if burst <= 0 || burst2 <= 0 {
			return
		}
		c := newClock()
		store, err := ratelimit.NewMemory(ratelimit.MemoryOptions{Now: c.read, MaxKeys: 1})
		if err != nil {
			t.Fatal(err)
		}
		l, err := ratelimit.New(ratelimit.Options{Limits: limits, Store: store})
		if err != nil {
			return // other tests check what New accepts
		}
		model := newBuckets(limits)
		start := c.now
		for ; len(script) >= 3; script = script[3:] {
			// The time between requests is a fraction or a multiple of an interval.
			step := time.Duration(float64(model[0].interval) * float64(binary.BigEndian.Uint16(script)) / 64)
			if step < 0 || c.now.Sub(start)+step > 1e17 {
				return
			}
			c.advance(step)
			cost := int64(int8(script[2]))
			want := model.take(c.now.Sub(start), cost)
			d, err := l.Allow(context.Background(), "x", cost)
			if d.Allowed != want || want != (err == nil) {
				t.Fatalf("%+v: a cost of %d at %v: got %t, want %t", limits, cost, c.now.Sub(start), d.Allowed, want)
			}
			for i, s := range d.Limits() {
				if model[i].fill(c.now.Sub(start)); s.Remaining != model[i].level/model[i].interval {
					t.Fatalf("%+v: %d remain of %s, want %d", limits, s.Remaining, s.Name, model[i].level/model[i].interval)
				}
			}
		}
	})
}

// FuzzKey checks that a key is short, is of the right kind, and that only addresses
// of one network share one.
func FuzzKey(f *testing.F) {
	f.Add("192.0.2.1:80", "192.0.2.2:80", "a", "b", uint8(64))
	f.Add("[2001:db8::1]:80", "[2001:db8::2%eth0]:80", "", "", uint8(64))
	f.Add("[::ffff:192.0.2.1]:80", "192.0.2.1:9", "ip:192.0.2.1", "", uint8(128))
	f.Add("@", "", strings.Repeat("x", 300), strings.Repeat("y", 300), uint8(48))
	f.Fuzz(func(t *testing.T, remote1, remote2, value1, value2 string, bits uint8) {
		store, err := ratelimit.NewMemory(ratelimit.MemoryOptions{MaxKeys: 1})
		if err != nil {
			t.Fatal(err)
		}
		byHeader, err := ratelimit.New(ratelimit.Options{Limits: perHour(1), Store: store, KeyHeader: "X-Key", IPv6PrefixBits: int(bits)})
		if err != nil {
			return
		}
		byFunction := mustNew(t, ratelimit.Options{Limits: perHour(1), Store: store, Key: func(r *http.Request) string { return r.Header.Get("X-Key") }, IPv6PrefixBits: int(bits)})
		of := func(remote, value string) *http.Request {
			return &http.Request{RemoteAddr: remote, URL: &url.URL{Path: "/"}, Header: http.Header{"X-Key": {value}}}
		}
		for _, l := range []*ratelimit.Limiter{byHeader, byFunction} {
			one, two := l.Key(of(remote1, value1)), l.Key(of(remote2, value2))
			for key, value := range map[string]string{one: value1, two: value2} {
				if len(key) > 128 || strings.HasPrefix(key, "ip:") != (value == "") && value1 != "" && value2 != "" {
					t.Fatalf("%q became the key %q", value, key)
				}
			}
			if value1 != "" || value2 != "" {
				if (one == two) != (value1 == value2) {
					t.Fatalf("%q and %q became %q and %q", value1, value2, one, two)
				}
				continue
			}
			a1, err1 := netip.ParseAddrPort(remote1)
			a2, err2 := netip.ParseAddrPort(remote2)
			if err1 != nil || err2 != nil {
				continue
			}
			width := int(bits)
			if a1.Addr().Unmap().Is4() {
				width = 32
			}
			network, err := a1.Addr().Unmap().WithZone("").Prefix(width)
			if same := err == nil && network.Contains(a2.Addr().Unmap().WithZone("")); same != (one == two) {
				t.Fatalf("%v and %v became %q and %q", a1, a2, one, two)
			}
		}
	})
}

// FuzzFields checks that whatever the limits, the fields are valid according to the
// draft: lists of quoted names with integers that are not negative, r no more than
// q, w and t at least 1, and Retry-After no earlier than any t.
func FuzzFields(f *testing.F) {
	f.Add(int64(10), int64(time.Second), int64(20), int64(1000), int64(time.Hour), int64(0), int64(3))
	f.Add(int64(1), int64(1), int64(1), int64(1), int64(400*24*time.Hour), int64(1), int64(2))
	item := regexp.MustCompile(`^"[A-Za-z0-9._/-]+";(?:q=(\d{1,15});w=(\d{1,15})|r=(\d{1,15})(?:;t=(\d{1,15}))?)$`)
	f.Fuzz(func(t *testing.T, rate, per, burst, rate2, per2, burst2, cost int64) {
		c := newClock()
		store, err := ratelimit.NewMemory(ratelimit.MemoryOptions{Now: c.read, MaxKeys: 1})
		if err != nil {
			t.Fatal(err)
		}
		l, err := ratelimit.New(ratelimit.Options{Store: store, Limits: []ratelimit.Limit{
			{Name: "a/b", Rate: rate, Per: time.Duration(per), Burst: burst}, {Rate: rate2, Per: time.Duration(per2), Burst: burst2},
		}})
		if err != nil {
			return
		}
		for range 3 {
			d, _ := l.Allow(context.Background(), "x", cost)
			h := http.Header{}
			d.SetFields(h)
			var q, r []int64
			latest := int64(0)
			for _, field := range []string{"Ratelimit-Policy", "Ratelimit"} {
				for part := range strings.SplitSeq(h.Get(field), ", ") {
					m := item.FindStringSubmatch(part)
					if m == nil {
						t.Fatalf("%s: %s", field, h.Get(field))
					}
					n := make([]int64, len(m))
					for i := 1; i < len(m); i++ {
						n[i], _ = strconv.ParseInt(m[i], 10, 64)
					}
					if m[1] != "" {
						q = append(q, n[1])
					} else {
						r = append(r, n[3])
						latest = max(latest, n[4])
					}
					if m[2] != "" && n[2] < 1 || m[4] != "" && n[4] < 1 {
						t.Fatalf("%s: %s", field, h.Get(field))
					}
				}
			}
			if len(q) != 2 || len(r) != 2 || r[0] > q[0] || r[1] > q[1] {
				t.Fatalf("got %v", h)
			}
			if after := h.Get("Retry-After"); after != "" {
				if n, err := strconv.ParseInt(after, 10, 64); err != nil || n < latest || d.Allowed {
					t.Fatalf("got %v", h)
				}
			}
		}
	})
}
