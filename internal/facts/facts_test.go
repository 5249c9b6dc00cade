package facts_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
)

func TestEnsureSharesOneRecord(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	if got := facts.From(r.Context()); got != nil {
		t.Fatalf("fresh request: got a record, want none")
	}
	r1, a := facts.Ensure(r)
	r2, b := facts.Ensure(r1)
	if a != b || r1 != r2 {
		t.Fatalf("second Ensure: got another record or request, want the first ones")
	}
	if a.Start().IsZero() {
		t.Fatalf("got no start time")
	}
	type k struct{}
	ctx := context.WithValue(r1.Context(), k{}, "v")
	if facts.From(ctx) != a || ctx.Value(k{}) != "v" {
		t.Fatalf("derived context: the record or another value is lost")
	}
}

// Facts about a connection apply to all of its requests; facts about one request do not.
func TestRequestsOfOneContext(t *testing.T) {
	client := netip.MustParseAddrPort("192.0.2.7:80")
	ctx, known := facts.NewContext(t.Context())
	known.SetClient(client, true)
	known.SetFingerprint("id")
	r1, a := facts.Ensure(httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	_, b := facts.Ensure(httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if a == b || a == known {
		t.Fatal("two requests have one record")
	}
	for _, rec := range []*facts.Record{a, b} {
		if got, secure, ok := rec.Client(); got != client || !secure || !ok || rec.Fingerprint() != "id" {
			t.Errorf("got %v %v %v %q, want what the context knows", got, secure, ok, rec.Fingerprint())
		}
	}
	a.SetFingerprint("other")
	if b.Fingerprint() != "id" || known.Fingerprint() != "id" || a.MessageIDOr(nil) == b.MessageIDOr(nil) {
		t.Error("a fact of one request is one of the other, too")
	}
	apart, _ := facts.NewContext(t.Context())
	for _, remote := range []string{"192.0.2.1:1", "192.0.2.2:2"} {
		r := httptest.NewRequest("GET", "/", nil).WithContext(apart)
		r.RemoteAddr = remote
		if got := facts.ClientOf(r).String(); got != remote {
			t.Errorf("got the client %s, want %s", got, remote)
		}
	}
	if again, rec := facts.Ensure(r1); again != r1 || rec != a {
		t.Error("the request's own record was not found again")
	}
}

func TestFallBacks(t *testing.T) {
	for _, tt := range []struct{ name, remote, want string }{
		{"v4", "192.0.2.1:1234", "192.0.2.1:1234"},
		{"v4 in v6", "[::ffff:192.0.2.1]:1234", "192.0.2.1:1234"},
		{"v6", "[2001:db8::1]:1", "[2001:db8::1]:1"},
		{"unix socket", "@", "invalid AddrPort"},
		{"empty", "", "invalid AddrPort"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.remote
			if got := facts.ClientOf(r).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	r := httptest.NewRequest("GET", "/", nil)
	if facts.SecureOf(r) {
		t.Error("plain request: got secure")
	}
	r.TLS = &tls.ConnectionState{}
	if !facts.SecureOf(r) {
		t.Error("TLS request: got not secure")
	}
	r, rec := facts.Ensure(r)
	rec.SetClient(netip.MustParseAddrPort("203.0.113.9:80"), false)
	if facts.SecureOf(r) || facts.ClientOf(r).String() != "203.0.113.9:80" {
		t.Error("a decided fact: got the connection's own")
	}
}

func TestConcurrentUse(t *testing.T) {
	_, rec := facts.NewContext(context.Background())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			rec.MessageIDOr(func() string { return "m" })
			rec.SetFingerprint("f")
			rec.SetReceived(facts.Params{{Name: "a", Value: 1}})
			rec.SetAction(facts.Action{Name: "n"})
			rec.SetWithhold(facts.Withhold{JSONP: true})
			_ = rec.MessageID() + rec.Fingerprint() + rec.Action().Name
			_, _, _ = rec.Client()
			_, _ = rec.Received(), rec.Withhold()
		})
	}
	wg.Wait()
	if rec.MessageID() != "m" || rec.Fingerprint() != "f" || rec.Action().Name != "n" || !rec.Withhold().JSONP || rec.Received().Map()["a"] != 1 {
		t.Error("a fact was lost")
	}
}

func TestPatternReachesTheOutermostRequest(t *testing.T) {
	outer := httptest.NewRequest("GET", "/", nil)
	inner, rec := facts.Ensure(outer)
	rec.SetPattern(inner, "/users/:id")
	if outer.Pattern != "/users/:id" || inner.Pattern != "/users/:id" {
		t.Errorf("got %q and %q, want /users/:id on both", outer.Pattern, inner.Pattern)
	}
}

func TestTrouble(t *testing.T) {
	_, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil))
	cause := errors.New("cause")
	if rec.ClientGone() || rec.IsLogged(cause) || rec.Logs() != 0 || rec.Answering() != nil {
		t.Error("a new record knows of trouble")
	}
	rec.SetLogged(cause)
	if !rec.IsLogged(fmt.Errorf("wrapped: %w", cause)) || rec.IsLogged(errors.New("cause")) || rec.Logs() != 1 {
		t.Error("logged: want the error that was, and what wraps it")
	}
	logs, outer := rec.BeginAnswer(cause)
	_, inner := rec.BeginAnswer(errors.ErrUnsupported)
	if got := rec.Answering(); got != errors.ErrUnsupported {
		t.Errorf("answering: got %v, want the inner one", got)
	}
	rec.EndAnswer(inner)
	if got := rec.Answering(); got != cause {
		t.Errorf("answering: got %v, want the outer one back", got)
	}
	if rec.EndAnswer(outer); rec.Answering() != nil || logs != 1 {
		t.Errorf("answering: got %v, want none", rec.Answering())
	}
	if rec.AddReport(); rec.Reports() != 1 {
		t.Errorf("reports: got %d", rec.Reports())
	}
	if rec.SetClientGone(); !rec.ClientGone() {
		t.Error("gone: got false")
	}
}

