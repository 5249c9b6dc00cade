package idempotency_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/idempotency"
)

func TestKeys(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, tt := range []struct {
		name    string
		values  []string
		key     string // as the handler sees it
		problem string // otherwise
	}{
		{"a string", []string{uuid}, strings.Trim(uuid, `"`), ""},
		{"a string with escapes", []string{`"a \"quoted\" back\\slash, and ; more"`}, `a "quoted" back\slash, and ; more`, ""},
		{"blanks around it", []string{" \t" + uuid + " "}, strings.Trim(uuid, `"`), ""},
		{"parameters", []string{`"0123456789abcdef" ; a;b=1;*c-d.e="x\"; y"; f=?1;g=:YWJj:;h=a/b`}, "0123456789abcdef", ""},
		{"bare", []string{strings.Trim(uuid, `"`)}, strings.Trim(uuid, `"`), ""},
		{"bare base64", []string{"Zm9vYmFyYmF6cXV4/+=="}, "Zm9vYmFyYmF6cXV4/+==", ""},
		{"the longest", []string{long[:255]}, long[:255], ""},

		{"empty", []string{""}, "", "it is empty"},
		{"an empty string", []string{`""`}, "", "it is empty"},
		{"twice", []string{uuid, uuid}, "", "more than once"},
		{"a list", []string{`"0123456789abcdef", "0123456789abcdef"`}, "", "something follows"},
		{"a bare list", []string{`0123456789abcdef,0123456789abcdef`}, "", "comma"},
		{"too long", []string{long}, "", "longer than 255"},
		{"no end", []string{`"0123456789abcdef`}, "", "does not end"},
		{"an escape at the end", []string{`"0123456789abcdef\`}, "", "does not end"},
		{"another escape", []string{`"0123456789abcde\f"`}, "", "does not end"},
		{"a control in a string", []string{"\"0123456789\tabcdef\""}, "", "does not end"},
		{"not ASCII", []string{`"0123456789abcdéf"`}, "", "does not end"},
		{"bare, not ASCII", []string{"0123456789abcdéf"}, "", `\xc3`},
		{"bare with blanks", []string{"0123456789 abcdef"}, "", `" "`},
		{"bare with parameters", []string{"0123456789abcdef;a=1"}, "", `";"`},
		{"parameters without a name", []string{`"0123456789abcdef";=1`}, "", "something follows"},
		{"parameters in capitals", []string{`"0123456789abcdef";A=1`}, "", "something follows"},
		{"parameters without a value", []string{`"0123456789abcdef";a=`}, "", "something follows"},
		{"parameters with half a string", []string{`"0123456789abcdef";a="b`}, "", "something follows"},
		{"parameters and more", []string{`"0123456789abcdef";a=b, c`}, "", "something follows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			h := mustNew(t, idempotency.Options{}).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				work, ok := idempotency.FromContext(r.Context())
				if got = work.Key; !ok || work.Fence == 0 {
					t.Errorf("the handler is told %+v, %t", work, ok)
				}
			}))
			r := request("")
			r.Header["Idempotency-Key"] = tt.values
			w := ask(h, r)
			if tt.problem == "" && (w.Code != 200 || got != tt.key) {
				t.Errorf("got %d %s and the key %q, want %q", w.Code, w.Body, got, tt.key)
			}
			if tt.problem != "" && (w.Code != 400 || got != "" || !strings.Contains(w.Body.String(), jsonText(tt.problem))) {
				t.Errorf("got %d %s and the key %q, want a 400 with %q", w.Code, w.Body, got, tt.problem)
			}
		})
	}
}

// jsonText is a string as it appears in JSON.
func jsonText(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }

