package importer

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/clip"
)

//go:embed template
var templates embed.FS

// Options control how the program is written.
type Options struct {
	// Module is the path of the program's module, such as "example.com/shelf".
	Module string
	// Replace is the folder of a local copy of Sidekick to use. With it the program is complete;
	// without it "go mod tidy" gets the dependencies.
	Replace string
	// Version is the version of Sidekick that the program requires, unless Replace is set.
	Version string
}

// generator writes one program.
type generator struct {
	Options
	project *Project
	actions []*generatedAction
	// families are the actions by their names in lower case: dispatch compares those of one name only.
	families map[string][]dispatch.Action
	noted    map[target]bool // routes for all methods that have a note
	notes    []Note
	rows     []row
	config   map[string]any
}

// generatedAction is an action in the form for the templates.
type generatedAction struct {
	Name, Version, Description string
	Func                       string // the function that returns it
	Input, Output              string // types; Input is "" if a struct cannot represent the inputs
	Declared                   string // the dispatch.Inputs in place of Input
	Example                    string // JSON, as a Go literal
	Middleware                 string
	MatchExtension             bool
	Blocked                    []string
}

var (
	modulePath = regexp.MustCompile(`^[A-Za-z0-9._~/-]+$`)
	errModule  = errors.New(`importer: want the path of a module, such as "example.com/shelf"`)
)

// Generate returns the files of the program by their names.
func Generate(p *Project, o Options) (map[string][]byte, error) {
	if !modulePath.MatchString(o.Module) {
		return nil, errModule
	}
	g := &generator{Options: o, project: p, notes: p.notes, families: map[string][]dispatch.Action{}, noted: map[target]bool{}}
	g.makeActions()
	if len(g.actions) == 0 {
		return nil, errors.New("importer: none of the project's actions can be imported")
	}
	config, notes, err := settingsOf(p)
	if err != nil {
		return nil, err
	}
	g.config, g.notes = config, append(g.notes, notes...)
	if routes := g.routesOf(); len(routes) > 0 {
		g.config["routes"] = routes
	}
	for _, name := range p.GlobalMiddleware {
		g.note("the global middleware "+name, "write it in Go and add it to the configuration: see dispatch.Middleware")
	}
	return g.files()
}

func (g *generator) note(what, why string) { g.notes = append(g.notes, Note{what, why}) }

// makeActions prepares all actions that dispatch accepts for the templates.
func (g *generator) makeActions() {
	ids := newIdentifiers()
	for _, a := range g.project.Actions {
		version := string(a.Version)
		if version == "1" {
			version = ""
		}
		if err := g.takesAction(a.Name, version); err != nil {
			g.note(fmt.Sprintf("the action %q", a.Name), oneLine(err.Error()))
			continue
		}
		name := a.Name
		if version != "" {
			name += "-v" + version
		}
		out := &generatedAction{
			Name: a.Name, Version: version, Description: a.Description, Func: ids.pick(unexported(name)),
			Output: resultOf(a.OutputExample), Middleware: oneLine(strings.Join(a.Middleware, ", ")),
			MatchExtension: a.MatchExtensionMIMEType, Blocked: a.BlockedConnectionTypes,
		}
		out.example(a.OutputExample)
		g.inputs(out, a.Inputs)
		g.actions = append(g.actions, out)
		family := strings.ToLower(a.Name)
		one := idle(a.Name, version)
		one.BlockedConnectionTypes = a.BlockedConnectionTypes
		g.families[family] = append(g.families[family], one)
	}
}

// takesAction returns the error of dispatch for an action beside those of its name.
func (g *generator) takesAction(name, version string) error {
	family := g.families[strings.ToLower(name)]
	_, err := dispatch.New(dispatch.Options{Actions: append([]dispatch.Action{idle(name, version)}, family...)})
	return err
}

// file returns a name for the action's file. It does not end in a suffix that is a build
// constraint.
func (a *generatedAction) file() string {
	parts := words(a.Name)
	if a.Version != "" {
		parts = append(parts, words("v"+a.Version)...)
	}
	const most = 100 // bytes
	name := clip.Text(strings.ToLower(strings.Join(parts, "_")), most)
	name = strings.TrimSuffix(name, "…") + "_action.go"
	if len(parts) == 0 || !isWord([]rune(name)[0]) {
		return "x_" + name
	}
	return name
}

func (a *generatedAction) example(v any) {
	if members, ok := v.(map[string]any); !ok || len(members) == 0 {
		return
	}
	if text, err := json.Marshal(v); err == nil {
		a.Example = strconv.Quote(string(text))
		if !strings.ContainsFunc(string(text), func(r rune) bool { return r == '`' || !unicode.IsPrint(r) }) {
			a.Example = "`" + string(text) + "`"
		}
	}
}