// Of several limiters the one with the fewest remaining requests counts, and the same one is not
// entered twice in a row.
func TestRateLimits(t *testing.T) {
	r, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil))
	if n := rec.Requester(r, nil).Remaining; n >= 0 {
		t.Errorf("without a limiter: got %d", n)
	}
	var a, b facts.Limiter
	for i, step := range []struct {
		limiter *facts.Limiter
		want    bool
	}{{&a, true}, {&a, false}, {&b, true}, {&b, false}, {&a, true}} {
		if got := rec.EnterLimiter(step.limiter); got != step.want {
			t.Errorf("step %d: got %t, want %t", i, got, step.want)
		}
	}
	for i, want := range []int64{7, 3, 3, 0} {
		rec.LimitRemaining([]int64{7, 3, 5, 0}[i])
		if n := rec.Requester(r, nil).Remaining; n != want {
			t.Errorf("step %d: got %d, want %d", i, n, want)
		}
	}
}

// An id made for this request is not the client's own, even if it is copied with the facts of a
// connection.
func TestOwnFingerprint(t *testing.T) {
	_, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil))
	if got := rec.OwnFingerprint(); got != "" {
		t.Errorf("without an id: got %q", got)
	}
	rec.SetFreshFingerprint("new")
	if rec.Fingerprint() != "new" || rec.OwnFingerprint() != "" {
		t.Errorf("made here: got %q and %q", rec.Fingerprint(), rec.OwnFingerprint())
	}
	rec.SetFingerprint("old")
	if rec.Fingerprint() != "old" || rec.OwnFingerprint() != "old" {
		t.Errorf("brought: got %q and %q", rec.Fingerprint(), rec.OwnFingerprint())
	}
	ctx, known := facts.NewContext(t.Context())
	known.SetFreshFingerprint("new")
	_, rec = facts.Ensure(httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if rec.Fingerprint() != "new" || rec.OwnFingerprint() != "" {
		t.Errorf("handed on: got %q and %q", rec.Fingerprint(), rec.OwnFingerprint())
	}
}