// An unquoted key and the same one in quotes are one key.
func TestBareKeysAreStrings(t *testing.T) {
	o := &order{}
	h := mustNew(t, idempotency.Options{}).Handler(o)
	ask(h, request("a"))
	if w := ask(h, request("a", "Idempotency-Key", strings.Trim(uuid, `"`))); !isReplay(w) || o.worked.Load() != 1 {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}

func TestRequired(t *testing.T) {
	o := &order{}
	p := mustNew(t, idempotency.Options{Required: true, Documentation: "https://example.com/retries"})
	h := p.Handler(o)
	for method, want := range map[string]int{"POST": 400, "PATCH": 400, "PUT": 201, "DELETE": 201, "GET": 201} {
		r := httptest.NewRequest(method, "/", nil)
		w := ask(h, r)
		if w.Code != want {
			t.Errorf("%s: got %d, want %d", method, w.Code, want)
		}
		if want == 400 && (w.Header().Get("Link") != `<https://example.com/retries>; rel="describedby"; type="text/html"` || !strings.Contains(w.Body.String(), "Idempotency-Key is required")) {
			t.Errorf("%s: got %v %s", method, w.Header(), w.Body)
		}
	}
	var e *idempotency.Error
	if err := p.Serve(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil), o); !errors.As(err, &e) || !errors.Is(err, idempotency.ErrKeyMissing) || e.ErrorCode() != "idempotency_key_missing" {
		t.Errorf("got %v", err)
	}
}

func TestMethodsAndField(t *testing.T) {
	for _, tt := range []struct {
		name    string
		o       idempotency.Options
		replays []string
	}{
		{"defaults", idempotency.Options{}, []string{"POST", "PUT", "PATCH", "DELETE"}},
		{"chosen", idempotency.Options{Methods: []string{"GET", "PURGE"}}, []string{"GET", "PURGE"}},
		{"another field", idempotency.Options{Field: "x-request-key"}, nil},
	} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PURGE"} {
			o := &order{}
			h := mustNew(t, tt.o).Handler(o)
			replays := false
			for range 2 {
				r := request("")
				r.Method = method
				replays = isReplay(ask(h, r))
			}
			if want := strings.Contains(strings.Join(tt.replays, " "), method); replays != want {
				t.Errorf("%s: %s is replayed: %t, want %t", tt.name, method, replays, want)
			}
		}
	}
	h := mustNew(t, idempotency.Options{Field: "x-request-key"}).Handler(&order{})
	ask(h, request("", "X-Request-Key", uuid))
	if !isReplay(ask(h, request("", "X-Request-Key", uuid))) {
		t.Error("another field: not replayed")
	}
}

// Keys belong to a client: no other client gets its response, learns that there is
// one, or is kept from using the same key.
func TestKeysAreTheirClients(t *testing.T) {
	ids, err := fingerprint.New(fingerprint.Options{RandomKeys: true})
	if err != nil {
		t.Fatal(err)
	}
	cookie := func() string {
		w := ask(ids.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), httptest.NewRequest("GET", "/", nil))
		return strings.Split(w.Header().Get("Set-Cookie"), ";")[0]
	}
	one, two := cookie(), cookie()
	byHeader := idempotency.Options{Scope: func(r *http.Request) string { return r.Header.Get("X-User") }}
	clients := map[string]struct {
		o      idempotency.Options
		fields []string
	}{
		"token one":                    {idempotency.Options{}, []string{"Authorization", "Bearer one"}},
		"token two":                    {idempotency.Options{}, []string{"Authorization", "Bearer two"}},
		"token one, cookie one":        {idempotency.Options{}, []string{"Authorization", "Bearer one", "Cookie", one}},
		"cookie one":                   {idempotency.Options{}, []string{"Cookie", one}},
		"cookie two":                   {idempotency.Options{}, []string{"Cookie", two}},
		"nobody":                       {idempotency.Options{}, nil},
		"a forged cookie":              {idempotency.Options{}, []string{"Cookie", one[:len(one)-2] + "xx"}},
		"a cookie that poses as token": {idempotency.Options{}, []string{"Cookie", "Authorization=Bearer one"}},
		"user one":                     {byHeader, []string{"X-User", "1", "Authorization", "Bearer one"}},
		"user one, another token":      {byHeader, []string{"X-User", "1", "Authorization", "Bearer three"}},
		"no user":                      {byHeader, []string{"Authorization", "Bearer one"}},
		"a user that poses as a token": {byHeader, []string{"X-User", "au:Bearer one"}},
	}
	same := [][]string{
		{"token one", "token one, cookie one"}, {"nobody", "a forged cookie", "a cookie that poses as token", "no user"},
		{"user one", "user one, another token"},
	}
	isSame := func(a, b string) bool {
		for _, group := range same {
			if text := "|" + strings.Join(group, "|") + "|"; strings.Contains(text, "|"+a+"|") && strings.Contains(text, "|"+b+"|") {
				return true
			}
		}
		return a == b
	}
	for first, a := range clients {
		for second, b := range clients {
			store := newMemory(t, idempotency.MemoryOptions{})
			o := &order{}
			a.o.Store, b.o.Store = store, store
			ask(ids.Handler(mustNew(t, a.o).Handler(o)), request("x", a.fields...))
			w := ask(ids.Handler(mustNew(t, b.o).Handler(o)), request("x", b.fields...))
			if isReplay(w) != isSame(first, second) || w.Code != 201 {
				t.Errorf("%s, then %s: got %d, replayed %t", first, second, w.Code, isReplay(w))
			}
		}
	}
}

