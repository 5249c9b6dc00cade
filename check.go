package sidekick

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/textproto"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

const (
	wantPort = `want a port from 0 to 65535, the path of a unix socket with a slash in it, or "systemd"`

	// maxSocketPath is what fits into the address of a unix socket everywhere.
	maxSocketPath = 103
	// maxSocketFolder leaves room for the socket's first path there.
	maxSocketFolder = maxSocketPath - len("/.s4294967295/s")

	// maxTime is more than anybody waits, and far from what overflows.
	maxTime = 1000 * time.Hour
	// maxNumber is that for numbers, where int has 32 bits, too.
	maxNumber = 1 << 30
)

// check reports what only the whole configuration can tell; each piece checks
// its own options.
func (c *Config) check(bad *cfgerr.List) {
	if !c.begun {
		bad.Add("Config", nil, "begin with sidekick.Development() or sidekick.Production(): the zero Config has every option off")
	}
	c.checkListening(bad)
	c.checkLimits(bad)
	c.checkPaths(bad)
	c.Server.check(c, bad)
	checkAround(bad, "Around", c.Around)
	checkAround(bad, "AroundActions", c.AroundActions)
	if c.FlatFileCacheDuration < 0 || c.FlatFileCacheDuration > maxNumber {
		bad.Add("flatFileCacheDuration", c.FlatFileCacheDuration, "want seconds, from 0 to %d", maxNumber)
	}
	if s := c.FingerprintOptions.Settings.SameSite; !slices.Contains([]string{"", "lax", "strict", "none"}, strings.ToLower(s)) {
		bad.Add("fingerprintOptions.settings.sameSite", s, `want "lax", "strict" or "none"`)
	}
	seen := map[string]bool{}
	for name := range c.HTTPHeaders {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		if seen[canonical] {
			bad.Add("httpHeaders", name, "given twice: names are the same in upper and lower case")
		}
		seen[canonical] = true
	}
}

func checkAround(bad *cfgerr.List, field string, list []func(http.Handler) http.Handler) {
	for i, around := range list {
		if around == nil {
			bad.Add(fmt.Sprintf("%s[%d]", field, i), nil, "want a middleware")
		}
	}
}

func (c *Config) checkListening(bad *cfgerr.List) {
	if c.BootAttempts < 1 {
		bad.Add("bootAttempts", c.BootAttempts, "want 1 or more")
	}
	secure := c.Secure
	at := map[string]string{}
	for i, l := range c.listeners() {
		path := ""
		if i > 0 {
			path = fmt.Sprintf("listeners[%d].", i-1)
		}
		secure = secure || l.Secure
		problem := l.Port.problem()
		if problem != "" {
			bad.Add(path+"port", string(l.Port), "%s", problem)
		}
		if l.BindIP != "" {
			if _, err := netip.ParseAddr(l.BindIP); err != nil {
				bad.Add(path+"bindIP", l.BindIP, `want an IP address, such as "127.0.0.1" or "::1", or null for all`)
			}
		}
		where := string(l.Port)
		if l.Port.isTCP() {
			where = l.BindIP + " " + where
		}
		if other, ok := at[where]; ok && problem == "" && l.Port != "0" {
			bad.Add(path+"port", string(l.Port), "%sport is the same", other)
		}
		at[where] = path
	}
	c.checkCertificate(bad, secure)
}

// checkCertificate leaves to makeTLS what files hold.
func (c *Config) checkCertificate(bad *cfgerr.List, secure bool) {
	for _, f := range []struct{ path, name string }{{"serverOptions.cert", c.ServerOptions.Cert}, {"serverOptions.key", c.ServerOptions.Key}} {
		if isPEM(f.name) { // which has no place in an error
			bad.Add(f.path, nil, "want the name of a file; this is what is in one")
		}
	}
	if (c.ServerOptions.Cert == "") != (c.ServerOptions.Key == "") {
		bad.Add("serverOptions", nil, "want both cert and key")
	}
	if t := c.TLSConfig; secure && t != nil && c.ServerOptions == (ServerOptions{}) && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		bad.Add("TLSConfig", nil, "it has no certificate: set Certificates or GetCertificate, or name the files in ServerOptions")
	}
}

// isWhole tells whether check has found nothing wrong with o.
func (o ServerOptions) isWhole() bool {
	return (o.Cert == "") == (o.Key == "") && !isPEM(o.Cert) && !isPEM(o.Key)
}

