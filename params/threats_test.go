package params_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/params"
)

// refused checks that a request is refused with a status.
func refused(t *testing.T, p *params.Parser, r *http.Request, status int) {
	t.Helper()
	s, err := parse(t, p, r)
	var coded interface {
		StatusCode() int
		ClientMessage() string
	}
	if !errors.As(err, &coded) || coded.StatusCode() != status || coded.ClientMessage() == "" {
		t.Errorf("got %.100v, error %v; want status %d", s, err, status)
	}
}

// brings checks the parameters of a request.
func brings(t *testing.T, p *params.Parser, r *http.Request, want object) {
	t.Helper()
	s, err := parse(t, p, r)
	if err != nil {
		t.Errorf("got %v", err)
		return
	}
	if diff := cmp.Diff(want, names(s.Values)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// P1: nesting depth.
func TestNamesNestFiveLevels(t *testing.T) {
	p := newParser(t, params.Options{})
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	deep := object{"a": object{"b": object{"c": object{"d": object{"e": object{"f": object{"[g][h]": "1"}}}}}}}
	name := "a[b][c][d][e][f][g][h]"
	brings(t, p, get(name+"=1"), deep)
	brings(t, p, post(typeForm, name+"=1"), deep)
	brings(t, p, post(typeMulti, multi(part{name, "", "1"})), deep)
	name = "a" + strings.Repeat("[b]", 10_000)
	rest := strings.Repeat("[b]", 9_995)
	deep = object{"a": object{"b": object{"b": object{"b": object{"b": object{"b": object{rest: "1"}}}}}}}
	brings(t, p, get(name+"=1"), deep)
	brings(t, p, post(typeMulti, multi(part{name, "", "1"})), deep)
	open := strings.Repeat("[", 10_000)
	brings(t, p, get("a"+open+"=1"), object{"a": object{open: "1"}})
}

// P2: sparse and hostile indexes.
func TestHostileIndexesMakeAnObject(t *testing.T) {
	p := newParser(t, params.Options{})
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	for _, index := range []string{"999999999", "-1", "18446744073709551616", "0x1"} {
		brings(t, p, get("a["+index+"]=x"), object{"a": object{index: "x"}})
	}
	brings(t, p, get("a[19]=x&b[20]=x"), object{"a": array{"x"}, "b": object{"20": "x"}})
}

// P3: one limit for every kind of list.
func TestOneLimitHoldsForEveryKindOfList(t *testing.T) {
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	many := newParser(t, params.Options{MaxFields: 20_000, Query: params.QueryOptions{ParameterLimit: 20_000, Comma: true}})
	for _, query := range []string{strings.Repeat("a[]=&", 10_000), strings.Repeat("a=&", 10_000), "a=" + strings.Repeat(",", 9_999)} {
		s, err := parse(t, many, get(query))
		m, ok := s.Values.Object("a")
		if err != nil || !ok || len(m) != 10_000 {
			t.Errorf("%.10s: got %T of %d, %v; want an object of 10000", query, s.Values["a"], len(m), err)
		}
	}
	s, err := parse(t, many, post(typeForm, strings.Repeat("a[]=&", 21)))
	if m, ok := s.Values.Object("a"); err != nil || !ok || len(m) != 21 {
		t.Errorf("form: got %v, %v", s.Values, err)
	}
}

// P4: parameter count.
func TestTooManyParametersAreRefused(t *testing.T) {
	p := newParser(t, params.Options{})
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	pairs := func(n int) string { return strings.TrimSuffix(strings.Repeat("a=1&", n), "&") }
	refused(t, p, get(pairs(1001)), http.StatusBadRequest)
	refused(t, p, post(typeForm, pairs(1001)), http.StatusBadRequest)
	refused(t, p, post(typeForm, pairs(10_001)), http.StatusBadRequest)
	if _, err := parse(t, p, get(pairs(1000))); err != nil {
		t.Errorf("1000: got %v", err)
	}
}

// P5: magic names.
func TestMagicNamesAreOrdinary(t *testing.T) {
	p := newParser(t, params.Options{})
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	brings(t, p, get("__proto__[x]=1&constructor[prototype][x]=1&hasOwnProperty=1&apiVersion=__proto__"), object{
		"__proto__": object{"x": "1"}, "constructor": object{"prototype": object{"x": "1"}}, "hasOwnProperty": "1", "apiVersion": "__proto__"})
	s, err := parse(t, p, get("a=1"))
	if _, ok := s.Values.Lookup("__proto__"); ok || err != nil {
		t.Errorf("a name that was not sent is found, error %v", err)
	}
}

// P6: type confusion.
func TestClashingShapesHaveOneResult(t *testing.T) {
	p := newParser(t, params.Options{})
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	for _, query := range []string{"id[]=1", "id[a]=1", "id=1&id=2"} {
		s, err := parse(t, p, get(query))
		if id, ok := s.Values.String("id"); ok || err != nil {
			t.Errorf("%s: got the string %q, %v", query, id, err)
		}
	}
	both := object{"a": array{"1", object{"b": "2"}}}
	for range 20 { // the result must not depend on the order of a map
		brings(t, p, get("a=1&a[b]=2"), both)
		brings(t, p, post(typeForm, "a=1&a[b]=2"), both)
		brings(t, p, post(typeMulti, multi(part{"a", "", "1"}, part{"a[b]", "", "2"})), both)
	}
	// There is one rule for queries, and one for both kinds of forms, as in the reference.
	brings(t, p, get("a=1&a=2"), object{"a": array{"1", "2"}})
	brings(t, p, post(typeForm, "a=1&a=2"), object{"a": "2"})
	brings(t, p, post(typeMulti, multi(part{"a", "", "1"}, part{"a", "", "2"})), object{"a": "2"})
}

// P7: precedence.
func TestRouteComesBeforeBodyBeforeQuery(t *testing.T) {
	p := newParser(t, params.Options{})
	for contentType, body := range map[string]string{
		typeJSON:  `{"id":"7","a":"b"}`,
		typeForm:  "id=7&a=b",
		typeMulti: multi(part{"id", "", "7"}, part{"a", "file.txt", "x"}, part{"a", "", "b"}),
	} {
		r := request("POST", "/r/5?id=9&a=q&only=q", contentType, body)
		s, err := parse(t, p, r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(object{"id": "7", "a": "b", "only": "q"}, names(s.Values)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", contentType, diff)
		}
		if got := s.RawQuery().Get("id"); got != "9" {
			t.Errorf("%s: the query's own id: got %q", contentType, got)
		}
	}
}

// P11: broken escapes and separators.
func TestBrokenEscapesAreRefused(t *testing.T) {
	p := newParser(t, params.Options{})
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	refused(t, p, get("a=%zz"), http.StatusBadRequest)
	refused(t, p, get("b=1&%4=1"), http.StatusBadRequest)
	refused(t, p, post(typeForm, "a=%"), http.StatusBadRequest)
	brings(t, p, get("a=1;b=2"), object{"a": "1;b=2"}) // nothing is dropped
}

// P12: decoding once.
func TestNamesAndValuesAreDecodedOnce(t *testing.T) {
	p := newParser(t, params.Options{})
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	brings(t, p, get("a%5Bb%5D=1&a%255Bb%255D=1&c=a+b"), object{"a": object{"b": "1"}, "a%5Bb%5D": "1", "c": "a b"})
}

// P13: invalid UTF-8 and NUL.
func TestInvalidUTF8AndNULAreRefused(t *testing.T) {
	p := newParser(t, params.Options{})
	get := func(query string) *http.Request { return request("GET", "/?"+query, "", "") }
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	for _, query := range []string{"a=%ff", "a=%00", "%ff=1", "a[%00]=1"} {
		refused(t, p, get(query), http.StatusBadRequest)
		refused(t, p, post(typeForm, query), http.StatusBadRequest)
	}
	for _, body := range []string{"{\"a\":\"\xff\"}", `{"a":"\u0000"}`, `{"\u0000":1}`, `{"a":"\ud800"}`, "{\"a\":\"\x00\"}"} {
		refused(t, p, post(typeJSON, body), http.StatusBadRequest)
	}
	refused(t, p, post(typeMulti, multi(part{"a", "", "\xff"})), http.StatusBadRequest)
	refused(t, p, post(typeMulti, multi(part{"a", "", "\x00"})), http.StatusBadRequest)
	nul := newParser(t, params.Options{DangerouslyAllowNUL: true})
	brings(t, nul, request("POST", "/?a=%00", typeJSON, `{"b":"\u0000"}`), object{"a": "\x00", "b": "\x00"})
}

// P14: JSON depth.
func TestDeepJSONIsRefused(t *testing.T) {
	p := newParser(t, params.Options{})
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	refused(t, p, post(typeJSON, strings.Repeat("[", 20_000)), http.StatusBadRequest)
	refused(t, p, post(typeJSON, strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)), http.StatusBadRequest)
	refused(t, p, post(typeJSON, strings.Repeat(`{"a":`, 1000)), http.StatusBadRequest)
	refused(t, p, post(typeJSON, strings.Repeat(`{"a":`, 1000)+"1"+strings.Repeat("}", 1000)), http.StatusBadRequest)
}

// P15: duplicate names and case.
func TestRepeatedAndRecasedKeys(t *testing.T) {
	p := newParser(t, params.Options{})
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	brings(t, p, post(typeJSON, `{"a":1,"a":2}`), object{"a": number("2")})
	strict := newParser(t, params.Options{JSON: params.JSONOptions{RefuseDuplicateKeys: true}})
	refused(t, strict, post(typeJSON, `{"a":1,"a":2}`), http.StatusBadRequest)
	refused(t, strict, post(typeJSON, `{"x":{"a":1,"\u0061":2}}`), http.StatusBadRequest)
	s, err := parse(t, strict, post(typeJSON, `{"isadmin":true}`))
	if _, ok := s.Values.Bool("IsAdmin"); ok || err != nil {
		t.Errorf("a name of other case is found, error %v", err)
	}
}

// P16: numbers.
func TestLargeNumbersKeepTheirDigits(t *testing.T) {
	p := newParser(t, params.Options{})
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	for _, body := range []string{`{"a":1e-400}`, `{"a":-0.001e-100000}`} {
		refused(t, p, post(typeJSON, body), http.StatusBadRequest)
	}
	brings(t, p, post(typeJSON, `{"a":9007199254740993,"b":-0,"c":1e-300}`),
		object{"a": number("9007199254740993"), "b": number("-0"), "c": number("1e-300")})
	refused(t, p, post(typeJSON, `{"a":1e400}`), http.StatusBadRequest)
	refused(t, p, post(typeJSON, `{"a":1E1000000000}`), http.StatusBadRequest)
	refused(t, p, post(typeJSON, `{"a":`+strings.Repeat("9", 1<<20)+`}`), http.StatusBadRequest)
}

// P17: trailing data.
func TestDataAfterTheJSONIsRefused(t *testing.T) {
	p := newParser(t, params.Options{})
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	for _, body := range []string{`{"a":1}x`, `{"a":1}{"b":2}`, "{}" + strings.Repeat(" ", 1<<10) + "\x00"} {
		refused(t, p, post(typeJSON, body), http.StatusBadRequest)
	}
}

// P18: top level.
func TestJSONThatIsNoObject(t *testing.T) {
	p := newParser(t, params.Options{})
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	brings(t, p, post(typeJSON, "[1,2]"), object{"payload": array{number("1"), number("2")}})
	brings(t, p, post(typeJSON, ""), object{})
	brings(t, p, post(typeJSON, "\ufeff{\"a\":\"b\"}"), object{"a": "b"})
	for _, body := range []string{`"x"`, "null", "1", "true", " ", "\xfe\xff\x00[\x00]", "[\x00]\x00"} {
		refused(t, p, post(typeJSON, body), http.StatusBadRequest)
	}
	chunked := post(typeJSON, "")
	chunked.ContentLength, chunked.Body = -1, io.NopCloser(strings.NewReader(""))
	brings(t, p, chunked, object{})
}

// P19: malformed or unknown body.
func TestMalformedAndUnknownBodies(t *testing.T) {
	p := newParser(t, params.Options{})
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	refused(t, p, post(typeJSON, `{"a`), http.StatusBadRequest)
	refused(t, p, post(typeMulti, "--X-BOUNDARY\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"), http.StatusBadRequest)
	refused(t, p, post("multipart/form-data", multi()), http.StatusBadRequest)
	for _, contentType := range []string{"text/plain", "application/xml", "", "texty", "multipart/mixed; boundary=x", "text/plain; x", "application/x-ndjson", "application/json-seq", "application/csp-report"} {
		r := post(contentType, `{"a":1}`)
		brings(t, p, r, object{})
		if left, err := io.ReadAll(r.Body); err != nil || string(left) != `{"a":1}` {
			t.Errorf("%s: the handler can read %q, %v; want all", contentType, left, err)
		}
	}
}

// P20: Content-Type.
func TestOddContentTypes(t *testing.T) {
	p := newParser(t, params.Options{})
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	for _, contentType := range []string{`Application/JSON; charset="UTF-8"`, "application/json;", "application/problem+json ; charset=utf8", "application/json; charset=US-ASCII",
		"application/json;;charset=utf-8", "application/json; charset=ascii", "text/json", "application/x-json", "application/json-rpc"} {
		brings(t, p, post(contentType, `{"a":"b"}`), object{"a": "b"})
	}
	for contentType, status := range map[string]int{
		"application/json;charset=utf-16":                 http.StatusUnsupportedMediaType,
		"application/x-www-form-urlencoded; charset=sjis": http.StatusUnsupportedMediaType,
		typeMulti + "; charset=iso-8859-1":                http.StatusUnsupportedMediaType,
		"application/json, text/html":                     http.StatusBadRequest,
		"application/json; charset":                       http.StatusBadRequest,
		"application/json; charset=utf-8; charset=utf-16": http.StatusBadRequest,
		"/": http.StatusBadRequest,
	} {
		refused(t, p, post(contentType, `{"a":"b"}`), status)
	}
	two := post(typeJSON, `{"a":"b"}`)
	two.Header.Add("Content-Type", typeJSON)
	refused(t, p, two, http.StatusBadRequest)
}

// P22: compressed body.
func TestCompressedBodiesAreLimited(t *testing.T) {
	p := newParser(t, params.Options{})
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	encoded := func(contentType, body, coding string) *http.Request {
		r := post(contentType, body)
		r.Header.Set("Content-Encoding", coding)
		return r
	}
	form := multi(part{"a", "", "b"}, part{"f", "1.txt", "1"})
	refused(t, p, encoded(typeJSON, gzipped(`{"a":"b"}`), "gzip"), http.StatusUnsupportedMediaType)
	refused(t, p, encoded(typeMulti, gzipped(form), "gzip"), http.StatusUnsupportedMediaType)
	brings(t, p, encoded(typeJSON, `{"a":"b"}`, "identity"), object{"a": "b"})
	brings(t, p, encoded("text/plain", gzipped("x"), "br"), object{})

	decoding := newParser(t, params.Options{DecodeGzip: true, MaxBodyBytes: 1 << 20})
	brings(t, decoding, encoded(typeJSON, gzipped(`{"a":"b"}`), "GZIP"), object{"a": "b"})
	brings(t, decoding, encoded(typeForm, gzipped(`a=b`), "x-gzip"), object{"a": "b"})
	brings(t, decoding, encoded(typeMulti, gzipped(form), "gzip"), object{"a": "b", "f": "file 1.txt"})
	refused(t, decoding, encoded(typeJSON, `{"a":"b"}`, "gzip"), http.StatusBadRequest)
	refused(t, decoding, encoded(typeMulti, form, "gzip"), http.StatusBadRequest)
	cut := gzipped(`{"a":"b"}`)
	refused(t, decoding, encoded(typeJSON, cut[:len(cut)-4], "gzip"), http.StatusBadRequest)
	for _, coding := range []string{"br", "gzip, gzip", "gzip,identity", "deflate"} {
		refused(t, decoding, encoded(typeJSON, cut, coding), http.StatusUnsupportedMediaType)
	}

	bomb := encoded(typeJSON, gzipped("["+strings.Repeat(" ", 32<<20)+"]"), "gzip")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	refused(t, decoding, bomb, http.StatusRequestEntityTooLarge)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
		t.Errorf("a bomb of 32 MiB allocated %d bytes", got)
	}
}

// P24: consumed body.
func TestConsumedBodiesAreKept(t *testing.T) {
	post := func(contentType, body string) *http.Request { return request("POST", "/", contentType, body) }
	raw := newParser(t, params.Options{SaveRawBody: true, DecodeGzip: true, MaxRawBodyBytes: 1000})
	for _, tt := range []struct{ contentType, coding, body string }{
		{typeJSON, "", `{"a":   "b"}`},
		{typeJSON, "", `{bad`},
		{typeJSON, "gzip", gzipped(`{"a":"b"}`)},
		{typeForm, "", "a=b"},
		{typeMulti, "", multi(part{"a", "", "b"})},
		{typeMulti, "", "--X-BOUNDARY\r\n"},
		{"text/plain", "", "some text"},
		{"", "", "\x00\xff"},
		{"a/b/c", "", "x"},
		{typeJSON + "; charset=x", "", "x"},
	} {
		r := post(tt.contentType, tt.body)
		if tt.coding != "" {
			r.Header.Set("Content-Encoding", tt.coding)
		}
		s, err := raw.Query(r)
		if err != nil {
			t.Fatal(err)
		}
		err = raw.Body(httptest.NewRecorder(), r, s, params.Files{})
		read, readErr := io.ReadAll(r.Body)
		if readErr != nil || string(read) != tt.body || string(s.RawBody()) != tt.body {
			t.Errorf("%s (%v): got %q and %q, %v; want %q", tt.contentType, err, s.RawBody(), read, readErr, tt.body)
		}
	}
	for _, contentType := range []string{typeJSON, "text/plain", typeMulti} {
		refused(t, raw, post(contentType, strings.Repeat(" ", 1001)), http.StatusRequestEntityTooLarge)
	}
}

// dial connects to a server whose handler answers with the number of parameters.
func dial(t *testing.T, p *params.Parser) (net.Conn, *bufio.Reader) {
	t.Helper()
	server := httptest.NewServer(p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := params.FromContext(r.Context())
		fmt.Fprint(w, len(s.Values))
	})))
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
}