// inputs declares inputs by a struct, or by dispatch.Inputs if a struct cannot represent them.
func (g *generator) inputs(a *generatedAction, inputs map[string]Input) {
	own := map[string]Input{}
	for name, in := range inputs {
		if isReserved(name) && name != "file" {
			g.note(fmt.Sprintf("the input %q of %q", name, a.Name), "every action has it")
			continue
		}
		own[name] = in
	}
	own = g.acceptable(a, "", own)
	text, ok := structOf(own, "")
	if ok {
		a.Input = text
		return
	}
	a.Declared = inputsOf(own, "\t\t")
	g.note(fmt.Sprintf("the struct for the inputs of %q", a.Name), "the name of an input cannot stand in a struct tag; they are declared as dispatch.Inputs, and the action reads them from its Connection")
}

// acceptable returns the inputs that dispatch accepts, at any depth.
func (g *generator) acceptable(a *generatedAction, path string, inputs map[string]Input) map[string]Input {
	out := map[string]Input{}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		in := inputs[name]
		declared := dispatch.Inputs{name: {}}
		if path != "" {
			declared = dispatch.Inputs{"a": {Schema: declared}}
		}
		if _, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{idleWith(declared)}}); err != nil {
			g.note(fmt.Sprintf("the input %q of %q", path+name, a.Name), oneLine(err.Error()))
			continue
		}
		if len(in.Schema) > 0 {
			in.Schema = g.acceptable(a, path+name+".", in.Schema)
			if len(in.Schema) == 0 {
				in.Type = object
			}
		}
		out[name] = in
	}
	return out
}

// files runs the templates.
func (g *generator) files() (map[string][]byte, error) {
	out := map[string][]byte{}
	list, err := templates.ReadDir("template")
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		name := strings.TrimSuffix(f.Name(), ".tmpl")
		if name == "action.go" {
			continue
		}
		if out[name], err = g.execute(f.Name(), g.data()); err != nil {
			return nil, err
		}
	}
	taken := map[string]bool{}
	for _, a := range g.actions {
		name := a.file()
		for i := 2; taken[name]; i++ {
			name = fmt.Sprintf("%d_%s", i, a.file())
		}
		taken[name] = true
		if out[name], err = g.execute("action.go.tmpl", a); err != nil {
			return nil, err
		}
	}
	if out["sidekick.json"], err = marshal(g.config); err != nil {
		return nil, err
	}
	return out, g.module(out)
}

// data is what the templates of the program as a whole have.
func (g *generator) data() map[string]any {
	cookie := "sessionID"
	if o, ok := g.config["fingerprintOptions"].(map[string]any); ok {
		if s, ok := o["cookieKey"].(string); ok && s != "" {
			cookie = s
		}
	}
	return map[string]any{
		"Module": g.Module, "Base": g.Module[strings.LastIndex(g.Module, "/")+1:], "Actions": g.actions, "Rows": g.rows,
		"Notes": g.notes, "Cookie": cookie, "Prefix": prefixIn(g.config, "urlPathForActions"), "Actionhero": g.project.Actionhero, "Tidy": g.Replace == "",
	}
}

func (g *generator) execute(file string, data any) ([]byte, error) {
	t, err := template.New(file).Funcs(template.FuncMap{"quote": strconv.Quote, "line": oneLine, "cell": cell}).ParseFS(templates, "template/"+file)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, err
	}
	if !strings.HasSuffix(file, ".go.tmpl") {
		return b.Bytes(), nil
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("importer: %s of the program is not Go, which is a mistake of this command: %w", file, err)
	}
	return text, nil
}

// cell returns a string that can stand in a table of Markdown.
func cell(s string) string { return strings.ReplaceAll(oneLine(s), "|", `\|`) }

const sidekickPath = "github.com/sidekick-http/sidekick"

// module writes go.mod, and where Sidekick is in a folder all that it requires.
func (g *generator) module(out map[string][]byte) error {
	if g.Replace == "" {
		out["go.mod"] = fmt.Appendf(nil, "module %s\n\ngo 1.26\n\nrequire %s %s\n", g.Module, sidekickPath, g.Version)
		return nil
	}
	dir, err := filepath.Abs(g.Replace)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return fmt.Errorf("importer: want the folder of a copy of Sidekick: %w", err)
	}
	_, rest, ok := strings.Cut(string(text), "\n")
	if !ok || !strings.HasPrefix(string(text), "module "+sidekickPath+"\n") {
		return fmt.Errorf("importer: want the folder of a copy of Sidekick: %s has another module", dir)
	}
	out["go.mod"] = fmt.Appendf(nil, "module %s\n%s\nrequire %s v0.0.0\n\nreplace %s => %s\n", g.Module, rest, sidekickPath, sidekickPath, strconv.Quote(dir))
	out["go.sum"], err = os.ReadFile(filepath.Join(dir, "go.sum"))
	return err
}
