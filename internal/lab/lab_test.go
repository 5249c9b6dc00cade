package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lab is a running lab.
type lab struct {
	*httptest.Server
	t *testing.T
}

func newLab(t *testing.T, o options) lab {
	t.Helper()
	o.UploadDir = t.TempDir()
	kit, err := newKit(slog.New(slog.DiscardHandler), o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(kit)
	t.Cleanup(func() {
		srv.Close()
		if err := kit.Close(); err != nil {
			t.Error(err)
		}
	})
	return lab{srv, t}
}

// answer sends a request and returns the status and the JSON of the response.
func (l lab) answer(r *http.Request) (int, map[string]any) {
	l.t.Helper()
	resp, err := l.Client().Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		l.t.Fatalf("%d %s: %v", resp.StatusCode, body, err)
	}
	return resp.StatusCode, v
}

func (l lab) request(method, target, contentType, body string) *http.Request {
	r, err := http.NewRequest(method, l.URL+target, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// form encodes fields: name=value, name@content for a file whose name is the
// field's first letters and ".txt", name{value for a part of type application/json.
func form(fields ...string) (contentType, body string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		i := strings.IndexAny(f, "=@{")
		name, value := f[:i], f[i+1:]
		switch f[i] {
		case '=':
			w.WriteField(name, value)
		case '@':
			p, _ := w.CreateFormFile(name, value+".txt")
			p.Write([]byte(value))
		case '{':
			h := textproto.MIMEHeader{}
			h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q", name))
			h.Set("Content-Type", "application/json")
			p, _ := w.CreatePart(h)
			p.Write([]byte("{" + value))
		}
	}
	w.Close()
	return w.FormDataContentType(), b.String()
}

// sent returns requests that send the same fields in each way: as a query, an
// urlencoded form and a multipart form.
func (l lab) sent(action string, fields ...string) map[string]*http.Request {
	out := map[string]*http.Request{}
	contentType, body := form(fields...)
	out["multipart"] = l.request("POST", "/api/"+action, contentType, body)
	var pairs []string
	for _, f := range fields {
		name, value, ok := strings.Cut(f, "=")
		if !ok || strings.ContainsAny(name, "@{") {
			return out // only multipart has files and parts with a type
		}
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	query := strings.Join(pairs, "&")
	out["query"] = l.request("GET", "/api/"+action+"?"+query, "", "")
	out["urlencoded"] = l.request("POST", "/api/"+action, "application/x-www-form-urlencoded", query)
	return out
}

// numbers returns a field for each number, which replaces # in the format.
func numbers(from, to int, format string) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return out
}

// One rule for names and lists: however a request sends its values, they reach the
// input that they were meant for.
func TestWhatIsSentArrives(t *testing.T) {
	t.Parallel()
	l := newLab(t, options{})
	type object = map[string]any
	type list = []any
	n := func(s string) json.Number { return json.Number(s) }
	file := func(name string) object {
		return object{"name": name + ".txt", "size": n(fmt.Sprint(len(name)))}
	}
	for _, tt := range []struct {
		name   string
		fields []string
		want   object // of form
		plain  object // of plain, if different
	}{
		{"repeated names", []string{"tags=a", "tags=b", "ids=1", "ids=2"}, object{"tags": list{"a", "b"}, "ids": list{n("1"), n("2")}}, object{"tags": list{"a", "b"}, "ids": list{"1", "2"}}},
		{"names with brackets", []string{"tags[]=a", "tags[]=b"}, object{"tags": list{"a", "b"}}, nil},
		{"names with indexes", []string{"tags[1]=b", "tags[0]=a"}, object{"tags": list{"a", "b"}}, nil},
		{"indexes with holes", []string{"tags[7]=b", "tags[3]=a"}, object{"tags": list{"a", "b"}}, nil},
		{"a list of one", []string{"tags=a"}, object{"tags": list{"a"}}, nil},
		{"names spelled in several ways", []string{"tags=a", "tags[]=b", "tags[0]=c"}, object{"tags": list{"a", "b", "c"}}, nil},
		{"a list of 21", numbers(0, 21, "ids=#"), object{"ids": numberList(21)}, object{"ids": stringList(21)}},
		{"a list of 21 with brackets", numbers(0, 21, "ids[]=#"), object{"ids": numberList(21)}, object{"ids": stringList(21)}},
		{"a list of 21 with indexes", numbers(0, 21, "ids[#]=#"), object{"ids": numberList(21)}, object{"ids": stringList(21)}},
		{"a list of 900", numbers(0, 900, "ids=#"), object{"ids": numberList(900)}, object{"ids": stringList(900)}},
		{"what looks like JSON is a string where strings are meant", []string{`tags=["a"]`, "name={}"}, object{"tags": list{`["a"]`}, "name": "{}"}, nil},
		{"the last of several scalars", []string{"color=red", "color=green"}, object{"color": "green"}, object{}},
		{"a scalar with brackets", []string{"color[]=red"}, object{"color": "red"}, object{}},
		{"a map whose keys look like indexes", []string{"qty[7]=1", "qty[9]=2"}, object{"qty": object{"7": n("1"), "9": n("2")}}, object{"qty": object{"7": "1", "9": "2"}}},
		{"a map whose keys are high", []string{"qty[70]=1", "qty[x]=2"}, object{"qty": object{"70": n("1"), "x": n("2")}}, object{"qty": object{"70": "1", "x": "2"}}},
		{"a map as JSON", []string{`qty={"7":1}`}, object{"qty": object{"7": n("1")}}, nil},
		{"members", []string{"user[name]=x"}, object{"user": object{"name": "x"}}, nil},
		{"an object as JSON", []string{`user={"name":"x"}`}, object{"user": object{"name": "x"}}, nil},
		{"objects with indexes", []string{"lines[0][sku]=a", "lines[0][n]=1", "lines[24][sku]=b", "lines[24][n]=2"}, object{"lines": list{object{"sku": "a", "n": n("1")}, object{"sku": "b", "n": n("2")}}}, object{"lines": list{object{"sku": "a", "n": "1"}, object{"sku": "b", "n": "2"}}}},
		{"objects as JSON, one by one", []string{`lines={"sku":"a","n":1}`, `lines={"sku":"b","n":2}`}, object{"lines": list{object{"sku": "a", "n": n("1")}, object{"sku": "b", "n": n("2")}}}, nil},
		{"objects as one JSON list", []string{`lines=[{"sku":"a","n":1},{"sku":"b","n":2}]`}, object{"lines": list{object{"sku": "a", "n": n("1")}, object{"sku": "b", "n": n("2")}}}, nil},
		{"a checkbox", []string{"on=on"}, object{"on": true}, object{"on": "on"}},
		{"a checkbox with a hidden field before it", []string{"on=0", "on=1"}, object{"on": true}, object{}},
		{"blank fields", []string{"color=", "ids=", "wait=", "due=", "price=", "addr=", "big=", "raw=", "data=", "qty=", "lines=", "user=", "on=", "image=", "pics="}, object{}, object{}},
		{"blank fields for objects", []string{"qty=", "lines=", "lines[]=", "user=", "image=", "pics=", "name=x"}, object{"name": "x"}, nil},
		{"a blank element of a list of objects", []string{"lines[0]=", "lines[1][sku]=a", "lines[1][n]=1"}, object{"lines": list{object{"sku": "a", "n": n("1")}}}, object{"lines": list{object{"sku": "a", "n": "1"}}}},
		{"blank members of a map", []string{"qty[7]=", "qty[x]=1"}, object{"qty": object{"x": n("1")}}, object{"qty": object{"7": "", "x": "1"}}},
		{"a blank string is a string", []string{"name="}, object{"name": ""}, nil},
		{"a duration in words", []string{"wait=1m30s"}, object{"wait": n("90000000000")}, object{"wait": "1m30s"}},
		{"a duration as it is sent back", []string{"wait=90000000000"}, object{"wait": n("90000000000")}, object{"wait": "90000000000"}},
		{"raw JSON", []string{`raw={"a":[1,null]}`}, object{"raw": object{"a": list{n("1"), nil}}}, object{"raw": `{"a":[1,null]}`}},
		{"base64", []string{"data=aGk="}, object{"data": "aGk="}, nil},
		{"an address", []string{"addr=::1"}, object{"addr": "::1"}, nil},
		{"a number of any size", []string{"big=123456789012345678901234567890", "price=1.50"}, object{"big": n("123456789012345678901234567890"), "price": n("1.50")}, object{"big": "123456789012345678901234567890", "price": "1.50"}},

		{"a file", []string{"image@a"}, object{"image": file("a")}, nil},
		{"the last of several files", []string{"image@a", "image@b"}, object{"image": file("b")}, nil},
		{"a file with brackets", []string{"image[]@a"}, object{"image": file("a")}, nil},
		{"a file with an index", []string{"image[0]@a"}, object{"image": file("a")}, nil},
		{"files of one name", []string{"pics@a", "pics@b"}, object{"pics": list{file("a"), file("b")}}, nil},
		{"files with brackets", []string{"pics[]@a", "pics[]@b"}, object{"pics": list{file("a"), file("b")}}, nil},
		{"files with indexes", []string{"pics[1]@b", "pics[0]@a"}, object{"pics": list{file("a"), file("b")}}, nil},
		{"one file for a list", []string{"pics@a"}, object{"pics": list{file("a")}}, nil},
		{"a file of an object", []string{"user[name]=x", "user[avatar]@a"}, object{"user": object{"name": "x", "avatar": file("a")}}, nil},
		{"a file of an object that came as JSON", []string{`user{"name":"x"}`, "user[avatar]@a"}, object{"user": object{"name": "x", "avatar": file("a")}}, nil},
		{"the field file", []string{"file@a", "name=x"}, object{"file": file("a"), "name": "x"}, nil},
		{"a part of type JSON", []string{`qty{"7":1}`, `lines{"sku":"a","n":1}`}, object{"qty": object{"7": n("1")}, "lines": list{object{"sku": "a", "n": n("1")}}}, nil},
	} {
		for action, want := range map[string]object{"form": tt.want, "plain": tt.plain} {
			if want == nil {
				want = tt.want
			} else if len(want) == 0 && action == "plain" && len(tt.want) > 0 {
				continue // what a plain input does not declare stays as it was sent
			} else if len(tt.want) == 0 && action == "plain" {
				continue
			}
			for way, r := range l.sent(action, tt.fields...) {
				status, v := l.answer(r)
				if diff := cmp.Diff(object{"got": want}, v); status != 200 || diff != "" {
					t.Errorf("%s, %s, %s: got %d %s", tt.name, action, way, status, diff)
				}
			}
		}
	}
}

func numberList(n int) []any {
	var out []any
	for i := range n {
		out = append(out, json.Number(fmt.Sprint(i)))
	}
	return out
}

func stringList(n int) []any {
	var out []any
	for i := range n {
		out = append(out, fmt.Sprint(i))
	}
	return out
}

// What cannot be accepted is refused with a sentence that names it.
func TestRefusalsNameTheInput(t *testing.T) {
	t.Parallel()
	l := newLab(t, options{})
	for _, tt := range []struct {
		name   string
		fields []string
		status int
		want   string
	}{
		{"a file that no input takes", []string{"nope@a"}, 415, `this action does not take the file in the field "nope"; it takes files in file, image, pics, user[avatar]`},
		{"files that no input takes", []string{"nope@a", "user[other]@b", "image@c"}, 415, `this action does not take the files in the fields "nope", "user[other]"; it takes files in file, image, pics, user[avatar]`},
		{"a string for a file", []string{"image=x"}, 422, `image must be a file, got "x"`},
		{"a file for a string", []string{"name@a"}, 415, `this action does not take the file in the field "name"; it takes files in file, image, pics, user[avatar]`},
		{"an object for a list", []string{"tags[x]=a"}, 422, "tags must be a list, got an object"},
		{"a list for a map", []string{"qty[]=1"}, 422, "qty must be an object, got a list"},
		{"an object for a string", []string{"color[x]=red"}, 422, "color must be a string, got an object"},
		{"a string for an object", []string{"user=x"}, 422, `user must be an object, got "x"`},
		{"JSON that is broken", []string{`user={"name":}`}, 422, `user must be an object, as JSON (invalid character '}' looking for beginning of value, at byte 8), got "{\"name\":}"`},
		{"JSON that is too deep", []string{`user={"name":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}"}, 422, "user must be valid JSON: JSON nested deeper than 64, at byte 71"},
		{"JSON with a number that is too large", []string{`qty={"a":1e999}`}, 422, "qty must be valid JSON: a number out of range, at byte 5"},
		{"JSON that is refused, beside all else", []string{"raw=hello", "price=abc", `qty={"a":1e999}`, "wait=x"}, 422, "qty must be valid JSON: a number out of range, at byte 5; raw must be valid JSON: want a value, at byte 0; wait must be a duration like \"1m30s\", or a number of nanoseconds, got \"x\"; price must be a number, got \"abc\""},
		{"raw JSON that is none", []string{"raw=hello"}, 422, "raw must be valid JSON"},
		{"a word that is not in the list", []string{"color=blue"}, 422, `color must be one of red, green, got "blue"`},
		{"a number that is none", []string{"price=abc"}, 422, `price must be a number, got "abc"`},
		{"a number that is too large", []string{"price=1e999"}, 422, `price must be a number in the range of float64, got "1e999"`},
		{"two at once", []string{"price=abc", "ids=x", "lines[0][n]=y"}, 422, `ids[0] must be a whole number, got "x"; lines[0].n must be a whole number, got "y"; price must be a number, got "abc"`},
	} {
		for way, r := range l.sent("form", tt.fields...) {
			status, v := l.answer(r)
			text, _ := v["error"].(string)
			if status != tt.status || !strings.HasPrefix(text, tt.want) {
				t.Errorf("%s, %s: got %d %s, want %d %s", tt.name, way, status, text, tt.status, tt.want)
			}
		}
	}
}

// A JSON body keeps its types.
func TestJSONArrives(t *testing.T) {
	t.Parallel()
	l := newLab(t, options{})
	const body = `{"name":"x","tags":["a"],"ids":[1,2],"qty":{"7":1},"lines":[{"sku":"a","n":1}],"user":{"name":"y"},"on":true,"wait":5,"due":"2026-01-02T03:04:05Z","raw":{"a":1},"data":"aGk=","addr":"10.0.0.1","big":99999999999999999999,"price":1.50,"color":"red"}`
	for _, action := range []string{"form", "plain"} {
		status, v := l.answer(l.request("POST", "/api/"+action, "application/json", body))
		var want any
		d := json.NewDecoder(strings.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any{"got": want}, v); status != 200 || diff != "" {
			t.Errorf("%s: got %d %s", action, status, diff)
		}
	}
}
