package listen

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Certificate is a certificate and its key in two files that are read again when
// they change. It is safe for concurrent use.
type Certificate struct {
	certFile, keyFile string
	logger            *slog.Logger
	current           atomic.Pointer[tls.Certificate]
	next              atomic.Int64 // when to look again, in nanoseconds of the clock

	mu        sync.Mutex
	cert, key []byte // as they were last read, good or not
	problem   error  // what is wrong with them
	told      bool   // the problem was logged
}

// lookEvery is how often the files are looked at, at most: at the first handshake
// after that time.
const lookEvery = time.Second

// LoadCertificate reads the files.
func LoadCertificate(certFile, keyFile string, logger *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, logger: logger}
	c.next.Store(time.Now().Add(lookEvery).UnixNano())
	c.look()
	return c, c.problem
}

// Get is for the GetCertificate of a tls.Config. A new pair that is broken is
// logged once, and the old one stays.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	// Only one handshake looks; the others go on with what is there.
	if now := time.Now(); now.UnixNano() >= c.next.Load() && c.mu.TryLock() {
		defer c.mu.Unlock()
		c.next.Store(now.Add(lookEvery).UnixNano())
		if c.look() && c.problem == nil {
			c.logger.Info("new certificate", "file", c.certFile)
		}
	}
	return c.current.Load(), nil
}

// look reads the files, and tells whether they have changed. The content is
// compared, not times: files are swapped by links, and copied with their times.
//
// A problem is logged when it is still there at the next look. Before that, the
// files may have been changed one after the other and read in between.
func (c *Certificate) look() (changed bool) {
	cert, err := os.ReadFile(c.certFile)
	key, keyErr := os.ReadFile(c.keyFile)
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
		} else {
			err = fmt.Errorf("%s, %s: %w", c.certFile, c.keyFile, err)
		}
	}
	c.problem = err
	return true
}
