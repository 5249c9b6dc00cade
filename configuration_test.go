package sidekick_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const configurationPage = "docs/configuration.md"

// TestConfigurationPage checks that docs/configuration.md lists every option with
// its variable and documentation, those that exist only in Go, and every other
// name; go test -run ConfigurationPage -update . writes it.
func TestConfigurationPage(t *testing.T) {
	want := configuration(t)
	if *update {
		if err := os.WriteFile(configurationPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(configurationPage)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the options are; go test -run ConfigurationPage -update . writes it: %v", configurationPage, err)
	}
}

func configuration(t *testing.T) string {
	s, b, docs := sidekick.Schema(), &strings.Builder{}, fieldDocs{}
	b.WriteString("# Configuration\n\nEvery option of the assembled server: its path in a JSON file, its variable, its field in `sidekick.Config`, and its documentation. This page is generated from the source.\n\n")
	group := ""
	for _, o := range s.Options() {
		top, _, below := strings.Cut(o.Path, ".")
		if !below && !o.Part {
			top = "more"
		}
		if top != group {
			if group != "" {
				b.WriteString("\n")
			}
			group = top
			fmt.Fprintf(b, "## %s\n\n", group)
		}
		fmt.Fprintf(b, "- **%s** (`%s`, `Config.%s`) %s\n", o.Path, o.Variable, o.Field, docs.of(t, o.Owner, o.Field))
	}
	b.WriteString("\n## Only in Go\n\nThese are Go values, such as functions and stores.\n\n")
	for _, path := range slices.Sorted(maps.Keys(s.GoOnly())) {
		fmt.Fprintf(b, "- `Config.%s`\n", s.GoOnly()[path])
	}
	b.WriteString("\n## Other names\n\nActionhero's names for options, and earlier names of this server, are accepted as well.\n\n| name | option |\n|---|---|\n")
	for _, a := range sidekick.Aliases() {
		note := ""
		if a.Convert != nil {
			note = ", converted"
		}
		fmt.Fprintf(b, "| `%s` | `%s`%s |\n", a.Key, a.To, note)
	}
	b.WriteString("\n## Not available\n\nWhat to use instead of other options of Actionhero, formidable, qs and Node.\n\n| name | instead |\n|---|---|\n")
	for _, key := range slices.Sorted(maps.Keys(sidekick.NotOffered)) {
		fmt.Fprintf(b, "| `%s` | %s |\n", key, sidekick.NotOffered[key])
	}
	return b.String()
}

// fieldDocs are the comments of fields, by package and struct.
type fieldDocs map[string]map[string]string

// of returns the comment of a field of a struct as one paragraph.
func (d fieldDocs) of(t *testing.T, owner reflect.Type, field string) string {
	t.Helper()
	folder := "." + strings.TrimPrefix(owner.PkgPath(), "github.com/sidekick-http/sidekick")
	if d[folder] == nil {
		d[folder] = parseFields(t, folder)
	}
	text := d[folder][owner.Name()+"."+field[strings.LastIndexByte(field, '.')+1:]]
	if text == "" {
		t.Errorf("%s.%s has no comment", owner, field)
	}
	return text
}

func parseFields(t *testing.T, folder string) map[string]string {
	t.Helper()
	out := map[string]string{}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			fields, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			before := ""
			for _, field := range fields.Fields.List {
				text := strings.Join(strings.Fields(field.Doc.Text()), " ")
				if text == "" {
					text = before // fields in a row share the comment of the first
				}
				before = text
				for _, n := range field.Names {
					out[spec.Name.Name+"."+n.Name] = text
				}
			}
			return true
		})
	}
	return out
}
