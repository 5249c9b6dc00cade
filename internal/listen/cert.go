package listen

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/bounded"
	"github.com/sidekick-http/sidekick/internal/logtext"
)

// Certificate is a certificate and its key, in two files that are read again when
// they change. It is safe for concurrent use.
type Certificate struct {
	certFile, keyFile string
	logger            *slog.Logger
	warn              time.Duration
	current           atomic.Pointer[tls.Certificate]
	start             time.Time    // times are counted from here, so that setting the clock changes nothing
	next              atomic.Int64 // when to check again, in nanoseconds since start

	mu        sync.Mutex
	cert, key []byte    // as last read, valid or not
	problem   error     // what is wrong with them
	told      bool      // the problem was logged
	warned    time.Time // when the expiry of the current one was last checked
}

const (
	// lookEvery is how often the files are checked at most: at the first handshake
	// after that time.
	lookEvery = time.Second
	// warnEvery is how often a certificate's expiry is warned of.
	warnEvery = 24 * time.Hour
)

// LoadCertificate reads the files. It warns if the certificate expires within warn.
func LoadCertificate(certFile, keyFile string, warn time.Duration, logger *slog.Logger) (*Certificate, error) {
	now := time.Now()
	c := &Certificate{certFile: certFile, keyFile: keyFile, warn: warn, logger: logger, start: now}
	c.next.Store(int64(lookEvery))
	if c.look(); c.problem == nil {
		c.logger.Info("certificate", c.about()...)
		c.warnOfEnd(now)
	}
	return c, c.problem
}

// Get is for the GetCertificate of a tls.Config. If a new pair is broken, that is
// logged once, and the old one stays.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	// Only one handshake checks; the others use the current certificate.
	if since := time.Since(c.start); int64(since) >= c.next.Load() && c.mu.TryLock() {
		defer c.mu.Unlock()
		c.next.Store(int64(since + lookEvery))
		now := time.Now()
		if c.look() && c.problem == nil {
			c.logger.Info("new certificate", c.about()...)
			c.warned = time.Time{}
		}
		if now.Sub(c.warned) >= warnEvery {
			c.warnOfEnd(now)
		}
	}
	return c.current.Load(), nil
}

// about returns the attributes of the current certificate for a record.
func (c *Certificate) about() []any {
	about := []any{"file", c.certFile}
	if leaf := c.current.Load().Leaf; leaf != nil {
		about = append(about, describeCertificate(leaf)...)
	}
	return about
}

func (c *Certificate) warnOfEnd(now time.Time) {
	c.warned = now
	WarnOfEnd(c.logger.With("file", c.certFile), c.current.Load(), c.warn, now)
}

// WarnOfEnd logs which certificates of a chain have expired, expire within warn, or
// are not valid yet.
func WarnOfEnd(logger *slog.Logger, chain *tls.Certificate, warn time.Duration, now time.Time) {
	for i, der := range chain.Certificate {
		cert := chain.Leaf
		if i > 0 || cert == nil {
			var err error
			if cert, err = x509.ParseCertificate(der); err != nil {
				continue // the client must cope with it
			}
		}
		about := describeCertificate(cert)
		switch left := cert.NotAfter.Sub(now); {
		case left < 0:
			logger.Warn("the certificate has expired", about...)
		case left < warn:
			logger.Warn("the certificate expires soon", append(about, "in", left.Round(time.Minute).String())...)
		case now.Before(cert.NotBefore):
			logger.Warn("the certificate is not valid yet", append(about, "notBefore", cert.NotBefore)...)
		}
	}
}

func describeCertificate(cert *x509.Certificate) []any {
	about := []any{"subject", cert.Subject.String(), "notAfter", cert.NotAfter}
	if len(cert.DNSNames)+len(cert.IPAddresses) > 0 {
		names := slices.Clone(cert.DNSNames)
		for _, ip := range cert.IPAddresses {
			names = append(names, ip.String())
		}
		about = append(about, "names", names)
	}
	return about
}

// mostPEM limits the size of each file.
const mostPEM = 4 << 20

var errEncrypted = errors.New(`the key is encrypted, and there is nobody to ask for its password: decrypt it once, with "openssl pkey -in ENCRYPTED -out KEY", into a file that only this program may read`)

// isEncrypted reports whether a file has an encrypted private key, in either form.
func isEncrypted(key []byte) bool {
	for {
		var block *pem.Block
		if block, key = pem.Decode(key); block == nil {
			return false
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return true
		}
	}
}

// look reads the files, and reports whether they have changed. It compares
// contents, not times, because files are swapped by links and copied with their
// times.
//
// A problem is logged only if it persists at the next check. Before that, the files
// may have been changed one after the other and read in between.
func (c *Certificate) look() (changed bool) {
	cert, err := bounded.ReadRegular(c.certFile, mostPEM)
	key, keyErr := bounded.ReadRegular(c.keyFile, mostPEM)
	if err = errors.Join(err, keyErr); err != nil {
		cert, key = nil, nil
	}
	if bytes.Equal(cert, c.cert) && bytes.Equal(key, c.key) && (c.problem != nil || c.current.Load() != nil) {
		if c.problem != nil && !c.told {
			c.told = true
			c.logger.Warn("the new certificate cannot be used, the old one stays", "error", c.problem)
		}
		return false
	}
	c.cert, c.key, c.told = cert, key, false
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.X509KeyPair(cert, key); err == nil {
			c.current.Store(&pair)
		} else if isEncrypted(key) {
			err = &fs.PathError{Op: "use", Path: c.keyFile, Err: errEncrypted}
		} else {
			err = fmt.Errorf("%s, %s: %w", logtext.Printable(c.certFile), logtext.Printable(c.keyFile), err)
		}
	}
	c.problem = err
	return true
}
