package static_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/static"
)

// traversals returns paths that lead out of the root: all combinations of spellings
// of "..", spellings of the slash, depths, starting points and target files.
func traversals() []string {
	dots := []string{
		"..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%ef%bc%8e%ef%bc%8e",
		"....", "..;", "..%00", "%00..", ".. ", "..%20", "%u002e%u002e",
	}
	slashes := []string{"/", "//", "/./", "%2f", "%2F", "%5c", `\`, "%252f", "%255c", "%c0%af", "%e2%88%95", "%u2215", ";/"}
	var list []string
	for _, start := range []string{"/", "/sub/", "//", "/public/"} {
		for _, target := range []string{"secret.txt", "etc/hostname"} {
			for _, dot := range dots {
				for _, slash := range slashes {
					for _, depth := range []int{1, 6} {
						list = append(list, start+strings.Repeat(dot+slash, depth)+target)
					}
				}
			}
		}
	}
	return append(list,
		"/public/%2fetc%2fhostname", "//etc/hostname", "/file:///etc/hostname", "/sub/%2e%2e%2f%2e%2e%2fsecret.txt",
		"/.%00./secret.txt", "/%2e%2e%2fsecret.txt%00.html", "/sub/..%2f..%2fsecret.txt%23", "/~/secret.txt", "/C:/secret.txt",
	)
}

func TestTraversal(t *testing.T) {
	const secret = "top secret"
	base := t.TempDir()
	for _, name := range []string{"secret.txt", "public-secret/x.txt", "etc/hostname"} {
		write(t, filepath.Join(base, name), false, secret)
	}
	write(t, filepath.Join(base, "public/sub/index.html"), false, "index")
	write(t, filepath.Join(base, "public/a.txt"), false, "a")
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(filepath.Join(base, "public")), static.FS(os.DirFS(filepath.Join(base, "public")))}})
	s := server(t, h)

	t.Run("S1 a list of ways up", func(t *testing.T) {
		list := traversals()
		if len(list) < 500 {
			t.Fatalf("got a list of %d, want at least 500", len(list))
		}
		var conn net.Conn
		var in *bufio.Reader
		defer func() {
			if conn != nil {
				conn.Close()
			}
		}()
		for _, target := range list {
			if strings.Contains(target, " ") {
				target = strings.ReplaceAll(target, " ", "%20") // a space would end the target
			}
			if conn == nil {
				var err error
				if conn, err = net.Dial("tcp", s.Listener.Addr().String()); err != nil {
					t.Fatal(err)
				}
				in = bufio.NewReader(conn)
			}
			if _, err := io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatalf("%s: %v", target, err)
			}
			body := bodyOf(t, resp)
			if resp.StatusCode != 404 && resp.StatusCode != 400 || strings.Contains(body, secret) || resp.Header.Get("Location") != "" {
				t.Errorf("%s: got %d %q, want 404 or 400", target, resp.StatusCode, clip(body))
			}
			if resp.Close { // the server hangs up after a 400
				conn.Close()
				conn = nil
			}
		}
	})

	for _, target := range []string{
		"/../x", "/%2e%2e/x", "/..%2fx", "/%2e%2e%2fx", "/....//x", "/%252e%252e%252fx", "/%c0%ae%c0%ae/x", "/..;/x",
		"/../a.txt", "/%2e%2e/a.txt", "/sub%2f..%2fa.txt", "/sub/%2e%2e/a.txt", "/sub/..%2fa.txt", "/sub%2findex.html",
	} {
		t.Run("S1 "+target, func(t *testing.T) {
			if resp, body := get(t, s, target); resp.StatusCode != 404 || body != missing {
				t.Errorf("got %d %q, want 404", resp.StatusCode, body)
			}
		})
	}
	t.Run("S2 a folder beside the root that begins with its name", func(t *testing.T) {
		for _, target := range []string{"/..%2fpublic-secret%2fx.txt", "/../public-secret/x.txt", "/-secret/x.txt"} {
			if resp, body := get(t, s, target); resp.StatusCode != 404 || strings.Contains(body, secret) {
				t.Errorf("%s: got %d %q, want 404", target, resp.StatusCode, body)
			}
		}
		if _, err := h.Resolve("../public-secret/x.txt"); !errors.Is(err, static.ErrNotFound) {
			t.Errorf("Resolve: got %v, want ErrNotFound", err)
		}
	})
	t.Run("S3 an absolute path inside the URL", func(t *testing.T) {
		abs := filepath.ToSlash(filepath.Join(base, "secret.txt"))
		for _, target := range []string{
			"/" + strings.ReplaceAll(abs, "/", "%2f"), "/" + abs,
			"/" + strings.ReplaceAll(filepath.ToSlash(base)+"/public/../secret.txt", "/", "%2f"),
		} {
			if resp, body := get(t, s, target); resp.StatusCode != 404 || strings.Contains(body, secret) {
				t.Errorf("%s: got %d %q, want 404", target, resp.StatusCode, body)
			}
		}
	})
	t.Run("S8 no redirect, whatever the path", func(t *testing.T) {
		for _, target := range []string{"//evil.example/%2e%2e", "/%5cevil.example/", "//evil.example//", "/sub", "//sub", "/sub//", "/sub/index.html", "http://evil.example//evil.example/%2e%2e"} {
			resp, _ := get(t, s, target)
			if resp.StatusCode/100 == 3 || resp.Header.Get("Location") != "" {
				t.Errorf("%s: got %d to %q, want no redirect", target, resp.StatusCode, resp.Header.Get("Location"))
			}
		}
	})
}

func TestNames(t *testing.T) {
	files := map[string]string{
		"a.txt": "a", "sub/index.html": "index", "none/only.txt": "only", "odd/index.html/x.txt": "x",
		".env": "secret", ".git/config": "secret", "a/.htpasswd": "secret", ".well-known/security.txt": "public",
		".well-known/.env": "secret", "a/.well-known/x": "secret", "admin/x": "secret", "keep.bak": "secret", "private/deep/y.txt": "secret",
	}
	h := dir(t, files)

	t.Run("S5 NUL, control characters and long names", func(t *testing.T) {
		s := server(t, h)
		for _, target := range []string{
			"/a.txt%00.png", "/a.txt%00", "/%01", "/a.txt%0a", "/a.txt%0d%0aX:%20y", "/a.txt%7f", "/%ff%fe",
			"/" + strings.Repeat("x", 5000), "/" + strings.Repeat("x", 256), "/" + strings.Repeat("y/", 4000) + "z",
		} {
			if resp, body := get(t, s, target); resp.StatusCode != 404 || body != missing {
				t.Errorf("%s: got %d %q, want 404", clip(target), resp.StatusCode, body)
			}
		}
	})
	t.Run("S6 hidden files", func(t *testing.T) {
		for _, target := range []string{"/.env", "/.git/config", "/.git/", "/a/.htpasswd", "/.well-known/security.txt", "/sub/../.env", "/.env/", "/..env", "/..."} {
			want(t, ask(h, "GET", target), 404, missing)
		}
		allowing := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, files))}, AllowHidden: []string{".well-known"}})
		want(t, ask(allowing, "GET", "/.well-known/security.txt"), 200, "public")
		for _, target := range []string{"/.env", "/.well-known/.env", "/a/.well-known/x", "/.well-known.bak", "/.WELL-KNOWN/security.txt"} {
			want(t, ask(allowing, "GET", target), 404, missing)
		}
	})
	t.Run("S7 folders", func(t *testing.T) {
		want(t, ask(h, "GET", "/sub"), 200, "index")
		want(t, ask(h, "GET", "/sub/"), 200, "index")
		want(t, ask(h, "GET", "/sub/."), 200, "index")
		for _, target := range []string{"/", "/none", "/none/", "/odd", "/odd/", "/odd/index.html", "/a.txt/", "/a.txt/.", "/a.txt/index.html"} {
			want(t, ask(h, "GET", target), 404, missing)
		}
		bare := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, files))}, DisableIndex: true})
		want(t, ask(bare, "GET", "/sub"), 404, missing)
		want(t, ask(bare, "GET", "/sub/"), 404, missing)
		want(t, ask(bare, "GET", "/sub/index.html"), 200, "index")
	})
	t.Run("S9 names that Windows reads otherwise", func(t *testing.T) {
		for _, name := range []string{
			`..\..\win.ini`, `C:\x`, "C:x", "CON", "con.txt", "sub/NUL.txt", "a.txt::$DATA", "a.txt:stream", "a.txt.", "a.txt ", "sub./a.txt",
			"COM1", "lpt9.log", "COM¹", "AUX .txt", "CONIN$", "PROGRA~1", "a?.txt", "a*", "x|y", `q"q`,
		} {
			if static.WindowsName(name) {
				t.Errorf("%s: got a plain name, want it refused", name)
			}
		}
		for _, name := range []string{"a.txt", "sub/index.html", "CONSOLE.txt", "COM10", "a~b.txt", "~1", ".well-known/x", "ünï.txt"} {
			if !static.WindowsName(name) {
				t.Errorf("%s: got refused, want a plain name", name)
			}
		}
		for _, target := range []string{"/..%5c..%5cwin.ini", "/C:%5cx", "/CON", "/NUL.txt", "/a.txt::$DATA", "/a.txt.", "/a.txt%20"} {
			want(t, ask(h, "GET", target), 404, missing)
		}
		if runtime.GOOS != "windows" {
			// On other systems a backslash is an ordinary character.
			odd := dir(t, map[string]string{`back\slash.txt`: "odd", "back/slash.txt": "folder"})
			want(t, ask(odd, "GET", "/back%5cslash.txt"), 200, "odd")
			want(t, ask(odd, "GET", "/back/slash.txt"), 200, "folder")
		}
	})
	t.Run("S25 guards and look-up see one path", func(t *testing.T) {
		hiding := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, files))}, Hide: []string{"Admin", "*.BAK", "private/d*"}})
		for _, target := range []string{
			"/admin/x", "/ADMIN/x", "/%61dmin/x", "/sub/../admin/x", "//admin/x", "/./admin/x", "/\u0041dmin/x",
			"/keep.bak", "/keep.BaK", "/private/deep/y.txt", "/private/DEEP/y.txt", "/private%2fdeep/y.txt",
		} {
			want(t, ask(hiding, "GET", target), 404, missing)
		}
		want(t, ask(hiding, "GET", "/a.txt"), 200, "a")

		// A guard made of a ServeMux pattern cannot be bypassed.
		mux := http.NewServeMux()
		mux.Handle("/", h)
		mux.HandleFunc("/admin/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
		s := server(t, mux)
		for _, target := range []string{"/admin/x", "/%61dmin/x", "/admin%2fx", "/sub/%2e%2e/admin/x", "/sub/..%2fadmin/x", "//admin/x", "/sub/../admin/x", "/%2e/admin/x"} {
			if resp, body := get(t, s, target); resp.StatusCode == 200 || strings.Contains(body, "secret") {
				t.Errorf("%s: got %d %q, want the guard or 404", target, resp.StatusCode, body)
			}
		}
	})
}

