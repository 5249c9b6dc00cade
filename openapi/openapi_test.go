package openapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/everykind"
	"github.com/sidekick-http/sidekick/openapi"
)

var update = flag.Bool("update", false, "write the golden files")

// everyKind returns a dispatcher of the app with every kind of action.
func everyKind(t testing.TB, change ...func(*dispatch.Options)) *dispatch.Dispatcher {
	t.Helper()
	o := dispatch.Options{Actions: everykind.Actions(), Routes: everykind.Routes(t.TempDir()), Prefixes: []string{"/api"}}
	for _, f := range change {
		f(&o)
	}
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// documentOf returns the encoded document.
func documentOf(t testing.TB, o openapi.Options) []byte {
	t.Helper()
	if o.SecuritySchemes == nil {
		o.SecuritySchemes = everykind.SecuritySchemes()
	}
	doc, err := openapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// golden compares JSON with a file of testdata, which -update writes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	var padded bytes.Buffer
	if err := json.Indent(&padded, got, "", "  "); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, padded.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(padded.Bytes(), want) {
		t.Errorf("%s is not what it was; go test ./openapi -update writes it anew, git diff shows the change", file)
	}
}

func TestGolden(t *testing.T) {
	if strconv.IntSize != 64 {
		t.Skip("the wanted document has an int of 64 bits")
	}
	golden(t, "everykind.golden.json", documentOf(t, openapi.Options{
		Dispatcher: everyKind(t), Title: "Every kind", Version: "2.0.0", Description: "What there *is*.",
		Servers:           []string{"https://www.example.com/", "/mounted"},
		ServerInformation: true, RequesterInformation: true,
	}))
	golden(t, "bare.golden.json", documentOf(t, openapi.Options{
		Dispatcher: everyKind(t, func(o *dispatch.Options) {
			o.AutomaticRoutes, o.Prefixes, o.Routes, o.MaxPending, o.Timeout = []string{"get", "head"}, nil, nil, -1, 1
		}),
		AlwaysOK: true, Multiples: true,
	}))
}
