package mediatype_test

import (
	"errors"
	"maps"
	"mime"
	"testing"

	"github.com/sidekick-http/sidekick/internal/mediatype"
)

func TestEssence(t *testing.T) {
	for contentType, want := range map[string]string{
		"": "", ";": "", " Text/HTML\t;charset=x": "text/html", "a/b": "a/b", "multipart/form-data; ;": "multipart/form-data", "nonsense": "nonsense",
	} {
		if got := mediatype.Essence(contentType); got != want {
			t.Errorf("%q: got %q, want %q", contentType, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ field, want, charset string }{
		{"application/json", "application/json", ""},
		{"Application/JSON; Charset=\"UTF-8\"", "application/json", "UTF-8"},
		{"application/json;;charset=utf-8", "application/json", "utf-8"},
		{"application/json;", "application/json", ""},
		{"application/json; ;\t; charset=utf-8 ; ", "application/json", "utf-8"},
		{`text/plain;;a=";;\";;";charset=x`, "text/plain", "x"},
	} {
		mediaType, parameters, err := mediatype.Parse(tt.field)
		if err != nil || mediaType != tt.want || parameters["charset"] != tt.charset {
			t.Errorf("%q: got %q %v (%v)", tt.field, mediaType, parameters, err)
		}
	}
	for _, field := range []string{"", ";", ";;", "application/json; utf-8", "application/json;;utf-8", "application/json, text/html", `a/b;;c="`, `a/b;c="\`} {
		if mediaType, parameters, err := mediatype.Parse(field); err == nil {
			t.Errorf("%q: got %q %v, want an error", field, mediaType, parameters)
		}
	}
}

func TestIsJSON(t *testing.T) {
	for _, tt := range []struct {
		contentType  string
		isJSON, utf8 bool
	}{
		{"application/json", true, true},
		{"Text/JSON; charset=UTF-8", true, true},
		{"application/problem+json;charset=us-ascii", true, true},
		{"application/json;", true, true},
		{"application/json; charset=utf-16", true, false},
		{"application/jsonp", false, false},
		{"application/x-ndjson", false, false},
		{"text/plain; charset=utf-8", false, false},
		{"json", false, false},
		{"application/json; charset", false, false},
		{"", false, false},
	} {
		if got := mediatype.IsJSON(tt.contentType); got != tt.isJSON {
			t.Errorf("IsJSON(%q): got %t", tt.contentType, got)
		}
		if got := mediatype.IsUTF8JSON(tt.contentType); got != tt.utf8 {
			t.Errorf("IsUTF8JSON(%q): got %t", tt.contentType, got)
		}
	}
}

func TestReadsAsJSON(t *testing.T) {
	for mediaType, want := range map[string]bool{
		"application/json": true, "text/json": true, "application/vnd.api+json": true, "image/x+json": true,
		"application/x-json": true, "application/jsonrequest": true, "application/json-rpc": true, "text/x-json": true,
		"application/json-patch+json": true, "application/vnd.example.json": true,
		"text/plain": false, "json/plain": false, "json": false, "application/csp-report": false, "application/javascript": false,
		"application/ndjson": false, "application/x-ndjson": false, "application/jsonl": false, "application/jsonlines": false,
		"application/json-seq": false, "application/geo+json-seq": false, "application/vnd.x+ndjson": false, "": false,
	} {
		if got := mediatype.ReadsAsJSON(mediaType); got != want {
			t.Errorf("%q: got %v, want %v", mediaType, got, want)
		}
	}
}

// A boundary is read with or without the quotes that it needs, and beside empty
// parameters.
func TestBoundaries(t *testing.T) {
	for _, tt := range []struct{ parameters, want string }{
		{`boundary=X`, "X"},
		{`boundary=X; ;`, "X"},
		{`; boundary="X;Y";;`, "X;Y"},
		{`boundary=----a/b:c=d`, "----a/b:c=d"},
		{`Boundary=a/b ; ; charset=utf-8`, "a/b"},
		{`;;charset=utf-8;boundary=a(b)`, "a(b)"},
	} {
		mediaType, parameters, err := mediatype.Parse("Multipart/Form-Data; " + tt.parameters)
		if err != nil || mediaType != "multipart/form-data" || parameters["boundary"] != tt.want {
			t.Errorf("%q: got %q %q (%v)", tt.parameters, mediaType, parameters, err)
		}
	}
	for _, parameters := range []string{`boundary=`, `boundary=a b`, `boundary="a`, `boundary=a"b`, `boundary=a\b`, `boundary=a; boundary=b`} {
		mediaType, got, err := mediatype.Parse("multipart/form-data; " + parameters)
		if !errors.Is(err, mime.ErrInvalidMediaParameter) && (err == nil || mediaType != "") {
			t.Errorf("%q: got %q %q (%v), want an error", parameters, mediaType, got, err)
		}
	}
}

// What is read as JSON is more than what is taken for JSON in a response, never less.
func TestTheTwoRulesForJSON(t *testing.T) {
	for _, tt := range []struct {
		mediaType       string
		response, reads bool
	}{
		{"application/json", true, true},
		{"text/json", true, true},
		{"application/problem+json", true, true},
		{"application/x-json", false, true},
		{"text/x-json", false, true},
		{"application/jsonp", false, true}, // a script, if a response has it
		{"application/vnd.example.json", false, true},
		{"application/x-ndjson", false, false},
		{"text/plain", false, false},
	} {
		if got := mediatype.IsJSON(tt.mediaType); got != tt.response {
			t.Errorf("IsJSON(%q): got %t", tt.mediaType, got)
		}
		if got := mediatype.ReadsAsJSON(tt.mediaType); got != tt.reads {
			t.Errorf("ReadsAsJSON(%q): got %t", tt.mediaType, got)
		}
	}
}

// Parse accepts whatever mime accepts, with the same result.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a/b", "a/b; ;", "multipart/form-data; boundary=a/b", `a/b;c=";";;`, `a/b; boundary="`, ";", "a/b\f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, contentType string) {
		want, wantParameters, wantErr := mime.ParseMediaType(contentType)
		got, parameters, err := mediatype.Parse(contentType)
		if wantErr == nil && (err != nil || got != want || !maps.Equal(parameters, wantParameters)) {
			t.Errorf("%q: got %q %q (%v), want %q %q", contentType, got, parameters, err, want, wantParameters)
		}
		if err == nil && got != mediatype.Essence(contentType) {
			t.Errorf("%q: got %q, but the essence %q", contentType, got, mediatype.Essence(contentType))
		}
	})
}
