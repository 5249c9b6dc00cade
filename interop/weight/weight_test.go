package weight_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	// The programs below import these. A change of one of them is a reason to run
	// this test again.
	_ "github.com/sidekick-http/sidekick"
	_ "github.com/sidekick-http/sidekick/jsclient"
	_ "github.com/sidekick-http/sidekick/legacy"
	_ "github.com/sidekick-http/sidekick/openapi/ui"
	_ "github.com/sidekick-http/sidekick/ratelimit"
	_ "github.com/sidekick-http/sidekick/shadow"
	_ "github.com/sidekick-http/sidekick/upload/tus"
)

// floor is what everybody has who serves with net/http: a mux, a handler and a
// log. Pieces come in the place of %s.
const floor = `package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
%s)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello") })
	var h http.Handler = mux
%s	if err := http.ListenAndServe(":0", h); err != nil {
		slog.Error("serve", "error", err)
		os.Exit(1)
	}
}
`

// pieces are what is added to the floor, and the most it may add in MB (10^6
// bytes) to a binary without symbols.
var pieces = []struct {
	path string // below the module; "" is the assembled server
	use  string // makes h of it
	most float64
}{
	{"middleware/accesslog", around("accesslog.New(accesslog.Options{Logger: slog.Default()})"), 0.4},
	{"middleware/clientaddr", around("clientaddr.New(clientaddr.Options{TrustedProxies: clientaddr.Loopback()})"), 0.4},
	{"middleware/headers", around("headers.New(headers.Options{Set: map[string]string{`X-Frame-Options`: `DENY`}})"), 0.4},
	{"middleware/jsonp", around("jsonp.New(jsonp.Options{})"), 0.4},
	{"middleware/preflight", around("preflight.New(preflight.Options{})"), 0.4},
	{"middleware/recovery", around("recovery.New(recovery.Options{})"), 0.4},
	{"middleware/requestid", around("requestid.New(requestid.Options{})"), 0.4},
	{"logctx", "\tslog.SetDefault(slog.New(logctx.New(slog.Default().Handler())))\n", 0.4},
	{"hosts", around("hosts.New(hosts.Options{Allowed: []string{`www.example.com`}})"), 0.4},
	{"fingerprint", around("fingerprint.New(fingerprint.Options{RandomKeys: true})"), 0.42}, // with securecookie
	{"upload", around("upload.New(upload.Options{})"), 0.4},
	{"params", around("params.New(params.Options{})"), 0.6}, // with upload, whose form it hands on, to handlers of net/http as well
	{"ratelimit", around("ratelimit.New(ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 60, Per: 60e9}}})"), 0.4},
	{"idempotency", around("idempotency.New(idempotency.Options{})"), 0.4},
	{"jsclient", instead("jsclient.New(jsclient.Options{})"), 0.4},
	{"static", instead("static.New(static.Options{Roots: []static.Root{static.Dir(`.`)}})"), 0.45}, // it logs a file that breaks off together with the request
	{"middleware/compress", around("compress.New(compress.Options{})"), 0.6},                       // nearly all of it the encoders of gzip and zstd
	{"envelope", around("envelope.New(envelope.Options{})"), 0.45},                                 // it reads JSON as well, for handlers that are not actions
	{"upload/tus", instead("tus.New(tus.Options{})"), 0.48},                                        // with upload, into whose files the pieces go
	{"shadow", around("shadow.New(shadow.Options{Old: mux})"), 0.7},                                // its page is made by html/template
	{"legacy", instead("legacy.New(legacy.Options{})"), 0.77},                                      // nearly all of it the client and the proxy of net/http
	{"openapi/ui", instead("ui.New(ui.Options{})"), 0.8},                                           // half a megabyte of Swagger UI
	{"dispatch", instead("dispatch.New(dispatch.Options{})"), 2.2},                                 // params, envelope and the schemas of typed actions
	{"", instead("sidekick.New(sidekick.Production())"), 5.25},                                     // everything but side modules
}

func around(constructor string) string {
	return "\tpiece, err := " + constructor + "\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\th = piece.Handler(h)\n"
}

func instead(constructor string) string {
	return "\tpiece, err := " + constructor + "\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\th = piece\n"
}

// Who takes one piece does not carry the others, nor a library for what he does
// not use.
func TestPiecesAddLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a program for each piece")
	}
	const module = "github.com/sidekick-http/sidekick"
	programs := map[string]string{"floor": fmt.Sprintf(floor, "", "")}
	for _, p := range pieces {
		path := strings.TrimSuffix(module+"/"+p.path, "/")
		programs[nameOf(p.path)] = fmt.Sprintf(floor, "\t\""+path+"\"\n", p.use)
	}
	sizes := build(t, programs)
	for _, p := range pieces {
		name := nameOf(p.path)
		added := float64(sizes[name]-sizes["floor"]) / 1e6
		t.Logf("%-22s +%.3f MB", name, added)
		if added > p.most {
			t.Errorf("%s adds %.3f MB to %.2f MB, want at most %.2f", name, added, float64(sizes["floor"])/1e6, p.most)
		}
	}
}

func nameOf(path string) string {
	if path == "" {
		return "sidekick"
	}
	return strings.ReplaceAll(path, "/", "-")
}

// build links the programs, which are files of this module for the build alone,
// and returns the sizes of the binaries.
func build(t *testing.T, programs map[string]string) map[string]int64 {
	t.Helper()
	dir := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	args := []string{"build", "-overlay", filepath.Join(dir, "overlay.json"), "-ldflags", "-s -w", "-o", dir + string(filepath.Separator)}
	for name, text := range programs {
		file := filepath.Join(dir, name+".go")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(here, "programs", name, "main.go")] = file
		args = append(args, "./programs/"+name)
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	sizes := map[string]int64{}
	for name := range programs {
		binary := filepath.Join(dir, name)
		if runtime.GOOS == "windows" {
			binary += ".exe"
		}
		info, err := os.Stat(binary)
		if err != nil {
			t.Fatal(err)
		}
		sizes[name] = info.Size()
	}
	return sizes
}
