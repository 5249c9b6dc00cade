package clientaddr_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/clientaddr"
)

// cloudflare is https://www.cloudflare.com/ips-v4 verbatim: one prefix per line,
// and no line break at the end.
const cloudflare = "173.245.48.0/20\n103.21.244.0/22\n103.22.200.0/22\n131.0.72.0/22"

func TestReadPrefixes(t *testing.T) {
	for _, tt := range []struct{ name, list, want string }{
		{"as Cloudflare has it", cloudflare, "[173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 131.0.72.0/22]"},
		{"line ends of Windows", "10.0.0.0/8\r\n2001:db8::/32\r\n", "[10.0.0.0/8 2001:db8::/32]"},
		{"comments and empty lines", "# proxies\n\n10.0.0.0/8 # the first\n   \n", "[10.0.0.0/8]"},
		{"several a line", "10.0.0.0/8, 192.0.2.0/24\t2001:db8::/32,", "[10.0.0.0/8 192.0.2.0/24 2001:db8::/32]"},
		{"addresses", "192.0.2.1\n2001:db8::1\n::ffff:192.0.2.2", "[192.0.2.1/32 2001:db8::1/128 192.0.2.2/32]"},
		{"bits of a host", "10.1.2.3/8", "[10.0.0.0/8]"},
		{"a mark of the byte order", "\uFEFF10.0.0.0/8", "[10.0.0.0/8]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := clientaddr.ReadPrefixes(strings.NewReader(tt.list))
			if err != nil || fmt.Sprint(got) != tt.want {
				t.Errorf("got %v, %v, want %s", got, err, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		name, list string
		want       []string
	}{
		{"every problem", "10.0.0.0/8\n10.0.0.0/33\n\nproxy.example.com, fe80::1%eth0", []string{
			`clientaddr: line 2: invalid value "10.0.0.0/33": want an address`, `clientaddr: line 4: invalid value "proxy.example.com"`, `line 4: invalid value "fe80::1%eth0"`}},
		{"nothing", "# none\n", []string{"clientaddr: lines: want at least one prefix"}},
		{"a page in its place", "<!DOCTYPE html>\n<title>503</title>", []string{`line 1: invalid value "<!DOCTYPE"`}},
		{"far too much", strings.Repeat("10.0.0.0/8\n", 200_000), []string{"at most 1 MiB"}},
		{"a line without an end", strings.Repeat("1", 2<<20), []string{"at most 1 MiB"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := clientaddr.ReadPrefixes(strings.NewReader(tt.list))
			var problem *clientaddr.ConfigError
			if err == nil || got != nil || !errors.As(err, &problem) {
				t.Fatalf("got %v, %v", got, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %.300v, want %s", err, want)
				}
			}
		})
	}
}

func TestLoadPrefixes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "ips-v4")
	if _, err := clientaddr.LoadPrefixes(name); !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "clientaddr: ") {
		t.Errorf("a missing file: got %v", err)
	}
	if err := os.WriteFile(name, []byte(cloudflare+"\nx"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := clientaddr.LoadPrefixes(name); err == nil || !strings.Contains(err.Error(), name+": line 5: ") {
		t.Errorf("got %v, want the file's name and the line", err)
	}
	if err := os.WriteFile(name, []byte(cloudflare), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := clientaddr.LoadPrefixes(name); err != nil || len(got) != 4 {
		t.Errorf("got %v, %v", got, err)
	}
}

// A file of another kind must not fill the terminal.
func TestAWrongListHasFewProblems(t *testing.T) {
	list := strings.Repeat("wrong\n", 20_000) + cloudflare
	name := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(name, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	_, read := clientaddr.ReadPrefixes(strings.NewReader(list))
	_, loaded := clientaddr.LoadPrefixes(name)
	for _, err := range []error{read, loaded} {
		if err == nil || strings.Count(err.Error(), "\n") != 10 || !strings.Contains(err.Error(), "line 10: ") || !strings.HasSuffix(err.Error(), "lines: and 19990 more wrong values") {
			t.Errorf("got %.2000v, want ten problems and the number of the others", err)
		}
	}
	if _, err := clientaddr.LoadPrefixes(t.TempDir()); err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("a folder: got %v", err)
	}
}

func TestParsePrefixes(t *testing.T) {
	got, err := clientaddr.ParsePrefixes("192.0.2.1", "10.0.0.0/8", "2001:db8::1")
	if err != nil || fmt.Sprint(got) != "[192.0.2.1/32 10.0.0.0/8 2001:db8::1/128]" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := clientaddr.ParsePrefixes("10.0.0.0/8", "", "x"); err == nil || got != nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "clientaddr: prefixes[2]: ") {
		t.Errorf("got %v, %v, want two problems", got, err)
	}
	if got, err := clientaddr.ParsePrefixes(); err != nil || got != nil {
		t.Errorf("none: got %v, %v", got, err)
	}
}

func TestKnownRanges(t *testing.T) {
	for _, tt := range []struct {
		name string
		list []netip.Prefix
		in   []string
		out  []string
	}{
		{"loopback", clientaddr.Loopback(), []string{"127.0.0.1", "127.9.9.9", "::1"}, []string{"10.0.0.1", "::2", "128.0.0.1"}},
		{"private", clientaddr.PrivateRanges(), []string{"10.0.0.1", "172.31.0.1", "192.168.9.9", "fd00::1"}, []string{"127.0.0.1", "172.32.0.1", "192.169.0.1", "fe80::1", "100.64.0.1"}},
	} {
		contains := func(s string) bool {
			for _, p := range tt.list {
				if p.Contains(netip.MustParseAddr(s)) {
					return true
				}
			}
			return false
		}
		for _, s := range tt.in {
			if !contains(s) {
				t.Errorf("%s: %s is not in it", tt.name, s)
			}
		}
		for _, s := range tt.out {
			if contains(s) {
				t.Errorf("%s: %s is in it", tt.name, s)
			}
		}
		tt.list[0] = netip.Prefix{} // of the caller's own
	}
	if !clientaddr.Loopback()[0].IsValid() {
		t.Error("a change of the list is one for everybody")
	}
}

// Whatever a list contains, it is read or refused with a reason.
func FuzzReadPrefixes(f *testing.F) {
	for _, s := range []string{cloudflare, "10.0.0.0/8 # a", "::/0,1.2.3.4", "x", "\x00", "1.2.3.4/33"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		got, err := clientaddr.ReadPrefixes(strings.NewReader(list))
		if (err == nil) != (len(got) > 0) {
			t.Fatalf("%q: got %v, %v", list, got, err)
		}
		for _, p := range got {
			if !p.IsValid() || p != p.Masked() {
				t.Errorf("%q: got %v", list, p)
			}
		}
	})
}
