package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// units returns a folder with the units, which run the program that was built.
func units(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"sidekick.service", "sidekick.socket"} {
		text, err := os.ReadFile(filepath.Join("systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		unit := strings.ReplaceAll(string(text), "/usr/local/bin/sidekick", program)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(unit), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestUnits(t *testing.T) {
	analyze := find(t, "systemd-analyze")
	dir := units(t)
	service, socket := filepath.Join(dir, "sidekick.service"), filepath.Join(dir, "sidekick.socket")
	verify := exec.Command(analyze, "verify", service, socket)
	if out, err := verify.CombinedOutput(); err != nil || strings.Contains(string(out), dir) {
		t.Errorf("verify: %v\n%s", err, out)
	}
	// 0 is nothing that it may do, 100 everything.
	const most = 15
	secure := exec.Command(analyze, "security", "--offline=true", fmt.Sprintf("--threshold=%d", most), "--no-pager", service)
	if out, err := secure.CombinedOutput(); err != nil {
		t.Errorf("security: %v\n%s", err, out)
	}
}

// settings returns the values of a setting of a unit.
func settings(t *testing.T, unit, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("systemd", unit))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			all = append(all, value)
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s: there is no %s", unit, name)
	}
	return all
}

// The program takes its arguments and its environment.
func TestServiceIsTaken(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fingerprint.key"), []byte(strings.Repeat("k", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	options := filepath.Join(dir, "sidekick.json")
	if err := os.WriteFile(options, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var environ []string
	for _, line := range settings(t, "sidekick.service", "Environment") {
		environ = append(environ, strings.Fields(strings.ReplaceAll(line, "%d", dir))...)
	}
	command := strings.Fields(settings(t, "sidekick.service", "ExecStart")[0])
	args := command[2:] // behind the program and "serve"
	for i, arg := range args {
		if arg == "/etc/sidekick/sidekick.json" {
			args[i] = options
		}
	}
	accepts(t, environ, args)
	name := settings(t, "sidekick.socket", "FileDescriptorName")[0]
	if !strings.Contains(strings.Join(args, " "), "-address systemd:"+name+" ") {
		t.Errorf("got %q, and the socket's name is %q", args, name)
	}
}
