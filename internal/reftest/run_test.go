package reftest

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
)

// replay starts a server that sends the recorded responses of a variant, choosing
// each only by the bytes of the request.
func replay(t *testing.T, cases []Case, variant string) (addr string) {
	answers := map[string][]byte{}
	for _, c := range cases {
		if c.Variant != variant {
			continue
		}
		var b bytes.Buffer
		fmt.Fprintf(&b, "HTTP/1.1 %d Recorded\r\n", c.Response.Status)
		for _, name := range sortedNames(c.Response.Headers) {
			for _, v := range c.Response.Headers[name] {
				fmt.Fprintf(&b, "%s: %s\r\n", name, v)
			}
		}
		b.WriteString("\r\n")
		b.Write(c.Response.Body())
		answers[string(wire(&c.Request))] = b.Bytes()
	}
	return listen(t, func(conn net.Conn) { conn.Write(answers[readRequest(conn)]) })
}

// TestCheckOverTheWire sends all cases to servers that answer as recorded.
func TestCheckOverTheWire(t *testing.T) {
	cases, wants, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var sum tally
	for _, variant := range variants(cases) {
		addr := replay(t, cases, variant)
		for _, c := range cases {
			if c.Variant != variant {
				continue
			}
			bad := check(addr, c, wants)
			sum.add(result{c: c, bad: bad})
			if _, ok := wants[c.ID]; !ok && len(bad) > 0 {
				t.Errorf("%s: %s", c.ID, strings.Join(bad, "; "))
			}
		}
	}
	if got := sum.String(); !strings.Contains(got, "all: 493 passed, 68 failed, 0 pending") {
		t.Errorf("got %s", got)
	}
}

func TestRun(t *testing.T) {
	cases, wants, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	// With the recorded response the first passes and the second fails.
	chosen := slices.DeleteFunc(cases, func(c Case) bool {
		return c.ID != "envelope/default/list" && c.ID != "hosts/hosts/post redirected" && c.ID != "hosts/hosts/file redirected"
	})
	var started []string
	stopped := 0
	start := func(variant string) (string, func()) {
		started = append(started, variant)
		return replay(t, chosen, variant), func() { stopped++ }
	}
	sum := run(t, chosen, wants, start, func(c Case) string {
		if c.Group == "hosts" {
			return "not built"
		}
		return ""
	})
	if strings.Join(started, " ") != "default hosts" || stopped != 2 {
		t.Errorf("started %q, stopped %d", started, stopped)
	}
	got := sum.String()
	for _, want := range []string{
		"envelope: 1 passed, 0 failed, 0 pending",
		"hosts: 0 passed, 0 failed, 2 pending (1 of them pass)",
		"pending                  hosts/hosts/post redirected (not built)",
		"passes although pending  hosts/hosts/file redirected (not built)",
		"all: 1 passed, 0 failed, 2 pending (1 of them pass)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestTallyShowsFailures(t *testing.T) {
	var sum tally
	sum.add(result{c: Case{ID: "g/v/one", Group: "g"}, bad: []string{"status"}})
	sum.add(result{c: Case{ID: "g/v/two", Group: "g"}})
	got := sum.String()
	for _, want := range []string{"g: 1 passed, 1 failed, 0 pending", "failed                   g/v/one"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
