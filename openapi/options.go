package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	fail "github.com/sidekick-http/sidekick/internal/failure"
)

// ConfigError is one problem of [Options]. [New] joins all of them; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configure a [Document]. Dispatcher is required.
type Options struct {
	_ struct{}

	// Dispatcher is what the document describes.
	Dispatcher *dispatch.Dispatcher

	// Title and Version name the API and its version. The defaults are
	// "Sidekick API" and "1.0.0".
	Title   string
	Version string
	// Description is for people, in CommonMark. The default is none.
	Description string

	// Servers are the URLs under which the dispatcher is reached, without its
	// prefixes: "https://www.example.com", "//www.example.com" for either
	// scheme, or a path as "/v1" where it is mounted below one. Each is listed
	// with each prefix. The default is the server that the document comes from.
	Servers []string

	// Tags describe groups of operations and put them in order; other groups
	// follow by name. Which operation is in which group is told by [Describe].
	Tags []Tag

	// SecuritySchemes are ways in which clients say who they are, by name.
	SecuritySchemes map[string]SecurityScheme
	// Security says which of them it takes below which path: of several rules that
	// of the longest path. [Operation.Security] says it of an action.
	Security []SecurityRule

	// Schemas describe Go types in place of what is found out about them: types of
	// other packages, say, whose MarshalJSON makes a string. They are for named
	// types, wherever they stand in the inputs and results of typed actions, and
	// refer to no others. A type of one's own has a method JSONSchema instead: see
	// [dispatch.Typed].
	Schemas map[reflect.Type]*jsonschema.Schema

	// OperationID makes the operationId of an operation out of its method, in
	// lower case, and its path, as "/users/{id}". "" leaves it as it would be. It
	// must be safe for concurrent use.
	OperationID func(method, path string, a *dispatch.Action) string

	// ServerInformation, RequesterInformation, AlwaysOK and
	// DefaultErrorStatus are those of the envelope: see envelope.Options. Neither
	// block is ever required, so that a client that is made of the document of a
	// development server works with one that leaves them out. In the assembled
	// server these and those below follow its configuration.
	ServerInformation    bool `config:"-"`
	RequesterInformation bool `config:"-"`
	AlwaysOK             bool `config:"-"`
	DefaultErrorStatus   int  `config:"-"`
	// ErrorDetails tells that the envelope has Details among its ErrorOptions:
	// errors have a code, and those of params list what is wrong with each.
	ErrorDetails bool `config:"-"`
	// ErrorSerialized tells that it has Serialize: "error" may be anything.
	ErrorSerialized bool `config:"-"`
	// ErrorSchema describes the whole body of an error where a Renderer of one's
	// own makes it, for example with another name than "error". It refers to no
	// other schema. nil means the envelope's.
	ErrorSchema *jsonschema.Schema

	// Multiples tells that file inputs of actions that are not typed are
	// lists: see params.Options.
	Multiples bool `config:"-"`

	// RateLimited tells that clients may be refused for asking too often, and that
	// requesterInformation has RequestsRemaining.
	RateLimited bool `config:"-"`

	// Logger gets why a document could not be made. nil means [slog.Default], as
	// it is at that moment.
	Logger *slog.Logger
}

const (
	defaultTitle   = "Sidekick API"
	defaultVersion = "1.0.0"
)

func (o *Options) withDefaults() error {
	bad := cfgerr.For("openapi")
	if o.Dispatcher == nil {
		bad.Add("Dispatcher", nil, "want the dispatcher to describe")
	}
	o.Title = cmp.Or(o.Title, defaultTitle)
	o.Version = cmp.Or(o.Version, defaultVersion)
	o.Logger = fail.Logger(o.Logger)
	if len(o.Servers) == 0 {
		o.Servers = []string{""}
	}
	o.Servers = slices.Clone(o.Servers)
	for i, s := range o.Servers {
		u, err := url.Parse(s)
		switch {
		case err != nil, strings.ContainsAny(s, "{}"), u.RawQuery != "", u.Fragment != "",
			u.IsAbs() && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https"),
			!u.IsAbs() && s != "" && (s[0] != '/' || strings.HasPrefix(s, "//") && u.Host == ""):
			bad.Add(fmt.Sprintf("Servers[%d]", i), s, `want a URL of http or https, a host as "//www.example.com", or a path as "/v1"`)
		}
		o.Servers[i] = strings.TrimRight(s, "/")
	}
	switch {
	case o.DefaultErrorStatus == 0:
		o.DefaultErrorStatus = http.StatusInternalServerError
	case o.DefaultErrorStatus < 400 || o.DefaultErrorStatus > 599:
		bad.Add("DefaultErrorStatus", o.DefaultErrorStatus, "want 400 to 599")
	}
	o.checkSecurity(bad)
	o.checkSchemas(bad)
	if o.Dispatcher != nil {
		o.checkOperations(bad)
	}
	return bad.Err()
}

// checkSchemas checks the schemas that were given.
func (o *Options) checkSchemas(bad *cfgerr.List) {
	check := func(at string, s *jsonschema.Schema) {
		switch text, err := json.Marshal(s); {
		case err != nil:
			bad.Add(at, nil, "%v", err)
		case s == nil:
			bad.Add(at, nil, "want a schema")
		case strings.Contains(string(text), `"$ref"`) || strings.Contains(string(text), `"$defs"`):
			bad.Add(at, nil, "want a schema that is whole in itself, without $ref and $defs")
		}
	}
	if o.ErrorSchema != nil {
		check("ErrorSchema", o.ErrorSchema)
	}
	for t, s := range o.Schemas {
		at := fmt.Sprintf("Schemas[%v]", t)
		if t == nil || t.Name() == "" || t.PkgPath() == "" {
			bad.Add(at, nil, "want a named type")
			continue
		}
		check(at, s)
	}
}
