package deploy

import (
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// instruction is one of a Dockerfile: its name and what is behind that.
type instruction struct{ name, rest string }

// instructions are those of a Dockerfile that there are.
var instructions = []string{"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "RUN", "USER", "WORKDIR"}

// stages reads the Dockerfile.
func stages() (all [][]instruction, err error) {
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		return nil, err
	}
	whole := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		more, goesOn := strings.CutSuffix(line, "\\")
		if whole += more; goesOn {
			continue
		}
		name, rest, _ := strings.Cut(whole, " ")
		switch {
		case !slices.Contains(instructions, name):
			return nil, fmt.Errorf("Dockerfile: %q", whole)
		case name == "FROM":
			all = append(all, nil)
		case len(all) == 0:
			return nil, fmt.Errorf("Dockerfile: %q before FROM", whole)
		}
		all[len(all)-1] = append(all[len(all)-1], instruction{name, strings.TrimSpace(rest)})
		whole = ""
	}
	return all, nil
}

// buildLine returns the command that builds the program.
func buildLine() (string, error) {
	all, err := stages()
	if err != nil {
		return "", err
	}
	for _, i := range all[0] {
		if i.name == "RUN" && strings.Contains(i.rest, "go build") {
			return i.rest, nil
		}
	}
	return "", errors.New("Dockerfile: nothing builds the program")
}

// The program needs nothing but the kernel.
func TestProgramIsStatic(t *testing.T) {
	f, err := elf.Open(program)
	if err != nil {
		t.Skip(err) // another system
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it is linked dynamically")
		}
	}
}

// The image is run as Docker would: in a root of its own with what is copied
// into it, as its user, with its environment and without capabilities; nothing in
// the root can be written.
func TestImage(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a root of its own takes root")
	}
	all, err := stages()
	if err != nil {
		t.Fatal(err)
	}
	image := all[len(all)-1]
	if image[0].rest != "scratch" {
		t.Fatalf("the image begins with %q", image[0].rest)
	}
	root := emptyRoot(t)
	environ := []string{"PORT=0", "SIDEKICK_BIND_IP=127.0.0.1", "SIDEKICK_FINGERPRINT_KEYS=" + strings.Repeat("k", 32)}
	var user string
	var entry []string
	for _, i := range image {
		switch i.name {
		case "COPY":
			if to, ok := strings.CutPrefix(i.rest, "--from=build /out/sidekick "); ok {
				data, err := os.ReadFile(program)
				if err := errors.Join(err, os.WriteFile(filepath.Join(root, to), data, 0o755)); err != nil {
					t.Fatal(err)
				}
			}
		case "ENV":
			environ = append(environ, strings.Fields(i.rest)...)
		case "USER":
			user = i.rest
		case "ENTRYPOINT": // with a shell it is no list
			if err := json.Unmarshal([]byte(i.rest), &entry); err != nil || len(entry) != 1 {
				t.Fatalf("the entry point is %s", i.rest)
			}
		}
	}
	uid, gid, ok := strings.Cut(user, ":")
	u, err := strconv.ParseUint(uid, 10, 32)
	g, err2 := strconv.ParseUint(gid, 10, 32)
	if !ok || err != nil || err2 != nil || u == 0 || g == 0 {
		t.Fatalf("the user is %q, want numbers, and not root", user)
	}
	cmd := exec.Command(entry[0])
	cmd.Env, cmd.Dir = environ, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uint32(u), Gid: uint32(g)}}
	s := start(t, cmd)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/api/status": 200} {
		res, err := http.Get("http://" + s.address() + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != want {
			t.Errorf("%s: got %d %s, %v", path, res.StatusCode, b, err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.wait(t, `"msg":"stopped"`)
}

// emptyRoot returns a folder that others may enter, with the /tmp that "docker run
// --tmpfs /tmp" has.
func emptyRoot(t *testing.T) string {
	t.Helper()
	root, err := os.MkdirTemp("", "root")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	tmp := filepath.Join(root, "tmp")
	if err := errors.Join(os.Chmod(root, 0o755), os.Mkdir(tmp, 0), os.Chmod(tmp, 0o777|os.ModeSticky)); err != nil {
		t.Fatal(err)
	}
	return root
}

// What the image is built from is there.
func TestSourcesOfTheImage(t *testing.T) {
	all, err := stages()
	if err != nil {
		t.Fatal(err)
	}
	var copied []string
	for _, i := range all[0] {
		if names := strings.Fields(i.rest); i.name == "COPY" {
			copied = append(copied, names[:len(names)-1]...)
		}
	}
	if !slices.Contains(copied, "go.mod") {
		t.Errorf("got %q", copied)
	}
	for _, name := range copied {
		if _, err := os.Stat(filepath.Join("..", name)); err != nil {
			t.Error(err)
		}
	}
}
