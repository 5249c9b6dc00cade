package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/bounded"
)

// operation is one of the operations in the swagger action's document.
type operation struct {
	Tags       []string    `json:"tags"`
	Summary    string      `json:"summary"`
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Default  any    `json:"default"`
	In       string `json:"in"`
}

// ReadSwagger reads the response of a running server's swagger action. It lacks the names of
// actions, their versions, and the configuration: an action gets the name of its tag, and if
// several share a tag, also that of its first route.
func ReadSwagger(r io.Reader) (*Project, error) {
	data, err := bounded.ReadAll(r, mostBytes)
	if err != nil {
		return nil, fmt.Errorf("importer: the response of the swagger action: %w", err)
	}
	var doc struct {
		Swagger string                          `json:"swagger"`
		Paths   map[string]map[string]operation `json:"paths"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("importer: want the response of Actionhero's swagger action: %w", err)
	}
	if doc.Swagger == "" || len(doc.Paths) == 0 {
		return nil, errors.New("importer: want the response of Actionhero's swagger action, with at least one path: its action needs a route, or automaticRoutes")
	}
	p := &Project{}
	names := map[string]string{} // of operations, by their keys
	taken := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			op := doc.Paths[path][method]
			key := op.key()
			name, known := names[key]
			if !known {
				name = op.name(method, path, taken)
				names[key], taken[name] = name, true
				p.Actions = append(p.Actions, op.action(name))
			}
			p.Routes = append(p.Routes, Route{Method: method, Path: routePath(path), Action: name})
		}
	}
	p.notes = append(p.notes, Note{"the project", "it was read from the swagger action, which does not reveal the names of actions that share a tag, older versions, formatters and validators, or the configuration; the script does: sidekick import -script"})
	p.tidy()
	return p, nil
}

// key is the same for operations of the same action.
func (op *operation) key() string {
	parts := append(slices.Clone(op.Tags), op.Summary)
	for _, in := range op.Parameters {
		parts = append(parts, in.Name)
	}
	return strings.Join(parts, "\x00")
}

// name chooses a name that no other action has.
func (op *operation) name(method, path string, taken map[string]bool) string {
	base := "action"
	if len(op.Tags) > 0 && op.Tags[0] != "" {
		base = op.Tags[0]
	}
	if !taken[base] {
		return base
	}
	words := strings.FieldsFunc(path, func(r rune) bool { return !isWord(r) })
	name := base + ":" + strings.Join(append([]string{method}, words...), "-")
	for i := 2; taken[name]; i++ {
		name = fmt.Sprintf("%s-%d", name, i)
	}
	return name
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func (op *operation) action(name string) Action {
	a := Action{Name: name, Version: "1", Description: op.Summary, Inputs: map[string]Input{}, MatchExtensionMIMEType: true}
	for _, in := range op.Parameters {
		// A parameter in the path is always present, whatever the action says.
		a.Inputs[in.Name] = Input{Required: in.Required && in.In != "path", Default: in.Default}
	}
	return a
}

var braces = regexp.MustCompile(`/\{(\w*)\}`)

// routePath converts a path to the notation of routes.
func routePath(path string) string { return braces.ReplaceAllString(path, "/:$1") }
