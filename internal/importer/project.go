package importer

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/bounded"
)

// script prints a [Project]. node runs it in the project's folder.
//
//go:embed export.cjs
var script string

// Script returns the script that prints a [Project] as JSON. Run it with node in the project's
// folder.
func Script() string { return script }

// Project describes an Actionhero project.
type Project struct {
	Actionhero       string         `json:"actionhero"` // its version
	Actions          []Action       `json:"actions"`
	Routes           []Route        `json:"routes"`
	GlobalMiddleware []string       `json:"globalMiddleware"`
	GlobalSafeParams []string       `json:"globalSafeParams"`
	Web              map[string]any `json:"web"`     // config.web
	General          map[string]any `json:"general"` // a part of config.general

	notes []Note // about what could not be read
}

// Action is one version of an action.
type Action struct {
	Name                   string           `json:"name"`
	Version                Text             `json:"version"`
	Description            string           `json:"description"`
	Inputs                 map[string]Input `json:"inputs"`
	OutputExample          any              `json:"outputExample"`
	Middleware             []string         `json:"middleware"`
	BlockedConnectionTypes []string         `json:"blockedConnectionTypes"`
	MatchExtensionMIMEType bool             `json:"matchExtensionMimeType"`
}

// Input is a parameter that an action declares.
type Input struct {
	Required   bool             `json:"required"`
	Type       string           `json:"type"` // guessed: "", "integer", "number" or "boolean"
	Default    any              `json:"default"`
	Computed   bool             `json:"computed"` // the default is a function
	Formatters int              `json:"formatters"`
	Validators int              `json:"validators"`
	Schema     map[string]Input `json:"schema"`
}

// Route leads to an action or a folder.
type Route struct {
	Method                 string `json:"method"`
	Path                   string `json:"path"`
	Action                 string `json:"action"`
	APIVersion             Text   `json:"apiVersion"`
	MatchTrailingPathParts bool   `json:"matchTrailingPathParts"`
	Dir                    string `json:"dir"`

	all   bool     // the project has it for all methods
	parts []string // of its path
}

// Text is a string that JSON may contain as a number.
type Text string

// UnmarshalJSON reads a string, a number or null.
func (t *Text) UnmarshalJSON(data []byte) error {
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*t = ""
	case string:
		*t = Text(v)
	case json.Number:
		*t = Text(v)
	default:
		return fmt.Errorf("want a string or a number, not %s", data)
	}
	return nil
}

// mostBytes limits the description of a project.
const mostBytes = 64 << 20

// Read reads the output of the script.
func Read(r io.Reader) (*Project, error) {
	data, err := bounded.ReadAll(r, mostBytes)
	if err != nil {
		return nil, fmt.Errorf("importer: the description of the project: %w", err)
	}
	p := &Project{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("importer: want what the script prints: %w", err)
	}
	if len(p.Actions) == 0 {
		return nil, errors.New("importer: the project has no actions")
	}
	p.tidy()
	return p, nil
}

// tidy removes what exists anyway: routes made by automaticRoutes, and parameters that every
// action takes.
func (p *Project) tidy() {
	var automatic []string
	if verbs, ok := p.Web["automaticRoutes"].([]any); ok {
		for _, v := range verbs {
			if s, ok := v.(string); ok {
				automatic = append(automatic, strings.ToLower(s))
			}
		}
	}
	p.Routes = tidyRoutes(p.Routes, automatic)
	p.GlobalSafeParams = slices.DeleteFunc(p.GlobalSafeParams, isReserved)
}

// isReserved reports whether every action takes the parameter anyway.
func isReserved(name string) bool {
	return slices.Contains([]string{"action", "apiVersion", "callback", "file", "messageId"}, name)
}
