package sidekick_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/errcode"
)

// document returns a document of this module.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// blocks returns the blocks of code in a language.
func blocks(markdown, language string) []string {
	var all []string
	for _, rest := range strings.Split(markdown, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(rest, "```")
		all = append(all, block)
	}
	return all
}

// files returns the files of the repository whose names match one of the patterns,
// with slashes.
func files(t *testing.T, patterns ...string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		for _, pattern := range patterns {
			if ok, _ := filepath.Match(pattern, d.Name()); ok && !d.IsDir() {
				names = append(names, filepath.ToSlash(path))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestDocumentsHaveTestedGo checks that all Go code in a document is part of a
// program or Example that is compiled and tested, that it does not stop in the middle,
// and that the document links to where it is from. The program of README has its own
// test.
func TestDocumentsHaveTestedGo(t *testing.T) {
	sources := map[string]string{}
	for _, name := range files(t, "*.go") {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "examples/") || strings.HasPrefix(name, "interop/") {
			sources[name] = squeezed(document(t, name))
		}
	}
	seen := 0
	for _, name := range files(t, "*.md") {
		for _, block := range blocks(document(t, name), "go") {
			if strings.HasPrefix(block, "package main\n") && name == "README.md" {
				continue
			}
			seen++
			found, linked := false, false
			for source, text := range sources {
				if strings.Contains(text, squeezed(block)) {
					target, err := filepath.Rel(filepath.Dir(name), source)
					found, linked = true, linked || err == nil && strings.Contains(document(t, name), "]("+filepath.ToSlash(target)+")")
				}
			}
			switch {
			case !found:
				t.Errorf("%s: this is in no Example:\n%s", name, block)
			case !linked:
				t.Errorf("%s: it does not link to where this is from:\n%s", name, block)
			}
			for _, pair := range []string{"{}", "()", "[]"} {
				if strings.Count(block, pair[:1]) != strings.Count(block, pair[1:]) {
					t.Errorf("%s: this stops in the middle:\n%s", name, block)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("got %d blocks of Go, want them found", seen)
	}
}

// squeezed drops indentation and blank lines.
func squeezed(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// TestDocumentsLinkToWhatIsThere checks that the targets of links in documents
// exist in the repository, including headings.
func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	seen := 0
	for _, name := range append(files(t, "*.md"), "llms.txt") {
		for _, found := range link.FindAllStringSubmatch(outsideCode(document(t, name)), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			seen++
			file := name
			if target != "" {
				file = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
			}
			if _, err := os.Stat(filepath.FromSlash(file)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, found[1])
			} else if anchor != "" && !slices.Contains(anchors(document(t, file)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", name, found[1])
			}
		}
	}
	if seen < 50 {
		t.Errorf("got %d links, want them found", seen)
	}
}

// anchors returns the names by which the headings of a document are linked.
func anchors(markdown string) []string {
	var all []string
	for _, found := range heading.FindAllStringSubmatch(outsideCode(markdown), -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
				return r
			case r == ' ':
				return '-'
			}
			return -1
		}, strings.ToLower(found[1]))
		all = append(all, name)
	}
	return all
}

// outsideCode drops the blocks of code.
func outsideCode(markdown string) string {
	var b strings.Builder
	for i, part := range strings.Split(markdown, "```") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

// rows yields the rows of the tables in a document, each as its cells, without the
// heads.
func rows(markdown string) func(yield func(cells []string) bool) {
	return func(yield func(cells []string) bool) {
		lines := strings.Split(outsideCode(markdown), "\n")
		for i, line := range lines {
			isHead := i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|---")
			if !strings.HasPrefix(line, "| ") || isHead {
				continue
			}
			var cells []string
			for _, cell := range strings.Split(strings.Trim(line, "| "), "|") {
				cells = append(cells, strings.TrimSpace(cell))
			}
			if !yield(cells) {
				return
			}
		}
	}
}

// TestSecurityNamesATestForEachRow checks that every row of SECURITY has its own
// id, and names tests that exist in the given package.
func TestSecurityNamesATestForEachRow(t *testing.T) {
	tests := map[string][]string{} // functions by folder
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, name := range files(t, "*_test.go") {
		dir := filepath.ToSlash(filepath.Dir(name))
		for _, found := range declared.FindAllStringSubmatch(document(t, name), -1) {
			tests[dir] = append(tests[dir], found[1])
		}
	}
	ids := map[string]bool{}
	var referred []string // by the guarantees
	id, word := regexp.MustCompile(`^[A-Z]\d+$`), regexp.MustCompile(`[\w/.-]+`)
	for cells := range rows(document(t, "SECURITY.md")) {
		if len(cells) == 2 {
			referred = append(referred, strings.Fields(cells[1])...)
			continue
		}
		if len(cells) != 4 {
			t.Errorf("want an id, what is tried, what happens and the tests, got %q", cells)
			continue
		}
		for _, name := range strings.Fields(cells[0]) {
			if ids[name] || !id.MatchString(name) {
				t.Errorf("%s: want a letter and a number, each once", name)
			}
			ids[name] = true
		}
		dir, named := "", 0
		for _, name := range word.FindAllString(cells[3], -1) {
			switch {
			case name == "sidekick":
				dir = "."
			case !strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "Fuzz"):
				dir = name
			case !slices.Contains(tests[dir], name):
				t.Errorf("%s: %s has no %s", cells[0], dir, name)
			default:
				named++
			}
		}
		if named == 0 {
			t.Errorf("%s names no test", cells[0])
		}
	}
	for _, name := range referred {
		if !ids[name] {
			t.Errorf("a guarantee names the row %s, which is not there", name)
		}
	}
	if len(referred) == 0 {
		t.Error("got no guarantees, want them found")
	}
	if len(ids) < 100 {
		t.Errorf("got %d ids, want them found", len(ids))
	}
}

// TestErrorsListsEveryCode checks that docs/errors.md has exactly one row for each
// error code of Sidekick.
func TestErrorsListsEveryCode(t *testing.T) {
	code := regexp.MustCompile("^`([a-z_]+)`$")
	var listed []string
	for cells := range rows(document(t, "docs/errors.md")) {
		if found := code.FindStringSubmatch(cells[0]); found != nil {
			listed = append(listed, found[1])
		}
	}
	var want []string
	for _, code := range errcode.Known() {
		want = append(want, code.Name)
	}
	compare(t, "docs/errors.md", listed, want)
}

// compare reports missing, repeated and unknown rows of a document.
func compare(t *testing.T, document string, rows, things []string) {
	t.Helper()
	if len(things) == 0 {
		t.Errorf("%s: nothing to compare with", document)
	}
	for _, name := range things {
		if !slices.Contains(rows, name) {
			t.Errorf("%s has no row for %s", document, name)
		}
	}
	seen := map[string]bool{}
	for _, name := range rows {
		if seen[name] || !slices.Contains(things, name) {
			t.Errorf("%s: the row of %s is there twice, or is of nothing that is there", document, name)
		}
		seen[name] = true
	}
}

// TestMapOfInternal checks that internal/README.md has one line for each internal
// package, and names every method of the record of a request.
func TestMapOfInternal(t *testing.T) {
	page := document(t, "internal/README.md")
	var listed []string
	for cells := range rows(page) {
		if found := link.FindStringSubmatch(cells[0]); found != nil {
			listed = append(listed, strings.TrimSuffix(found[1], "/"))
		}
	}
	entries, err := os.ReadDir("internal")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		if e.IsDir() {
			there = append(there, e.Name())
		}
	}
	compare(t, "internal/README.md", listed, there)
	record := map[string]bool{}
	for _, name := range files(t, "*.go") {
		if !strings.HasPrefix(name, "internal/facts/") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.IsExported() {
				if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok && star.X.(*ast.Ident).Name == "Record" {
					record[f.Name.Name] = true
				}
			}
		}
	}
	if len(record) < 30 {
		t.Errorf("got %d methods of the record, want them found", len(record))
	}
	for name := range record {
		if !regexp.MustCompile("`" + name + "`").MatchString(page) {
			t.Errorf("internal/README.md does not name %s", name)
		}
	}
}

