package deploy

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// nginx accepts the site, and the site names the socket of the systemd unit.
func TestNginx(t *testing.T) {
	site, err := os.ReadFile("nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	unit, err := os.ReadFile("systemd/sidekick.socket")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(site), "server unix:/run/sidekick.sock;") || !strings.Contains(string(unit), "\nListenStream=/run/sidekick.sock\n") {
		t.Error("nginx and systemd use different sockets")
	}

	nginx, err := exec.LookPath("/usr/sbin/nginx") // it is on root's PATH only
	if err != nil {
		nginx = find(t, "nginx")
	}
	dir := t.TempDir()
	certificate(t, dir)
	written := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	in := written("site.conf", strings.NewReplacer("/etc/ssl/www.example.com", dir, "listen 80;", "listen 127.0.0.1:8080;", "listen 443 ", "listen 127.0.0.1:8443 ").Replace(string(site)))
	conf := written("nginx.conf", user+"pid "+dir+"/pid;\nerror_log stderr;\nevents {}\nhttp {\n\taccess_log off;\n\tclient_body_temp_path "+dir+"/body;\n\tproxy_temp_path "+dir+"/proxy;\n\tinclude "+in+";\n}\n")
	out, err := exec.Command(nginx, "-t", "-e", "stderr", "-p", dir, "-c", conf).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "test is successful") {
		t.Errorf("%v\n%s", err, out)
	}
}

// certificate writes the certificate of httptest, and its key.
func certificate(t *testing.T, dir string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	cert := server.TLS.Certificates[0]
	secret, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"fullchain.pem": {Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, "privkey.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
