package params_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/params"
)

// TestReference checks the rules of the reference; each row names the recorded case of the group
// params that shows it.
func TestReference(t *testing.T) {
	dots := params.Options{Query: params.QueryOptions{AllowDots: true, Depth: 2, ArrayLimit: 3, ParameterLimit: 5, Comma: true}}
	multiples := params.Options{Multiples: true}
	nested := "obj[a]=1&list[]=1&list[]=2"
	for _, tt := range []struct {
		name, method, target, contentType, body string
		opts                                    params.Options
		want                                    object
	}{
		{"query encoded", "GET", "/?key=a%20b%26c%3Dd", "", "", params.Options{}, object{"key": "a b&c=d"}},
		{"query plus", "GET", "/?key=a+b", "", "", params.Options{}, object{"key": "a b"}},
		{"query no value", "GET", "/?key", "", "", params.Options{}, object{"key": ""}},
		{"query thrice", "GET", "/?a=1&a=2&a=3", "", "", params.Options{}, object{"a": array{"1", "2", "3"}}},
		{"query nested", "GET", "/?obj[a][b]=c", "", "", params.Options{}, object{"obj": object{"a": object{"b": "c"}}}},
		{"query array sparse", "GET", "/?list[1]=a&list[15]=b", "", "", params.Options{}, object{"list": array{"a", "b"}}},
		{"query array past the limit", "GET", "/?list[100]=a", "", "", params.Options{}, object{"list": object{"100": "a"}}},
		{"query dots", "GET", "/?obj.a=1", "", "", params.Options{}, object{"obj.a": "1"}},
		{"query semicolon", "GET", "/?key=1;a=2", "", "", params.Options{}, object{"key": "1;a=2"}},
		{"query ampersands", "GET", "/?&&key=1&&a=2&", "", "", params.Options{}, object{"key": "1", "a": "2"}},
		{"queryOptions dots", "GET", "/?obj.a.b=1", "", "", dots, object{"obj": object{"a": object{"b": "1"}}}},
		{"queryOptions depth", "GET", "/?obj[a][b][c][d]=1", "", "", dots, object{"obj": object{"a": object{"b": object{"[c][d]": "1"}}}}},
		{"queryOptions comma", "GET", "/?list=1,2,3", "", "", dots, object{"list": array{"1", "2", "3"}}},
		{"queryOptions array limit", "GET", "/?list[3]=a&list[4]=b", "", "", dots, object{"list": object{"3": "a", "4": "b"}}},
		{"json object", "POST", "/", typeJSON, `{"key":"x","value":{"a":1}}`, params.Options{}, object{"key": "x", "value": object{"a": number("1")}}},
		{"json array", "POST", "/", typeJSON, `[{"a":1}]`, params.Options{}, object{"payload": array{object{"a": number("1")}}}},
		{"json empty array", "POST", "/", typeJSON, `[]`, params.Options{}, object{"payload": array{}}},
		{"json number keys", "POST", "/", typeJSON, `{"0":"a","1":"b"}`, params.Options{}, object{"0": "a", "1": "b"}},
		{"json empty body", "POST", "/?a=1", typeJSON, "", params.Options{}, object{"a": "1"}},
		{"json by suffix", "POST", "/", "application/vnd.api+json", `{"key":"v"}`, params.Options{}, object{"key": "v"}},
		{"json by put", "PUT", "/", typeJSON, `{"key":"v"}`, params.Options{}, object{"key": "v"}},
		{"json by patch", "PATCH", "/", typeJSON, `{"key":"v"}`, params.Options{}, object{"key": "v"}},
		{"json by delete", "DELETE", "/", typeJSON, `{"key":"v"}`, params.Options{}, object{"key": "v"}},
		{"json with get is ignored", "GET", "/?key=1", typeJSON, `{"key":"body"}`, params.Options{}, object{"key": "1"}},
		{"form flat", "POST", "/", typeForm, "key=value&a=b%20c", params.Options{}, object{"key": "value", "a": "b c"}},
		{"form nested", "POST", "/", typeForm, nested, params.Options{}, object{"obj": object{"a": "1"}, "list": array{"1", "2"}}},
		{"form twice", "POST", "/", typeForm, "key=1&key=2", params.Options{}, object{"key": "2"}},
		{"form commas are text", "POST", "/", typeForm, "a.b=1,2&c;d=3", dots, object{"a": object{"b": "1,2"}, "c;d": "3"}},
		{"multiples form twice", "POST", "/", typeForm, "key=1&key=2", multiples, object{"key": array{"1", "2"}}},
		{"multiples form once", "POST", "/", typeForm, "key=1", multiples, object{"key": array{"1"}}},
		{"multiples form nested", "POST", "/", typeForm, nested, multiples, object{"obj": object{"a": "1"}, "list": array{"1", "2"}}},
		{"multiples is not for queries", "GET", "/?key=1", "", "", multiples, object{"key": "1"}},
		{"multiples json", "POST", "/", typeJSON, `{"key":"v"}`, multiples, object{"key": "v"}},
		{"multiples multipart twice", "POST", "/", typeMulti, multi(part{"key", "", "1"}, part{"key", "", "2"}), multiples, object{"key": array{"1", "2"}}},
		{"multiples files", "POST", "/?f=q", typeMulti, multi(part{"f", "1.txt", "1"}, part{"f", "2.txt", "2"}, part{"g", "3.txt", "3"}), multiples, object{"f": array{"file 1.txt", "file 2.txt"}, "g": array{"file 3.txt"}}},
		{"multipart fields", "POST", "/?key=q&b=q", typeMulti, multi(part{"key", "", "multi"}, part{"a", "", "1"}), params.Options{}, object{"key": "multi", "a": "1", "b": "q"}},
		{"multipart field twice", "POST", "/", typeMulti, multi(part{"key", "", "1"}, part{"key", "", "2"}), params.Options{}, object{"key": "2"}},
		{"multipart nested names", "POST", "/", typeMulti, multi(part{"obj[a]", "", "1"}, part{"list[]", "", "2"}), params.Options{}, object{"obj": object{"a": "1"}, "list": array{"2"}}},
		{"multipart values are not decoded", "POST", "/", typeMulti, multi(part{"a", "", "1+2%20,3"}), dots, object{"a": "1+2%20,3"}},
		{"multipart file", "POST", "/?f=q", typeMulti, multi(part{"f", "1.txt", "1"}, part{"f", "2.txt", "2"}), params.Options{}, object{"f": "file 2.txt"}},
		{"multipart field named as a file", "POST", "/", typeMulti, multi(part{"f", "", "text"}, part{"f", "1.txt", "1"}), params.Options{}, object{"f": "text"}},
		{"octet stream", "POST", "/", "application/octet-stream", "12345", params.Options{}, object{"file": "file "}},
		{"text body", "POST", "/?a=1", "text/plain", "key=value", params.Options{}, object{"a": "1"}},
		{"no content type", "POST", "/", "", "key=value", params.Options{}, object{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parse(t, newParser(t, tt.opts), request(tt.method, tt.target, tt.contentType, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, names(s.Values)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSources checks that every source remains available separately.
func TestSources(t *testing.T) {
	p := newParser(t, params.Options{SaveRawBody: true})
	body := multi(part{"o[k]", "", "1"}, part{"o[k]", "", "2"}, part{"f", "1.txt", "1"}, part{"f", "2.txt", "2"})
	for _, tt := range []struct {
		name, contentType, body string
		want                    any
	}{
		{"json", typeJSON, `{"o":{"k":1}}`, object{"o": object{"k": number("1")}}},
		{"json array", typeJSON, `[1]`, array{number("1")}},
		{"form", typeForm, "o[k]=1&o%5Bk%5D=2", url.Values{"o[k]": {"1", "2"}}},
		{"multipart", typeMulti, body, url.Values{"o[k]": {"1", "2"}}},
		{"text", "text/plain", "x", nil},
		{"none", "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parse(t, p, request("POST", "/?o[k]=q&o[k]=r&list[]=1", tt.contentType, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.Body()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(url.Values{"o[k]": {"q", "r"}, "list[]": {"1"}}, s.RawQuery()); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
			if got := string(s.RawBody()); got != tt.body {
				t.Errorf("raw body: got %q, want %q", got, tt.body)
			}
			if got := len(s.Files()["f"]); got != strings.Count(tt.body, "filename") {
				t.Errorf("got %d files", got)
			}
		})
	}
}
