package sidekick

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/listen"
	"github.com/sidekick-http/sidekick/internal/logtext"
)

// anySecure reports whether any listener serves HTTPS.
func (o *ServerOptions) anySecure() bool {
	return slices.ContainsFunc(o.listeners(), func(l Listener) bool { return l.Secure })
}

// checkCertificate checks the options of certificates; makeTLS checks what is in the
// files.
func (o *ServerOptions) checkCertificate(bad *cfgerr.List) {
	for _, f := range [][2]string{{"server.cert", o.Cert}, {"server.key", o.Key}} {
		if isPEM(f[1]) { // a key must not be printed in an error
			bad.Add(f[0], nil, "want the name of a file, not its contents")
		}
	}
	if (o.Cert == "") != (o.Key == "") {
		bad.Add("server.cert", nil, "want both cert and key")
	}
	if o.CertificateWarning > maxTime {
		bad.Add("server.certificateWarning", o.CertificateWarning.String(), "want at most %v", maxTime)
	}
	if t := o.TLSConfig; o.anySecure() && t != nil && o.Cert == "" && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		bad.Add("Server.TLSConfig", nil, "it has no certificate: set Certificates or GetCertificate, or name the files in Cert and Key")
	}
}

// hasFiles reports whether there are certificate files whose names passed check.
func (o *ServerOptions) hasFiles() bool {
	return o.Cert != "" && o.Key != "" && !isPEM(o.Cert) && !isPEM(o.Key)
}

func isPEM(s string) bool { return strings.Contains(s, "-----BEGIN") }

// hasHTTP2 reports whether the server speaks HTTP/2.
func (o *ServerOptions) hasHTTP2() bool {
	return !o.DisableHTTP2 && !listen.NamesHTTP1Only(o.TLSConfig) && listen.HasHTTP2()
}

// makeTLS makes the TLS configuration, if anything is secure.
func (k *Kit) makeTLS(bad *cfgerr.List) {
	o := &k.cfg.Server
	switch {
	case !o.anySecure() || o.DisableListening && o.TLSConfig == nil && !o.hasFiles():
		return // the caller's own listeners may do without TLS
	case o.TLSConfig == nil && o.Cert == "" && o.Key == "":
		bad.Add("server.secure", true, "want a certificate: cert and key, or TLSConfig")
		return
	case o.TLSConfig == nil && !o.hasFiles():
		return // check has reported it
	}
	config := &tls.Config{}
	if o.TLSConfig != nil {
		config = o.TLSConfig.Clone()
	}
	if o.hasFiles() {
		certificate, err := listen.LoadCertificate(o.Cert, o.Key, o.CertificateWarning, k.logger)
		if err != nil {
			k.badCertificate(bad, err)
			return
		}
		config.GetCertificate, config.Certificates = certificate.Get, nil
	}
	for i := range config.Certificates {
		listen.WarnOfEnd(k.logger, &config.Certificates[i], o.CertificateWarning, time.Now())
	}
	k.tls = listen.AtLeastTLS12(config, o.hasHTTP2())
}

// badCertificate reports what is wrong with each of the two files.
func (k *Kit) badCertificate(bad *cfgerr.List, err error) {
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, err := range errs {
		var file *fs.PathError
		if errors.As(err, &file) && file.Path == k.cfg.Server.Key {
			bad.Add("server.key", k.cfg.Server.Key, "%s", logtext.Printable(err.Error()))
		} else {
			bad.Add("server.cert", k.cfg.Server.Cert, "%s", logtext.Printable(err.Error()))
		}
	}
}