// TestMapOfInternalNamesTheImporters checks the last column of the map: it names every
// package that imports the one of the row, outside tests and the modules for examples
// and measurements, and no other.
func TestMapOfInternalNamesTheImporters(t *testing.T) {
	importers := importersOfInternal(t)
	seen := 0
	for cells := range rows(document(t, "internal/README.md")) {
		found := link.FindStringSubmatch(cells[0])
		if found == nil {
			continue
		}
		seen++
		got, by := importers[found[1]], cells[len(cells)-1]
		switch {
		case strings.HasPrefix(by, "every ") || strings.HasPrefix(by, "nearly ") || by == "errors and logs":
			if len(got) < 5 {
				t.Errorf("%s is used by %v: name them", found[1], got)
			}
		case strings.HasPrefix(by, "tests") || by == "CI" || by == "no package":
			if len(got) > 0 {
				t.Errorf("%s is used by %v, not only by %s", found[1], got, by)
			}
		default:
			labels := strings.Split(by, ", ")
			for _, label := range labels {
				if !slices.ContainsFunc(got, func(name string) bool { return names(label, name) }) {
					t.Errorf("%s is not used by %s", found[1], label)
				}
			}
			for _, name := range got {
				if !slices.ContainsFunc(labels, func(label string) bool { return names(label, name) }) {
					t.Errorf("%s is also used by %s", found[1], name)
				}
			}
		}
	}
	if seen < 30 {
		t.Errorf("got %d rows, want them found", seen)
	}
}

