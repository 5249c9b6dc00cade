package sidekick_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// most is how long README may be: what one can read in five minutes.
const most = 9 << 10

func TestReadmeIsShort(t *testing.T) {
	if n := len(document(t, "README.md")); n > most {
		t.Errorf("README has %d bytes, want at most %d", n, most)
	}
}

// TestReadmeProgram does what README says: it builds the program as printed, starts
// it, and sends the requests below it.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	readme := document(t, "README.md")
	programs := blocks(readme, "go")
	if len(programs) != 1 || !strings.HasPrefix(programs[0], "package main\n") {
		t.Fatalf("got %d blocks of Go in README, want one whole program", len(programs))
	}
	curl, err := exec.LookPath("curl")
	if err != nil {
		needed(t, "curl")
	}
	origin := startProgram(t, programs[0])
	asked := 0
	for _, block := range blocks(readme, "sh") {
		for command, want := range requests(block) {
			asked++
			args := words(strings.ReplaceAll(command, "localhost:8080", origin))
			out, err := exec.Command(curl, append([]string{"--silent", "--show-error"}, args[1:]...)...).CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != want {
				t.Errorf("%s\ngot  %s, %v\nwant %s", command, got, err, want)
			}
		}
	}
	if asked < 6 {
		t.Errorf("README has %d requests with their answers, want them found", asked)
	}
}

// needed ends a test whose program is not installed: as skipped, or as failed if
// programs are required.
func needed(t *testing.T, program string) {
	t.Helper()
	if os.Getenv("TEST_INTEROP") == "required" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
}

// startProgram builds a program in this module and runs it until the test ends. It
// returns where the program listens, as host and port.
func startProgram(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	file, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "hello")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	// Without symbols it links in half the time.
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	cmd := exec.CommandContext(ctx, program)
	cmd.Dir = dir
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "SIDEKICK_") && !strings.HasPrefix(variable, "PORT=") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, "PORT=0")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
	})
	at := regexp.MustCompile(`http://([^\s"/]+)`)
	var said strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if found := at.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return found[1]
		}
		said.WriteString(lines.Text() + "\n")
	}
	t.Fatalf("the program ended without listening; it said\n%s", said.String())
	return ""
}

// requests yields the curl commands of a block that have a response below them,
// each line of which begins with "# ".
func requests(block string) func(yield func(command, answer string) bool) {
	return func(yield func(command, answer string) bool) {
		lines := strings.Split(block, "\n")
		for i, line := range lines {
			if i+1 == len(lines) || !strings.HasPrefix(line, "curl ") || !strings.HasPrefix(lines[i+1], "# ") {
				continue
			}
			if !yield(line, strings.TrimPrefix(lines[i+1], "# ")) {
				return
			}
		}
	}
}

// words splits a command at its spaces, as a shell does; single quotes keep them.
func words(command string) []string {
	var all []string
	for i, part := range strings.Split(command, "'") {
		if quoted := i%2 == 1; quoted {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}
