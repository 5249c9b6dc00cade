package listen_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
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

// writePair writes a certificate with the given name and its key into dir. It is
// valid for years.
func writePair(t *testing.T, dir, name string) {
	t.Helper()
	now := time.Now()
	writePairOf(t, dir, name, now.AddDate(-5, 0, 0), now.AddDate(5, 0, 0))
}

func writePairOf(t *testing.T, dir, name string, from, to time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to, DNSNames: []string{name + ".example"}}
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

		// A folder is swapped through a link, as in Kubernetes.
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

func TestAnEncryptedKeyIsCalledThat(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, "one")
	key := filepath.Join(dir, "key")
	for _, text := range []string{
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
		"-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n",
	} {
		if err := os.WriteFile(key, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var file *os.PathError
		_, err := listen.LoadCertificate(filepath.Join(dir, "cert"), key, 0, slog.New(slog.DiscardHandler))
		if !errors.As(err, &file) || file.Path != key || !strings.Contains(err.Error(), "the key is encrypted") || !strings.Contains(err.Error(), "openssl pkey -in") {
			t.Errorf("got %v, want the key's file and what to do", err)
		}
	}
}

func TestCertificatesAreRegularFiles(t *testing.T) {
	dir := t.TempDir()
	writePair(t, filepath.Join(dir, "..data"), "one")
	cert, key := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	for _, name := range []string{"cert", "key"} { // as Kubernetes mounts them
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if _, err := listen.LoadCertificate(cert, key, 0, slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("links: got %v", err)
	}
	if _, err := listen.LoadCertificate(cert, dir, 0, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("a folder: got %v", err)
	}
	broken := filepath.Join(dir, "two\nlines")
	if err := os.WriteFile(broken, []byte("x"), 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := listen.LoadCertificate(broken, key, 0, slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a name of two lines: got %v, want one line", err)
	}
}

// The operator of a server learns of a certificate's expiry before its clients do.
func TestCertificatesThatEnd(t *testing.T) {
	const day = 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		cert, key := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		told := func(when string, want ...string) {
			t.Helper()
			for _, w := range want {
				if !strings.Contains(log.String(), w) {
					t.Errorf("%s: got\n%swant %s", when, &log, w)
				}
			}
			if len(want) == 0 && log.Len() > 0 {
				t.Errorf("%s: got\n%s", when, &log)
			}
			log.Reset()
		}
		now := time.Now()
		writePairOf(t, dir, "good", now.Add(-day), now.Add(31*day+time.Hour))
		c, err := listen.LoadCertificate(cert, key, 30*day, logger)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.String(), "WARN") {
			t.Errorf("got %s", &log)
		}
		told("at first", "msg=certificate ", "subject=\"CN=good\"", "notAfter="+now.Add(31*day+time.Hour).UTC().Format("2006-01-02T"), "names=[good.example]")

		look := func() {
			t.Helper()
			if _, err := c.Get(nil); err != nil {
				t.Fatal(err)
			}
		}
		// While the server runs.
		time.Sleep(day)
		look()
		told("30 days and an hour before")
		time.Sleep(day)
		look()
		told("29 days before", "level=WARN msg=\"the certificate expires soon\"", "CN=good", "in=697h0m0s")
		time.Sleep(time.Hour)
		look()
		told("an hour later")
		time.Sleep(day)
		look()
		told("a day later", "expires soon")

		// By rotation.
		now = time.Now()
		writePairOf(t, dir, "gone", now.Add(-3*day), now.Add(-day))
		time.Sleep(time.Second)
		look()
		told("an expired one", "level=INFO msg=\"new certificate\"", "level=WARN msg=\"the certificate has expired\"", "CN=gone", "notAfter=")
		writePairOf(t, dir, "early", now.Add(day), now.Add(300*day))
		time.Sleep(time.Second)
		look()
		told("one from tomorrow on", "msg=\"the certificate is not valid yet\"", "CN=early", "notBefore=")
		writePair(t, dir, "good")
		time.Sleep(time.Second)
		look()
		if strings.Contains(log.String(), "WARN") {
			t.Errorf("a good one: got %s", &log)
		}
		log.Reset()

		// At start.
		writePairOf(t, dir, "gone", now.Add(-3*day), now.Add(-day))
		if _, err := listen.LoadCertificate(cert, key, -1, logger); err != nil {
			t.Fatal(err)
		}
		told("expired at start, no warning before the end", "has expired")
		writePairOf(t, dir, "soon", now.Add(-3*day), now.Add(day))
		if _, err := listen.LoadCertificate(cert, key, -1, logger); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.String(), "WARN") {
			t.Errorf("no warning before the end: got %s", &log)
		}
	})
}

// Intermediate certificates also expire.
func TestChainsThatEnd(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	writePairOf(t, filepath.Join(dir, "between"), "between", now.Add(-2*time.Hour), now.Add(-time.Hour))
	writePair(t, dir, "leaf")
	between, err := os.ReadFile(filepath.Join(dir, "between", "cert"))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := os.ReadFile(filepath.Join(dir, "cert"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cert"), append(leaf, between...), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := listen.LoadCertificate(filepath.Join(dir, "cert"), filepath.Join(dir, "key"), 0, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); strings.Count(got, "WARN") != 1 || !strings.Contains(got, "has expired") || !strings.Contains(got, "CN=between") {
		t.Errorf("got %s", got)
	}
}
