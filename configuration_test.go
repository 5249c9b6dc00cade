package sidekick_test

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const configurationPage = "docs/configuration.md"

const introduction = "# Configuration\n\n" +
	"Every option of the assembled server: its path in a JSON file, its variable, its field in `sidekick.Config`, its default in JSON, and its documentation. This page is generated from the source. " +
	"The defaults are those of production, and of a part that is on: the zero `Config`, and `{}` as a file. In development, `sidekick.Development` sets some options. The program `sidekick` sets log.format: to json in production, and to text in development.\n\n" +
	"`sidekick config` shows the values in effect, including defaults, as `Config.WithDefaults` returns them. With `-json` it prints them as a file for `-config`, which leads to exactly these values again, in development and in production:\n\n" +
	"- a default that depends on other options or on the environment is written as its present value, and no longer follows them. So keep only the lines that you want to set;\n" +
	"- an option that is empty or off is written as `\"\"`, `0`, `\"0s\"`, `[]`, `{}`, `false`, or the negative value that you set;\n" +
	"- secrets are not written, and a Redis URL with a password is `null`: set their variables. Options that exist only in Go are not written either.\n\n"

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
	t.Setenv("TMPDIR", "/tmp") // a default
	s, b, docs := sidekick.Schema(), &strings.Builder{}, fieldDocs{}
	defaults := maps.Collect(withParts().WithDefaults().Settings())
	b.WriteString(introduction)
	paths := map[string]string{} // by field, such as static.Options.MaxAge
	for _, o := range slices.Backward(s.Options()) {
		paths[o.Owner.String()+"."+lastPart(o.Field)] = o.Path
	}
	group, alone := "", &strings.Builder{}
	for _, o := range s.Options() {
		value := ", default `" + defaults[o.Path] + "`"
		switch {
		case o.Secret:
			value = ""
		case o.Part:
			value = ", default `false`"
		}
		to, text := b, withoutLinks(docs.of(t, o.Owner, o.Field), o.Owner, paths)
		if top, _, below := strings.Cut(o.Path, "."); !below && !o.Part {
			to = alone
		} else if top != group {
			if group != "" {
				b.WriteString("\n")
			}
			group = top
			fmt.Fprintf(b, "## %s\n\n", group)
		}
		fmt.Fprintf(to, "- **%s** (`%s`, `Config.%s`%s) %s\n", o.Path, o.Variable, o.Field, value, text)
	}
	b.WriteString("\n## Options without a group\n\n" + alone.String())
	b.WriteString("\n## Only in Go\n\nThese are Go values, such as functions and stores.\n\n")
	for _, path := range slices.Sorted(maps.Keys(sidekick.GoOnly())) {
		fmt.Fprintf(b, "- `Config.%s`\n", sidekick.GoOnly()[path])
	}
	b.WriteString("\n## Other names\n\nActionhero's names for options are accepted as well.\n\n| name | option |\n|---|---|\n")
	for _, a := range sidekick.Aliases {
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
	text := d[folder][owner.Name()+"."+lastPart(field)]
	if text == "" {
		t.Errorf("%s.%s has no comment", owner, field)
	}
	return text
}

// lastPart returns what follows the last dot of a path of fields.
func lastPart(field string) string { return field[strings.LastIndexByte(field, '.')+1:] }

var docLink = regexp.MustCompile(`(^|[ (])\[\*?((?:[a-z]+\.)?[A-Z]\w*(?:\.[A-Z]\w*)*)\]`)

// withoutLinks replaces the links of a comment, which lead nowhere outside of Go: those
// to other options by their paths, and all others by the names, with their package.
func withoutLinks(text string, owner reflect.Type, paths map[string]string) string {
	return docLink.ReplaceAllStringFunc(text, func(found string) string {
		parts := docLink.FindStringSubmatch(found)
		name := parts[2]
		if name[0] >= 'A' && name[0] <= 'Z' {
			pkg, _, _ := strings.Cut(owner.String(), ".")
			name = pkg + "." + name
		}
		return parts[1] + "`" + cmp.Or(paths[name], name) + "`"
	})
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
