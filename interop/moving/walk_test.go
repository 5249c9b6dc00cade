package moving_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/shadow"
)

// withMask is the line of server.go with a mask for what differs each time.
const withMask = `Old: s.old, Masks: []shadow.Mask{{Path: "servedAt", Kind: shadow.Time}},`

func TestWalk(t *testing.T) {
	needPrograms(t)
	w := newWalk(t)

	old := w.startOld()
	want := w.askAll(old.url)
	for _, step := range want {
		if step.Status == 0 || step.Status == http.StatusInternalServerError {
			t.Fatalf("the old server: %+v", step)
		}
	}
	client := newClient(t) // one that stays through it all
	id := client.visit(old.url, 1)

	w.importProject()
	w.goes("test", ".")

	// Everything is the old server's, behind the new one.
	front := w.startNew("OLD_SERVER=" + old.url)
	w.same("behind the new server", want, w.askAll(front.url))
	if again := client.visit(front.url, 2); again != id {
		t.Errorf("the client was %s and is %s", id, again)
	}
	front.stop(t)

	// Three actions are written, one of them with a mistake. Those that change
	// something are not compared.
	w.write("store.go", "book_list_action.go", "book_show_action.go", "book_show_v2_action.go")
	w.edit("book_show_action.go", "bookShowOutput{Book: b}", `bookShowOutput{Book: book{ID: b.ID, Title: b.Title, Pages: b.Pages}}`)
	w.edit("server.go", "Old: s.old,", withMask)
	w.list("compared", "bookList", "bookShow", "bookShowV2")
	w.goes("test", ".")
	report := "127.0.0.1:" + freePort(t)
	front = w.startNew("OLD_SERVER="+old.url, "REPORT="+report)
	w.same("while answers are compared", w.reads(want), w.askReads(front.url))
	found := w.report("http://"+report, 6)
	if diff := cmp.Diff([]string{"book:show body book.author: string of 12 bytes, string of 0 bytes"}, found); diff != "" {
		t.Errorf("the differences: -want +got\n%s", diff)
	}
	front.stop(t)

	// The mistake is mended: nothing differs.
	w.write("book_show_action.go")
	front = w.startNew("OLD_SERVER="+old.url, "REPORT="+report)
	w.same("while answers are compared again", w.reads(want), w.askReads(front.url))
	if found := w.report("http://"+report, 6); len(found) > 0 {
		t.Errorf("the differences: %q", found)
	}
	front.stop(t)

	// They take over; the others are still the old server's.
	w.list("moved", "bookList", "bookShow", "bookShowV2")
	w.goes("test", ".")
	front = w.startNew("OLD_SERVER=" + old.url)
	w.same("with half of the actions moved", want, w.askAll(front.url))
	client.visit(front.url, 3)
	front.stop(t)

	// All are moved, and the old server is switched off.
	w.write("book_add_action.go", "book_remove_action.go", "visits_action.go", "handbook_action.go")
	w.list("moved", "bookList", "bookShow", "bookShowV2", "bookAdd", "bookRemove", "visits", "handbook")
	w.goes("test", ".")
	old.stop(t)
	front = w.startNew()
	w.same("without the old server", want, w.askAll(front.url))
	if again := client.visit(front.url, 4); again != id {
		t.Errorf("the client was %s and is %s", id, again)
	}
	front.stop(t)
}

// importProject describes the project and writes the program.
func (w *walk) importProject() {
	w.t.Helper()
	script := filepath.Join(w.dir, "export-actionhero.cjs")
	if err := os.WriteFile(script, w.output(w.dir, w.sidekick, "import", "-script"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	project := filepath.Join(w.dir, "actionhero.json")
	if err := os.WriteFile(project, w.output(w.project, "node", script), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.output(w.dir, w.sidekick, "import", "-project", project, "-out", w.program, "-module", "example.com/shelf", "-replace", w.root)
}

// write puts written actions in the place of skeletons.
func (w *walk) write(names ...string) {
	w.t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("testdata", "moved", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(w.program, name), text, 0o600)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// edit changes a file of the program in one place.
func (w *walk) edit(name, from, to string) {
	w.t.Helper()
	file := filepath.Join(w.program, name)
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	// gofmt may have aligned it.
	text = []byte(strings.ReplaceAll(string(text), "Old:  ", "Old: "))
	if strings.Count(string(text), from) != 1 {
		w.t.Fatalf("%s has %q %d times:\n%s", name, from, strings.Count(string(text), from), text)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// list moves the lines of actions in actions.go to where they belong now.
func (w *walk) list(to string, functions ...string) {
	w.t.Helper()
	file := filepath.Join(w.program, "actions.go")
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	s := string(text)
	for _, f := range functions {
		s = strings.Replace(s, "\t\t"+f+"(),\n", "", 1)
	}
	begin := "func " + to + "() []dispatch.Action {\n\treturn []dispatch.Action{"
	at := strings.Index(s, begin)
	if at < 0 {
		w.t.Fatalf("actions.go has no %q:\n%s", begin, s)
	}
	at += len(begin)
	var lines string
	for _, f := range functions {
		lines += "\n\t\t" + f + "(),"
	}
	if rest := s[at:]; strings.HasPrefix(rest, "}") {
		lines += "\n\t"
	}
	if err := os.WriteFile(file, []byte(s[:at]+lines+s[at:]), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// report returns the differences, when so many answers have been compared.
func (w *walk) report(url string, compared int64) []string {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		r.Header.Set("Accept", "application/json")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			w.t.Fatal(err)
		}
		var report shadow.Report
		err = json.NewDecoder(res.Body).Decode(&report)
		res.Body.Close()
		if err != nil {
			w.t.Fatal(err)
		}
		var n int64
		var found []string
		for _, name := range report.Names {
			n += name.Compared
			for _, f := range name.Found {
				found = append(found, fmt.Sprintf("%s %s %s: %s, %s", name.Name, f.Kind, f.Path, f.Old, f.New))
			}
		}
		switch {
		case n == compared:
			slices.Sort(found)
			return found
		case n > compared || time.Now().After(deadline):
			w.t.Fatalf("want %d comparisons, got %+v", compared, report)
		}
		time.Sleep(20 * time.Millisecond) // until the next look
	}
}