func isPEM(s string) bool { return strings.Contains(s, "-----BEGIN") }

// isTCP tells a port from a socket.
func (p Port) isTCP() bool {
	return p != "" && strings.Trim(string(p), "0123456789") == ""
}

// problem says what is wrong with a port; "" is nothing.
func (p Port) problem() string {
	name, activated := strings.CutPrefix(string(p), "systemd")
	switch {
	case p.isTCP():
		if _, err := strconv.ParseUint(string(p), 10, 16); err != nil {
			return wantPort
		}
	case strings.Contains(string(p), "/"):
		if folder := filepath.Dir(string(p)); strings.ContainsRune(string(p), 0) || len(p) > maxSocketPath || len(folder) > maxSocketFolder {
			return fmt.Sprintf("want a path of at most %d bytes, and of %d without its last part: the system takes no longer one for a socket", maxSocketPath, maxSocketFolder)
		}
		if strings.HasSuffix(string(p), "/") || strings.Contains(string(p), "://") {
			return wantPort
		}
	case !activated || name != "" && (name[0] != ':' || len(name) == 1):
		return wantPort
	}
	return ""
}

func (c *Config) checkLimits(bad *cfgerr.List) {
	for _, t := range []struct {
		path string
		time time.Duration
		zero string
	}{
		{"readHeaderTimeout", c.ReadHeaderTimeout, "the default"},
		{"readTimeout", c.ReadTimeout, "the default"},
		{"writeTimeout", c.WriteTimeout, "the default"},
		{"idleTimeout", c.IdleTimeout, "the default"},
		{"shutdownTimeout", c.ShutdownTimeout, "the default"},
		{"shutdownDelay", c.ShutdownDelay, "none"},
	} {
		if t.time < 0 || t.time > maxTime {
			bad.Add(t.path, t.time, "want 0 for %s, or more, up to %v", t.zero, maxTime)
		}
	}
	for _, n := range []struct {
		path  string
		value int
		most  int
	}{
		{"maxHeaderBytes", c.MaxHeaderBytes, 16 << 20},
		{"maxHeaderFields", c.MaxHeaderFields, 1 << 20},
		{"maxUrlBytes", c.MaxURLBytes, 16 << 20},
	} {
		if n.value < 0 || n.value > n.most {
			bad.Add(n.path, n.value, "want 0 for the default, or up to %d", n.most)
		}
	}
	if c.MaxConnections > maxNumber {
		bad.Add("maxConnections", c.MaxConnections, "want 0 for the default, up to %d, or a negative value for no limit", maxNumber)
	}
	if l := c.withLimits(); l.MaxURLBytes > l.MaxHeaderBytes {
		bad.Add("maxUrlBytes", l.MaxURLBytes, "want at most maxHeaderBytes, %d: the URL is in the header", l.MaxHeaderBytes)
	}
	if c.FingerprintOptions.Settings.Expires > int64(400*24*time.Hour/time.Millisecond) {
		bad.Add("fingerprintOptions.settings.expires", c.FingerprintOptions.Settings.Expires, "want milliseconds of at most 400 days, which is as long as browsers keep a cookie")
	}
}

func (c *Config) checkPaths(bad *cfgerr.List) {
	if !slices.Contains([]string{rootAPI, rootFile}, c.RootEndpointType) {
		bad.Add("rootEndpointType", c.RootEndpointType, `want "api" or "file"`)
	}
	if c.RootEndpointType == rootFile && c.URLPathForFiles.prefix() == "" {
		bad.Add("rootEndpointType", c.RootEndpointType, "files are switched off by urlPathForFiles: want \"api\"")
	}
	if c.URLPathForActions.prefix() == "" && c.RootEndpointType != rootAPI {
		bad.Add("urlPathForActions", nil, `without it actions answer at the root only: want rootEndpointType "api"`)
	}
	if c.URLPathForDocs.prefix() != "" && !c.OpenAPI {
		bad.Add("urlPathForDocs", string(c.URLPathForDocs), "it shows the OpenAPI document: want openAPI true, or null here")
	}
	// No two things answer at one path.
	at := map[string]string{}
	for _, p := range []struct {
		path, url, what string
	}{
		{"urlPathForActions", c.URLPathForActions.prefix(), "for actions"},
		{"urlPathForFiles", c.URLPathForFiles.prefix(), "for files"},
		{"urlPathForDocs", c.URLPathForDocs.prefix(), "of the page"},
		{"livenessPath", c.LivenessPath, "of the liveness check"},
		{"readinessPath", c.ReadinessPath, "of the readiness check"},
	} {
		if p.url == "" {
			continue
		}
		switch {
		case pathProblem(p.url) != "":
			bad.Add(p.path, p.url, "%s", pathProblem(p.url))
		case at[p.url] != "":
			bad.Add(p.path, p.url, "it is the path %s, too", at[p.url])
		}
		at[p.url] = p.what
	}
}

