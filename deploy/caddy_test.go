package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func (s *server) wait(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(s.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not come:\n%s", text, s)
		}
	}
}

// The site is what Caddy takes, in its own form; and as a client sees it, over a
// real Caddy in front of the program.
func TestCaddy(t *testing.T) {
	caddy := find(t, "caddy")
	caddyfile, err := os.ReadFile("Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	caddyRun := func(args ...string) *exec.Cmd {
		cmd := exec.Command(caddy, args...)
		dir := t.TempDir()
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
		return cmd
	}
	if out, err := caddyRun("validate", "--adapter", "caddyfile", "--config", "Caddyfile").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := caddyRun("fmt", "Caddyfile").Output(); err != nil || string(out) != string(caddyfile) {
		t.Errorf("it is not formatted: %v\n%s", err, out)
	}

	dir := t.TempDir()
	socket := filepath.Join(dir, "sidekick.sock")
	cmd := exec.Command(program, "serve", "-production", "-address", socket)
	cmd.Env = []string{"SIDEKICK_CLIENT_ADDR_TRUST_UNIX_PEERS=true", "SIDEKICK_FINGERPRINT_KEYS=" + strings.Repeat("k", 32)}
	app := start(t, cmd)
	// A port that nobody else has.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	site := strings.NewReplacer("www.example.com {", "http://"+at+" {", "unix//run/sidekick.sock", "unix/"+socket).Replace(string(caddyfile))
	config := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(config, []byte("{\n\tadmin off\n}\n"+site), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy := &server{cmd: caddyRun("run", "--adapter", "caddyfile", "--config", config)}
	proxy.cmd.Stderr = proxy
	if err := proxy.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- proxy.cmd.Wait() }()
	t.Cleanup(func() {
		proxy.cmd.Process.Kill()
		<-ended
	})
	proxy.wait(t, "serving initial configuration")

	// A client cannot say who it is.
	r, err := http.NewRequest("GET", "http://"+at+"/api/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip"} {
		r.Header.Set(name, "6.6.6.6")
	}
	r.Header.Set("Forwarded", "for=6.6.6.6")
	r.Header.Set("X-Request-Id", "forged")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != 200 {
		t.Fatalf("got %d %s, %v", res.StatusCode, body, err)
	}
	id := res.Header.Get("X-Request-Id")
	app.wait(t, `"msg":"request"`)
	for line := range strings.Lines(app.String()) {
		var record struct{ Msg, Client, MessageID string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record.Msg == "request" && (record.Client != "127.0.0.1" || record.MessageID != id || id == "forged") {
			t.Errorf("got %s with the id %q", line, id)
		}
	}
	// A limit is Sidekick's, and its answer reaches a client that is still sending.
	body = append([]byte(`{"a":"`), bytes.Repeat([]byte("x"), 64<<20)...)
	res, err = http.Post("http://"+at+"/api/status", "application/json", bytes.NewReader(append(body, `"}`...)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d %.200s", res.StatusCode, b)
	}
}