// answer reads one answer and checks its status.
func answer(t *testing.T, in *bufio.Reader, status int) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status {
		t.Fatalf("got %s %s, %v; want %d", response.Status, body, err, status)
	}
	return response, string(body)
}

func TestThreatsOnTheWire(t *testing.T) {
	t.Parallel()
	small := params.Options{MaxBodyBytes: 1 << 20}
	t.Run("P21 body size by its length", func(t *testing.T) {
		t.Parallel()
		conn, in := dial(t, newParser(t, small))
		send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 10000000000\n\n")
		if response, _ := answer(t, in, http.StatusRequestEntityTooLarge); !response.Close {
			t.Error("got no Connection: close")
		}
	})
	t.Run("P21 endless chunks", func(t *testing.T) {
		t.Parallel()
		conn, in := dial(t, newParser(t, small))
		send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Type: application/x-www-form-urlencoded\nTransfer-Encoding: chunked\n\n")
		chunk := append([]byte("10000\r\n"), bytes.Repeat([]byte("x"), 0x10000)...)
		chunk = append(chunk, "\r\n"...)
		stopped := make(chan int)
		go func() {
			n := 0
			for ; n < 1000; n++ {
				if _, err := conn.Write(chunk); err != nil {
					break
				}
			}
			stopped <- n
		}()
		if response, _ := answer(t, in, http.StatusRequestEntityTooLarge); !response.Close {
			t.Error("got no Connection: close")
		}
		if n := <-stopped; n == 1000 {
			t.Error("the server read 62 MiB of a body of at most 1 MiB")
		}
	})
	t.Run("P23 body of GET and HEAD", func(t *testing.T) {
		t.Parallel()
		conn, in := dial(t, newParser(t, small))
		for range 2 {
			send(t, conn, "GET /?a=1 HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 7\n\n{\"b\":1}")
			if _, body := answer(t, in, http.StatusOK); body != "1" {
				t.Errorf("got %s params, want that of the query", body)
			}
		}
		send(t, conn, "GET /?a=1 HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 5\nExpect: 100-continue\n\n")
		answer(t, in, http.StatusOK) // without waiting for the body
	})
	t.Run("P23 Expect", func(t *testing.T) {
		t.Parallel()
		p := newParser(t, small)
		for _, contentType := range []string{typeJSON, typeForm} {
			conn, in := dial(t, p)
			send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Type: "+contentType+"\nContent-Length: 1000000000\nExpect: 100-continue\n\n")
			answer(t, in, http.StatusRequestEntityTooLarge) // no 100 before it
		}
		raw := newParser(t, params.Options{SaveRawBody: true})
		conn, in := dial(t, raw)
		send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Type: "+typeMulti+"\nContent-Length: 1000000000\nExpect: 100-continue\n\n")
		answer(t, in, http.StatusRequestEntityTooLarge)

		conn, in = dial(t, p)
		send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Type: application/json; charset=x\nContent-Length: 2\nExpect: 100-continue\n\n")
		answer(t, in, http.StatusUnsupportedMediaType)

		conn, in = dial(t, p)
		send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 7\nExpect: 100-continue\n\n")
		if line, err := in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("got %q, %v", line, err)
		}
		if _, err := in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		send(t, conn, `{"b":1}`)
		answer(t, in, http.StatusOK)
	})
	t.Run("P19 a body that ends too early", func(t *testing.T) {
		t.Parallel()
		conn, in := dial(t, newParser(t, small))
		send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 9\n\n{\"b\":1}")
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer(t, in, http.StatusBadRequest)
	})
}
