package clients_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lab starts the program that shows what it received, and returns its origin.
func lab(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "lab")
	build := exec.Command("go", "build", "-o", file, "./internal/lab")
	build.Dir = filepath.Join("..", "..") // as its own module has it
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the lab: %v\n%s", err, out)
	}
	cmd := exec.Command(file, "-port", "0", "-dir", dir)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("the lab ended with %v and logged:\n%s", err, log.Bytes())
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(lines.Text()); address != "" {
			return "http://" + address
		}
	}
	t.Fatal("the lab did not say where it is")
	return ""
}

// skip skips the test, or fails it where everything must run.
func skip(t *testing.T, why error) {
	t.Helper()
	if os.Getenv("TEST_INTEROP") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// What every client means to send, as the lab shows it.
const (
	fields = `"name":"Jörg & Söhne","tags":["a","b c"],"ids":[1,2,3],"qty":{"7":1,"x":2},"lines":[{"sku":"s1","n":1},{"sku":"s2","n":2}],"on":true,
		"wait":90000000000,"due":"2026-01-02T03:04:05Z","data":"aGk=","addr":"10.0.0.1","big":123456789012345678901234567890,"price":1.50,"color":"red"`
	alone     = `{"got":{` + fields + `,"user":{"name":"u"}}}`
	withFiles = `{"got":{` + fields + `,"user":{"name":"u","avatar":{"name":"a.txt","size":3}},"image":{"name":"a.txt","size":3},
		"pics":[{"name":"a.txt","size":3},{"name":"b.txt","size":2}],"file":{"name":"b.txt","size":2}}}`
)

func decode(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func files(t *testing.T) (a, b string) {
	t.Helper()
	dir := t.TempDir()
	a, b = filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.txt")
	for name, content := range map[string]string{a: "aaa", b: "bb"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

func TestNode(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			skip(t, err)
		}
	}
	if out, err := exec.Command("npm", "ci").CombinedOutput(); err != nil {
		skip(t, fmt.Errorf("npm ci: %w\n%s", err, out))
	}
	a, b := files(t)
	cmd := exec.Command("node", "clients.mjs", lab(t), a, b)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	answers := decode(t, out).(map[string]any)
	if len(answers) < 12 {
		t.Errorf("only %d clients answered", len(answers))
	}
	for name, got := range answers {
		want := decode(t, []byte(alone))
		if strings.Contains(name, "form serializer") || strings.Contains(name, "FormData") {
			want = decode(t, []byte(withFiles))
		}
		if strings.Contains(name, "without brackets") {
			// axios cannot write a list of objects in this way.
			delete(want.(map[string]any)["got"].(map[string]any), "lines")
		}
		if diff := cmp.Diff(want, decode(t, []byte(got.(string)))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		skip(t, err)
	}
	origin := lab(t)
	a, b := files(t)
	named := func(as string, names map[string]string) []string {
		var args []string
		for _, f := range strings.Split(names["fields"], "\n") {
			args = append(args, as, f)
		}
		return args
	}
	const list = "name=Jörg & Söhne\ntags%s=a\ntags%s=b c\nids%s=1\nids%s=2\nids%s=3\nqty[7]=1\nqty[x]=2\n" +
		`lines={"sku":"s1","n":1}` + "\n" + `lines={"sku":"s2","n":2}` + "\non=on\nwait=1m30s\ndue=2026-01-02T03:04:05Z\n" +
		"data=aGk=\naddr=10.0.0.1\nbig=123456789012345678901234567890\nprice=1.50\ncolor=red\nuser[name]=u"
	for _, suffix := range []string{"", "[]"} {
		text := strings.ReplaceAll(list, "%s", suffix)
		for way, args := range map[string][]string{
			"multipart":  append(named("--form-string", map[string]string{"fields": text}), "-F", "user[avatar]=@"+a, "-F", "image=@"+a, "-F", "pics"+suffix+"=@"+a, "-F", "pics"+suffix+"=@"+b, "-F", "file=@"+b),
			"urlencoded": named("--data-urlencode", map[string]string{"fields": text}),
			"query":      append(named("--data-urlencode", map[string]string{"fields": text}), "-G"),
		} {
			out, err := exec.Command("curl", append([]string{"-sS", "-g", origin + "/api/form"}, args...)...).Output()
			if err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			want := decode(t, []byte(alone))
			if way == "multipart" {
				want = decode(t, []byte(withFiles))
			}
			if diff := cmp.Diff(want, decode(t, out)); diff != "" {
				t.Errorf("%s, names with %q: %s", way, suffix, diff)
			}
		}
	}
}

func TestGo(t *testing.T) {
	origin := lab(t)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	write := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range [][2]string{
		{"name", "Jörg & Söhne"}, {"tags", "a"}, {"tags", "b c"}, {"ids[0]", "1"}, {"ids[1]", "2"}, {"ids[2]", "3"}, {"qty[7]", "1"}, {"qty[x]", "2"},
		{"lines[0][sku]", "s1"}, {"lines[0][n]", "1"}, {"lines[1][sku]", "s2"}, {"lines[1][n]", "2"}, {"on", "true"}, {"wait", "1m30s"}, {"due", "2026-01-02T03:04:05Z"},
		{"data", "aGk="}, {"addr", "10.0.0.1"}, {"big", "123456789012345678901234567890"}, {"price", "1.50"}, {"color", "red"}, {"user[name]", "u"},
	} {
		write(w.WriteField(f[0], f[1]))
	}
	for _, f := range [][3]string{{"user[avatar]", "a.txt", "aaa"}, {"image", "a.txt", "aaa"}, {"pics[0]", "a.txt", "aaa"}, {"pics[1]", "b.txt", "bb"}, {"file", "b.txt", "bb"}} {
		p, err := w.CreateFormFile(f[0], f[1])
		write(err)
		_, err = io.WriteString(p, f[2])
		write(err)
	}
	write(w.Close())
	resp, err := http.Post(origin+"/api/form", w.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	write(err)
	if diff := cmp.Diff(decode(t, []byte(withFiles)), decode(t, out)); diff != "" {
		t.Error(diff)
	}
}