func TestNameOf(t *testing.T) {
	for _, tt := range []struct {
		path, name string
		folder, ok bool
	}{
		{"", "", true, true},
		{"/", "", true, true},
		{"/.", "", true, true},
		{"/a", "a", false, true},
		{"a", "a", false, true},
		{"/a/", "a", true, true},
		{"//a//b//", "a/b", true, true},
		{"/a/./b", "a/b", false, true},
		{"/a/../b", "b", false, true},
		{"/a/..", "", true, true},
		{"/a/b/../..", "", true, true},
		{"/a/../../a", "", false, false},
		{"/..", "", false, false},
		{"/../a", "", false, false},
		{"/a\x00", "", false, false},
		{"/a\xff", "", false, false},
		{"/...", "...", false, true},
	} {
		name, folder, ok := static.NameOf(tt.path)
		if name != tt.name || folder != tt.folder || ok != tt.ok {
			t.Errorf("%q: got %q %v %v, want %q %v %v", tt.path, name, folder, ok, tt.name, tt.folder, tt.ok)
		}
	}
}

func TestPatterns(t *testing.T) {
	rules := []static.CacheRule{
		{Pattern: "*.css", Value: "css"}, {Pattern: "assets/*.js", Value: "js"}, {Pattern: "img", Value: "img"}, {Pattern: "deep/er/", Value: "deep"},
	}
	files := map[string]string{
		"a.css": "", "x/y.css": "", "assets/a.js": "", "x/assets/a.js": "", "assets/x/a.js": "", "img/a.png": "", "x/img/b.png": "", "deep/er/x/y": "", "deep/x": "", "x/deep/er/z": "",
	}
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, files))}, Cache: rules, MaxAge: -1})
	const other = "max-age=0, must-revalidate, public"
	for name, value := range map[string]string{
		"a.css": "css", "x/y.css": "css", "assets/a.js": "js", "x/assets/a.js": other, "assets/x/a.js": other,
		"img/a.png": "img", "x/img/b.png": "img", "deep/er/x/y": "deep", "deep/x": other, "x/deep/er/z": other,
	} {
		t.Run(name, func(t *testing.T) { wantField(t, ask(h, "GET", "/"+name), "Cache-Control", value) })
	}
}
