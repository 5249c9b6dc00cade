package params_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/params"
)

// FuzzJSON checks that the result is that of encoding/json, and that what encoding/json accepts
// is refused only for a known reason.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		"", "\ufeff{}", `{"a":[1,-0.5e+3,true,false,null,"x\n\u00e9\ud834\udd1e"],"a":{}}`, `[[[]]]`, `[1e400]`, `{"a":1}x`,
		`{"a":"\ud800"}`, "[\"\xff\"]", `["\u0000"]`, `{"":{"":[{}]}} `, `[01]`, `"x"`, strings.Repeat("[", 70) + strings.Repeat("]", 70),
	} {
		f.Add([]byte(seed))
	}
	read := params.JSONReader(params.JSONOptions{MaxKeys: 50, MaxItems: 50})
	reasons := []string{"UTF-8", "NUL", "surrogate", "out of range", "at most 1024 are read", "nested deeper", "want a JSON object or array", "too many"}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := read(in)
		text := bytes.TrimPrefix(in, []byte("\ufeff"))
		var want any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		valid := json.Valid(text) && d.Decode(&want) == nil
		switch {
		case err == nil && len(text) == 0:
			if got != nil {
				t.Fatalf("nothing: got %v", got)
			}
		case err == nil && !valid:
			t.Fatalf("%q: got %v, encoding/json refuses it", in, got)
		case err == nil && !reflect.DeepEqual(got, want):
			t.Fatalf("%q: got %v, want %v", in, got, want)
		case err != nil && valid:
			for _, reason := range reasons {
				if strings.Contains(err.Error(), reason) {
					return
				}
			}
			t.Fatalf("%q: refused (%v), encoding/json reads %v", in, err, want)
		}
	})
}

// FuzzMerge checks that a request gives an error for the client, or every parameter of the body,
// and those of the query that the body does not have.
func FuzzMerge(f *testing.F) {
	types := []string{typeJSON, typeForm, typeMulti, "application/problem+json; charset=utf-8", "text/plain", "application/octet-stream"}
	for i, body := range []string{`{"a":1,"b":{"c":[]}}`, "a=1&b[c]=2&l[]=3", multi(part{"a", "", "1"}, part{"b[c]", "", "2"}, part{"f", "x.txt", "3"}), "[1]", "x", "x"} {
		f.Add("a=q&b[x]=q&z=q", uint8(i), false, []byte(body))
		f.Add("a=%", uint8(i), true, []byte(body))
	}
	parsers := map[bool]*params.Parser{}
	for _, multiples := range []bool{false, true} {
		parsers[multiples] = newParser(f, params.Options{Multiples: multiples})
	}
	f.Fuzz(func(t *testing.T, query string, kind uint8, multiples bool, body []byte) {
		p := parsers[multiples]
		r := &http.Request{
			Method: http.MethodPost, URL: &url.URL{RawQuery: query}, Header: http.Header{"Content-Type": {types[int(kind)%len(types)]}},
			Body: http.NoBody, ContentLength: int64(len(body)),
		}
		s, err := p.Query(r)
		if err != nil {
			checkError(t, err)
			if len(s.Values) != 0 {
				t.Fatalf("got %v with an error", s.Values)
			}
			return
		}
		before := maps.Clone(s.Values)
		r.Body = readCloser{bytes.NewReader(body)}
		all := params.AllFiles()
		if err := p.Body(httptest.NewRecorder(), r, s, all); err != nil {
			checkError(t, err)
			if !reflect.DeepEqual(s.Values, before) {
				t.Fatalf("got %v with an error, want %v", s.Values, before)
			}
			return
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}()

		// The same body without the query.
		alone, err := p.Query(&http.Request{Method: http.MethodPost, URL: &url.URL{}})
		if err != nil {
			t.Fatal(err)
		}
		r.Body = readCloser{bytes.NewReader(body)}
		if err := p.Body(httptest.NewRecorder(), r, alone, all); err != nil {
			t.Fatalf("the second time: got %v", err)
		}
		defer func() {
			if err := alone.Close(); err != nil {
				t.Fatal(err)
			}
		}()
		want := before
		maps.Copy(want, names(alone.Values))
		if got := names(s.Values); !reflect.DeepEqual(got, object(want)) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func checkError(t *testing.T, err error) {
	t.Helper()
	var coded interface {
		StatusCode() int
		ClientMessage() string
	}
	if !errors.As(err, &coded) || coded.StatusCode() < 400 || coded.StatusCode() > 499 || coded.ClientMessage() == "" {
		t.Fatalf("got an error that no client can be told: %v", err)
	}
}
