package api_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write api.txt anew")

const golden = "api.txt"

// Changing, adding or removing an exported name must show in api.txt:
//
//	go test ./internal/api -update
func TestExportedNames(t *testing.T) {
	var b bytes.Buffer
	for _, dir := range packages(t, filepath.Join("..", "..")) {
		describe(t, &b, dir)
	}
	got := b.Bytes()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	added, removed := differences(lines(want), lines(got)), differences(lines(got), lines(want))
	t.Errorf("the exported names differ from %s. If that is meant, say so in CHANGELOG.md and run: go test ./internal/api -update\n%s%s", golden, marked("-", removed), marked("+", added))
}

// packages returns the folders of this module's importable packages.
func packages(t *testing.T, root string) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != root {
			switch name := d.Name(); {
			case name == "internal", name == "testdata", name == "cmd", strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"), name == "node_modules":
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir // another module
			}
		}
		if p, err := build.Default.ImportDir(path, 0); err == nil && p.Name != "main" && len(p.GoFiles) > 0 {
			dirs = append(dirs, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// describe writes the exported declarations of a package, sorted and without
// comments, each line preceded by the package.
func describe(t *testing.T, b *bytes.Buffer, dir string) {
	t.Helper()
	p, err := build.Default.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	refuseOpenStructs(t, fset, files)
	var decls []string
	for _, file := range files {
		if !ast.FileExports(file) {
			continue
		}
		for _, decl := range file.Decls {
			decls = append(decls, printed(t, fset, decl)...)
		}
	}
	slices.Sort(decls)
	for _, decl := range decls {
		for line := range strings.Lines(decl) {
			fmt.Fprintf(b, "%s: %s\n", p.Name, strings.TrimRight(line, "\n"))
		}
	}
}

// printed splits a declaration into one for each name.
func printed(t *testing.T, fset *token.FileSet, decl ast.Decl) []string {
	t.Helper()
	text := func(node any) string {
		var b strings.Builder
		config := printer.Config{Mode: printer.UseSpaces, Tabwidth: 4}
		if err := config.Fprint(&b, fset, node); err != nil {
			t.Fatal(err)
		}
		// Line breaks and unexported fields do not matter.
		var out strings.Builder
		for line := range strings.Lines(b.String()) {
			if fields := strings.Fields(line); len(fields) > 0 {
				indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
				out.WriteString(indent + strings.Join(fields, " ") + "\n")
			}
		}
		return out.String()
	}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		d.Body = nil
		return []string{text(d)}
	case *ast.GenDecl:
		var out []string
		for i, spec := range d.Specs {
			one := &ast.GenDecl{Tok: d.Tok, Specs: []ast.Spec{spec}}
			switch s := spec.(type) {
			case *ast.ImportSpec:
				continue
			case *ast.ValueSpec:
				if d.Tok == token.VAR {
					s.Values = nil
					if s.Type == nil {
						out = append(out, fmt.Sprintf("var %s\n", s.Names[0].Name))
						continue
					}
				} else if len(s.Values) == 0 {
					out = append(out, fmt.Sprintf("const %s // no. %d of its group\n", s.Names[0].Name, i))
					continue
				}
			}
			out = append(out, text(one))
		}
		return out
	}
	return nil
}

// refuseOpenStructs reports exported structs that embed an unexported one with
// exported fields: these would be accessible, although undocumented and not meant
// to be.
func refuseOpenStructs(t *testing.T, fset *token.FileSet, files []*ast.File) {
	t.Helper()
	structs := map[string]*ast.StructType{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					structs[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	for name, s := range structs {
		if !ast.IsExported(name) {
			continue
		}
		for _, field := range s.Fields.List {
			inner := embedded(field)
			if inner == "" || ast.IsExported(inner) {
				continue
			}
			if s := structs[inner]; s != nil && slices.ContainsFunc(s.Fields.List, isOpen) {
				t.Errorf("%v: %s embeds %s, whose exported fields can be reached through it: give it a field name", fset.Position(field.Pos()), name, inner)
			}
		}
	}
}

// embedded returns the name of an embedded type of the same package.
func embedded(field *ast.Field) string {
	kind := field.Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if name, ok := kind.(*ast.Ident); ok && len(field.Names) == 0 {
		return name.Name
	}
	return ""
}

func isOpen(field *ast.Field) bool {
	return ast.IsExported(embedded(field)) || slices.ContainsFunc(field.Names, func(n *ast.Ident) bool { return n.IsExported() })
}

func lines(b []byte) []string { return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") }

// differences returns the lines that b has more often than a.
func differences(a, b []string) []string {
	count := map[string]int{}
	for _, line := range a {
		count[line]++
	}
	var out []string
	for _, line := range b {
		if count[line]--; count[line] < 0 {
			out = append(out, line)
		}
	}
	return out
}

func marked(mark string, lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(mark + " " + line + "\n")
	}
	return b.String()
}
