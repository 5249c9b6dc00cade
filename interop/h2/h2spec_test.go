// Package h2 runs h2spec, a test of how servers speak HTTP/2, against Sidekick
// and against a plain net/http server.
package h2

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

const body = `{"hello":"world","padding":"0123456789012345678901234567890123456789"}`

// TestH2spec holds that Sidekick fails in nothing that net/http passes.
func TestH2spec(t *testing.T) {
	if testing.Short() {
		t.Skip("h2spec waits for timeouts")
	}
	config := selfSigned(t)

	plain := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	}))
	plain.TLS, plain.EnableHTTP2 = config.Clone(), true
	plain.Config.ErrorLog = log.New(io.Discard, "", 0) // most of it is told to be wrong
	plain.StartTLS()
	defer plain.Close()

	cfg := sidekick.Production()
	cfg.Server.Port, cfg.Server.BindIP, cfg.Server.Secure, cfg.Server.TLSConfig = "0", "127.0.0.1", true, config
	cfg.Paths.Root = "actions"
	cfg.Actions.Routes = dispatch.Routes{{Method: "all", Path: "/", Action: "hello"}}
	kit, err := sidekick.New(cfg, dispatch.Action{Name: "hello", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	ls, err := kit.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- kit.Serve(ctx, ls...) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	theirs, theirCount := h2spec(t, plain.Listener.Addr())
	ours, ourCount := h2spec(t, ls[0].Addr())
	t.Logf("of %d cases net/http fails %d, Sidekick %d of %d: %q", theirCount, len(theirs), len(ours), ourCount, slices.Sorted(maps.Keys(ours)))
	if ourCount < 100 || ourCount != theirCount {
		t.Errorf("got %d cases, and %d of net/http", ourCount, theirCount)
	}
	maps.DeleteFunc(ours, func(name, _ string) bool { _, too := theirs[name]; return too })
	// What depends on time may go wrong now and then on a busy machine.
	for try := 0; try < 2 && len(ours) > 0; try++ {
		again, _ := h2spec(t, ls[0].Addr())
		maps.DeleteFunc(ours, func(name, _ string) bool { _, still := again[name]; return !still })
	}
	for name, failure := range ours {
		t.Errorf("%s: %s", name, failure)
	}
}

// h2spec returns what fails, and how many cases there are.
func h2spec(t *testing.T, a net.Addr) (failed map[string]string, cases int) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.xml")
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		t.Fatal(err)
	}
	// It ends with an error if any case fails: the report counts.
	out, runErr := exec.Command("go", "tool", "h2spec", "-h", host, "-p", port, "-t", "-k", "-o", "5", "-j", report).CombinedOutput()
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatalf("%v, %v\n%s", err, runErr, out)
	}
	var suites struct {
		Suites []struct {
			Cases []struct {
				Package   string `xml:"package,attr"`
				ClassName string `xml:"classname,attr"`
				Failure   string `xml:"failure"`
				Error     string `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(data, &suites); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	failed = map[string]string{}
	for _, s := range suites.Suites {
		for _, c := range s.Cases {
			cases++
			if c.Failure+c.Error != "" {
				failed[c.Package+" "+c.ClassName] = c.Failure + c.Error
			}
		}
	}
	return failed, cases
}

// selfSigned is a certificate for the loopback.
func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}
