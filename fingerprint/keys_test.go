package fingerprint_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/fingerprint"
)

// TestKeysFile checks that keys in a file work like keys in Go, and that keys in Go
// take precedence.
func TestKeysFile(t *testing.T) {
	a, b, c := strings.Repeat("a", 32), strings.Repeat("b", 32), strings.Repeat("c", 32)
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("\n"+a+"\r\n"+b+", "+c+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// visit returns the cookie that a client gets, and its id.
	visit := func(o fingerprint.Options, cookie string) (next, id string) {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie)
		mustNew(t, o).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			id, _ = fingerprint.FromContext(r.Context())
		})).ServeHTTP(w, r)
		next, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
		return next, id
	}
	// knows reports whether a client of one is known to the other.
	knows := func(to, of fingerprint.Options) bool {
		cookie, id := visit(of, "")
		_, again := visit(to, cookie)
		return id == again
	}
	key := func(s string) fingerprint.Options { return fingerprint.Options{Keys: [][]byte{[]byte(s)}} }
	inFile := fingerprint.Options{KeysFile: file}
	if !knows(key(a), inFile) {
		t.Error("the first key of the file does not sign")
	}
	for _, k := range []string{a, b, c} {
		if !knows(inFile, key(k)) {
			t.Errorf("key %.1s of the file does not verify", k)
		}
	}
	both := key(strings.Repeat("x", 32))
	both.KeysFile = filepath.Join(t.TempDir(), "missing")
	if !knows(both, key(strings.Repeat("x", 32))) {
		t.Error("Keys do not come before KeysFile")
	}
}

func TestKeysFileProblems(t *testing.T) {
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, tt := range []struct{ name, file, want string }{
		{"empty", write(" ,\n"), "it has no key"},
		{"short", write(strings.Repeat("k", 32) + "\nsecret"), "key 2 in it has 6 bytes: want 32 or more"},
		{"long", write(strings.Repeat("k\n", 40<<10)), "it has more than 65536 bytes"},
		{"missing", filepath.Join(t.TempDir(), "missing"), "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fingerprint.New(fingerprint.Options{KeysFile: tt.file})
			if err == nil || !strings.HasPrefix(err.Error(), "fingerprint: KeysFile: invalid value ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			} else if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, o := range []fingerprint.Options{{RandomKeys: true}, {DangerouslyUnsigned: true}} {
		o.KeysFile = write(strings.Repeat("k", 32))
		if _, err := fingerprint.New(o); err == nil {
			t.Errorf("%+v: got no error", o)
		}
	}
}

// A byte order mark, which editors on Windows write, is no part of the first key: processes that
// got the key in another way know the clients.
func TestKeysFileWithAByteOrderMark(t *testing.T) {
	key := strings.Repeat("k", 32)
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("\ufeff"+key+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(o fingerprint.Options, cookie string) (id string, w *httptest.ResponseRecorder) {
		w = httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie)
		mustNew(t, o).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			id, _ = fingerprint.FromContext(r.Context())
		})).ServeHTTP(w, r)
		return id, w
	}
	first, w := ask(fingerprint.Options{KeysFile: file}, "")
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	if again, _ := ask(fingerprint.Options{Keys: [][]byte{[]byte(key)}}, cookie); again != first {
		t.Errorf("got %q, want %q", again, first)
	}
}