// names reports whether a label in the map of internal stands for a folder: by its
// path, the end of it, or the beginning.
func names(label, folder string) bool {
	label = strings.Trim(label, "`")
	if label == "the assembled server" {
		return folder == "."
	}
	return folder == label || strings.HasSuffix(folder, "/"+label) || strings.HasPrefix(folder, label+"/")
}

// importersOfInternal returns the folders that import each internal package.
func importersOfInternal(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, name := range files(t, "*.go") {
		top, _, _ := strings.Cut(name, "/")
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") || slices.Contains([]string{"benchmarks", "examples", "interop"}, top) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.ToSlash(filepath.Dir(name))
		for _, i := range file.Imports {
			path, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), "github.com/sidekick-http/sidekick/internal/")
			of, _, _ := strings.Cut(path, "/")
			if ok && !strings.HasPrefix(folder+"/", "internal/"+of+"/") && !slices.Contains(all[of], folder) {
				all[of] = append(all[of], folder)
			}
		}
	}
	return all
}

// TestDesignNamesWhatIsThere checks that what docs/design.md says is in a Go file,
// as "`name` in [file](file)", is there.
func TestDesignNamesWhatIsThere(t *testing.T) {
	named, seen := regexp.MustCompile("`(\\w+)`"), 0
	inFile := regexp.MustCompile(`([^\[\]()]*) in \[[^\]]+\]\(\.\./([^)]+\.go)\)`)
	for _, found := range inFile.FindAllStringSubmatch(document(t, "docs/design.md"), -1) {
		source := document(t, found[2])
		for _, name := range named.FindAllStringSubmatch(found[1], -1) {
			seen++
			if !regexp.MustCompile(`\b` + name[1] + `\b`).MatchString(source) {
				t.Errorf("%s is not in %s", name[1], found[2])
			}
		}
	}
	if seen < 10 {
		t.Errorf("got %d names, want them found", seen)
	}
}

// TestReadmeListsEveryPiece checks that README and llms.txt link to every package
// that users can import.
func TestReadmeListsEveryPiece(t *testing.T) {
	readme, llms := document(t, "README.md"), document(t, "llms.txt")
	seen := 0
	for _, name := range files(t, "doc.go") {
		first, _, _ := strings.Cut(name, "/")
		if strings.Contains(name, "internal/") || strings.Contains(name, "/cmd/") || slices.Contains([]string{"cmd", "examples", "benchmarks", "interop"}, first) {
			continue
		}
		seen++
		for document, text := range map[string]string{"README.md": readme, "llms.txt": llms} {
			if !strings.Contains(text, "]("+name+")") {
				t.Errorf("%s does not link to %s", document, name)
			}
		}
	}
	if seen < 15 {
		t.Errorf("got %d packages, want them found", seen)
	}
}
