package listen_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// writePair writes a certificate with the given name and its key into dir.
func writePair(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificateIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := t.TempDir()
		dir := filepath.Join(root, "current")
		writePair(t, filepath.Join(root, "one"), "one")
		writePair(t, filepath.Join(root, "two"), "two")
		writePair(t, filepath.Join(root, "three"), "three")
		if err := os.Symlink("one", dir); err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		c, err := listen.LoadCertificate(filepath.Join(dir, "cert"), filepath.Join(dir, "key"), 0, slog.New(slog.NewTextHandler(&logged, nil)))
		if err != nil {
			t.Fatal(err)
		}
		want := func(when, name string) {
			t.Helper()
			pair, err := c.Get(nil)
			if err != nil || pair.Leaf.Subject.CommonName != name {
				t.Errorf("%s: got %v, %v, want %s", when, pair.Leaf.Subject, err, name)
			}
		}
		want("at first", "one")

		// A folder is swapped by a link, as Kubernetes does.
		if err := os.Symlink("two", filepath.Join(root, "next")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(root, "next"), dir); err != nil {
			t.Fatal(err)
		}
		want("within the same second", "one")
		time.Sleep(time.Second)
		want("after a link was swapped", "two")

		// One file after the other.
		swap := func(file string) {
			t.Helper()
			b, err := os.ReadFile(filepath.Join(root, "three", file))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "two", file), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		swap("cert")
		time.Sleep(time.Second)
		want("between the files", "two")
		swap("key")
		time.Sleep(time.Second)
		want("after both", "three")
		if strings.Contains(logged.String(), "cannot be used") {
			t.Errorf("got the log\n%s", &logged)
		}

		// A broken one stays for longer.
		key := filepath.Join(root, "two", "key")
		good, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range []func() error{
			func() error { return os.WriteFile(key, []byte("no key"), 0o600) },
			func() error { return os.Remove(key) },
		} {
			logged.Reset()
			if err := broken(); err != nil {
				t.Fatal(err)
			}
			for range 4 {
				time.Sleep(time.Second)
				want("with a broken key", "three")
			}
			if n := strings.Count(logged.String(), "cannot be used"); n != 1 {
				t.Errorf("told %d times\n%s", n, &logged)
			}
		}
		if err := os.WriteFile(key, good, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		want("repaired", "three")
	})
}

func TestCertificateMustBeThere(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, "one")
	if _, err := listen.LoadCertificate(filepath.Join(dir, "cert"), filepath.Join(dir, "missing"), 0, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v", err)
	}
	if _, err := listen.LoadCertificate(filepath.Join(dir, "cert"), filepath.Join(dir, "cert"), 0, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a certificate for a key: got no error")
	}
}
