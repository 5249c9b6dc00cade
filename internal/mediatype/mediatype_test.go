package mediatype_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/internal/mediatype"
)

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
	for mediaType, want := range map[string]bool{
		"application/json": true, "text/json": true, "application/vnd.api+json": true, "image/x+json": true,
		"application/x-json": true, "application/jsonrequest": true, "application/json-rpc": true, "text/x-json": true,
		"application/json-patch+json": true, "application/vnd.example.json": true,
		"text/plain": false, "json/plain": false, "json": false, "application/csp-report": false, "application/javascript": false,
		"application/ndjson": false, "application/x-ndjson": false, "application/jsonl": false, "application/jsonlines": false,
		"application/json-seq": false, "application/geo+json-seq": false, "application/vnd.x+ndjson": false, "": false,
	} {
		if got := mediatype.IsJSON(mediaType); got != want {
			t.Errorf("%q: got %v, want %v", mediaType, got, want)
		}
	}
}