// An unidentified client must send a key that others are unlikely to use.
func TestShortKeysOfUnknownClients(t *testing.T) {
	for _, tt := range []struct {
		key, authorization string
		min                int
		want               int
	}{
		{"0123456789abcde", "", 0, 400},
		{"0123456789abcdef", "", 0, 201},
		{"1", "Bearer x", 0, 201},
		{"1", "", -1, 201},
		{"12", "", 3, 400},
	} {
		r := request("", "Idempotency-Key", tt.key)
		if tt.authorization != "" {
			r.Header.Set("Authorization", tt.authorization)
		}
		o := &order{}
		w := ask(mustNew(t, idempotency.Options{MinSharedKeyBytes: tt.min}).Handler(o), r)
		if w.Code != tt.want || (w.Code == 400) != (o.worked.Load() == 0) {
			t.Errorf("%+v: got %d %s", tt, w.Code, w.Body)
		}
	}
}

// What a store gets reveals neither keys nor credentials.
func TestStoresSeeHashes(t *testing.T) {
	store := &spy{Memory: newMemory(t, idempotency.MemoryOptions{})}
	h := mustNew(t, idempotency.Options{Store: store}).Handler(&order{})
	for _, token := range []string{"Bearer one", "Bearer two"} {
		ask(h, request("secret body", "Authorization", token))
	}
	if len(store.claims) != 2 || store.claims[0].Key == store.claims[1].Key || store.claims[0].Owner == store.claims[1].Owner {
		t.Fatalf("got %+v", store.claims)
	}
	for _, c := range store.claims {
		if len(c.Key) != 43 || len(c.Request) != 43 || len(c.Owner) != 22 {
			t.Errorf("got %+v", c)
		}
	}
}

// Different mounts that strip a prefix are told apart.
func TestMountedHandlers(t *testing.T) {
	o := &order{}
	h := mustNew(t, idempotency.Options{}).Handler(o)
	mux := http.NewServeMux()
	mux.Handle("/v1/", http.StripPrefix("/v1", h))
	mux.Handle("/v2/", http.StripPrefix("/v2", h))
	s := httptest.NewServer(mux)
	defer s.Close()
	for i, want := range []struct {
		path   string
		status int
	}{{"/v1/orders", 201}, {"/v1/orders", 201}, {"/v2/orders", 422}} {
		r, err := http.NewRequest("POST", s.URL+want.path, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Idempotency-Key", uuid)
		res, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want.status {
			t.Errorf("request %d: got %d, want %d", i, res.StatusCode, want.status)
		}
	}
}