// pathProblem says what is wrong with a path that begins with a slash; "" is
// nothing.
func pathProblem(path string) string {
	if path[0] != '/' {
		return "want a path that begins with a slash"
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		if part == "" || part == "." || part == ".." {
			return `want a path such as "/healthz" or "/a/b", without empty parts, "." and ".."`
		}
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`?#%\`, r) }) {
		return `want a path without blanks and any of ? # % \; letters that a URL escapes stand as they are`
	}
	return ""
}

// withKeys puts before the problems of the pieces the keys by which they are
// configured here.
func withKeys(err error) error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, withKeys(e))
		}
		return errors.Join(all...)
	}
	var c *ConfigError
	if !errors.As(err, &c) {
		return err
	}
	name, index, _ := strings.Cut(c.Field, "[")
	if index != "" {
		index = "[" + index
	}
	key, ok := keysOfPieces[c.Package+": "+name]
	if !ok {
		return err
	}
	if strings.HasPrefix(index, "[\"") || name == "Keys" || name == "Routes" {
		index = ""
	}
	return fmt.Errorf("sidekick: %s%s: %w", key, index, err)
}

// keysOfPieces leads from the options of the pieces to ours.
var keysOfPieces = map[string]string{
	"hosts: Allowed":      "allowedRequestHosts",
	"hosts: ExemptPaths":  "hostExemptPaths",
	"hosts: AssumeScheme": "assumeScheme",

	"headers: Set":               "httpHeaders",
	"clientaddr: TrustedProxies": "trustedProxies",
	"clientaddr: Header":         "clientAddrHeader",
	"clientaddr: PortHeader":     "clientPortHeader",
	"compress: MinBytes":         "compressOptions.minBytes",
	"compress: GzipLevel":        "compressOptions.gzipLevel",
	"compress: ZstdLevel":        "compressOptions.zstdLevel",

	"envelope: Padding":            "padding",
	"envelope: DefaultErrorStatus": "defaultErrorStatusCode",

	"fingerprint: CookieName":               "fingerprintOptions.cookieKey",
	"fingerprint: CookieName, Path, Domain": "fingerprintOptions",
	"fingerprint: DangerouslyUnsigned":      "fingerprintOptions.dangerouslyUnsigned",
	"fingerprint: Domain":                   "fingerprintOptions.settings.domain",
	"fingerprint: Keys":                     "fingerprintOptions.keysFile or " + keysVariable,
	"fingerprint: MaxAge":                   "fingerprintOptions.settings.expires",
	"fingerprint: Path":                     "fingerprintOptions.settings.path",
	"fingerprint: SameSite":                 "fingerprintOptions.settings.sameSite",

	"upload: Dir":               "formOptions.uploadDir",
	"upload: Hash":              "formOptions.hashAlgorithm",
	"upload: MaxFileBytes":      "formOptions.maxFileSize",
	"upload: MaxTotalFileBytes": "formOptions.maxTotalFileSize",
	"upload: MaxFieldsBytes":    "formOptions.maxFieldsSize",
	"upload: MaxFields":         "formOptions.maxFields",
	"upload: MaxFiles":          "formOptions.maxFiles",

	"params: MaxBodyBytes":         "formOptions.maxFieldsSize",
	"params: MaxFields":            "formOptions.maxFields",
	"params: Query.ArrayLimit":     "queryParseOptions.arrayLimit",
	"params: Query.Delimiter":      "queryParseOptions.delimiter",
	"params: Query.Depth":          "queryParseOptions.depth",
	"params: Query.ParameterLimit": "queryParseOptions.parameterLimit",

	"static: Index": "directoryFileType",
	"static: Roots": "publicFolders",

	"dispatch: AutomaticRoutes": "automaticRoutes",
	"dispatch: Routes":          "routes",
	"dispatch: Timeout":         "actionTimeout",
}
