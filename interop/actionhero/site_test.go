package actionhero_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/actions"
)

// values are members of JSON.
type values = map[string]any

// site is a server with the example actions and a folder of files.
type site struct {
	*httptest.Server
	t      *testing.T
	kit    *sidekick.Kit
	public string
	client *http.Client
}

const page = "<!DOCTYPE html>\n<h1>A page of the site</h1>\n"

// open starts a site. conf are options as Actionhero has them; further actions stand
// beside the examples.
func open(t *testing.T, conf values, further ...dispatch.Action) *site {
	t.Helper()
	s := &site{t: t, public: t.TempDir()}
	for name, content := range map[string]string{
		"simple.html": page, "index.html": "<h1>The first page</h1>\n", "css/cosmo.css": "a{}\n", "logo/logo.png": "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 992), "with space.png": "\x89PNG\r\n",
	} {
		file := filepath.Join(s.public, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := values{
		"serverName": "Actionhero API", "envelope": values{"exposeErrors": true}, "params": values{"showExcerpt": true}, "automaticRoutes": []string{"head", "get", "post", "put", "delete"},
		"metadataOptions": values{"serverInformation": true, "requesterInformation": true}, "fingerprint": values{"dangerouslyUnsigned": true},
		"static": values{"roots": []string{s.public}},
	}
	for name, v := range conf {
		all[name] = v
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sidekick.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := sidekick.Load(sidekick.LoadOptions{File: file, Environ: []string{"SIDEKICK_ENV=production"}})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Static.OmitCharset = true // as the presets for Actionhero have it
	if s.kit, err = sidekick.New(cfg, append(actions.All("the-server"), further...)...); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(s.kit)
	s.client = &http.Client{Transport: s.Server.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(func() {
		s.Server.Close()
		if err := s.kit.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// keepCookies has the site's client keep its cookies.
func (s *site) keepCookies() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client.Jar = jar
}

// got is an answer.
type got struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	length int64
	body   string
	json   any
}

// ask sends a request, as "GET /api/x". body is nil, a string, values that are sent
// as JSON, or a form.
func (s *site) ask(request string, body any, header ...string) *got {
	s.t.Helper()
	method, target, _ := strings.Cut(request, " ")
	var in io.Reader
	mediaType := ""
	switch b := body.(type) {
	case string:
		in = strings.NewReader(b)
	case values:
		text, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		in, mediaType = bytes.NewReader(text), "application/json"
	case form:
		in, mediaType = b.encode(s.t)
	}
	r, err := http.NewRequest(method, s.URL+target, in)
	if err != nil {
		s.t.Fatal(err)
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatalf("%s: %v", request, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s: %v", request, err)
	}
	g := &got{t: s.t, what: request, status: res.StatusCode, header: res.Header, length: res.ContentLength, body: string(text)}
	if json.Unmarshal(text, &g.json) != nil {
		g.json = nil
	}
	return g
}

// run is specHelper.runAction: it sends parameters as JSON.
func (s *site) run(name string, params values) *got {
	s.t.Helper()
	if params == nil {
		params = values{}
	}
	return s.ask("POST /api/"+url.PathEscape(name), params)
}

// form is a form of multipart fields; a value that begins with @ is a file.
type form [][2]string

func (f form) encode(t *testing.T) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range f {
		var part io.Writer
		var err error
		content, isFile := strings.CutPrefix(field[1], "@")
		if isFile {
			part, err = w.CreatePart(map[string][]string{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename="logo.png"`, field[0])}, "Content-Type": {"image/png"}})
		} else {
			part, err = w.CreateFormField(field[0])
		}
		if err == nil {
			_, err = io.WriteString(part, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

func (g *got) code(want int) *got {
	g.t.Helper()
	if g.status != want {
		g.t.Errorf("%s: got the status %d, want %d: %s", g.what, g.status, want, g.body)
	}
	return g
}

// at returns a member by its path, "a.b".
func (g *got) at(path string) (any, bool) {
	v := g.json
	for name := range strings.SplitSeq(path, ".") {
		members, ok := v.(values)
		if !ok {
			return nil, false
		}
		if v, ok = members[name]; !ok {
			return nil, false
		}
	}
	return v, true
}

// is holds that a member has a value; numbers are float64.
func (g *got) is(path string, want any) *got {
	g.t.Helper()
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if v, _ := g.at(path); !reflect.DeepEqual(v, want) {
		g.t.Errorf("%s: got %s = %#v, want %#v: %s", g.what, path, v, want, g.body)
	}
	return g
}

func (g *got) has(paths ...string) *got {
	g.t.Helper()
	for _, path := range paths {
		if v, ok := g.at(path); !ok || v == nil || v == "" {
			g.t.Errorf("%s: %s is missing: %s", g.what, path, g.body)
		}
	}
	return g
}

func (g *got) hasNot(paths ...string) *got {
	g.t.Helper()
	for _, path := range paths {
		if v, ok := g.at(path); ok {
			g.t.Errorf("%s: %s is there: %v", g.what, path, v)
		}
	}
	return g
}

func (g *got) text(path string) string {
	v, _ := g.at(path)
	s, _ := v.(string)
	return s
}

func (g *got) field(name, want string) *got {
	g.t.Helper()
	if v := g.header.Get(name); v != want {
		g.t.Errorf("%s: got %s %q, want %q", g.what, name, v, want)
	}
	return g
}

func (g *got) contains(want string) *got {
	g.t.Helper()
	if !strings.Contains(g.body, want) {
		g.t.Errorf("%s: got %q, want %q in it", g.what, g.body, want)
	}
	return g
}

func (g *got) answers(want string) *got {
	g.t.Helper()
	if g.body != want {
		g.t.Errorf("%s: got %q, want %q", g.what, g.body, want)
	}
	return g
}

const (
	unknown = "unknown action or invalid apiVersion"
	noFile  = "that file is not found"
	shown   = "requesterInformation.receivedParams."
)

func missing(name string) string { return name + " is a required parameter for this action" }

// runs makes an action without inputs.
func runs(name string, run func(context.Context, *dispatch.Connection) (any, error), inputs ...string) dispatch.Action {
	a := dispatch.Action{Name: name, Description: name, Run: run, Inputs: dispatch.Inputs{}}
	for _, in := range inputs {
		in, required := strings.CutSuffix(in, "!")
		a.Inputs[in] = dispatch.Input{Required: required}
	}
	return a
}

// random holds that an answer has a random number.
func (g *got) random() *got {
	g.t.Helper()
	if n, ok := g.code(http.StatusOK).at("randomNumber"); !ok || n.(float64) < 0 || n.(float64) >= 1 {
		g.t.Errorf("%s: got %s", g.what, g.body)
	}
	return g
}
