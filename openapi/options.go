package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem of [Options]. [New] joins all of them; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configure a [Document]. Dispatcher is required.
type Options struct {
	_ struct{}

	// Dispatcher is the dispatcher to describe.
	Dispatcher *dispatch.Dispatcher

	// Title and Version name the API and its version. The defaults are
	// "Sidekick API" and "1.0.0".
	Title   string
	Version string
	// Description describes the API, in CommonMark. The default is none.
	Description string

	// Servers are the URLs of the dispatcher, without its prefixes: "https://www.example.com",
	// "//www.example.com" for either scheme, or a path such as "/v1" if it is mounted there. Each
	// is listed with each prefix. The default is "", the server that the document comes from.
	Servers []string

	// Tags describe groups of operations and order them; other groups follow by name. [Describe]
	// puts operations into groups.
	Tags []Tag

	// SecuritySchemes are the ways in which clients authenticate, by name.
	SecuritySchemes map[string]SecurityScheme
	// Security lists the requirements for calling what lies below a path. The rule with the
	// longest path counts. [Operation.Security] overrides it for an action.
	Security []SecurityRule

	// ShowMeta makes properties of actions ([dispatch.Action.Meta]) extensions of their operations:
	// {"permission": "x-permission"}. It names the extension of each property to show, which must
	// begin with "x-", but not with the reserved x-oai- and x-oas-. The values are encoded as
	// JSON; one that cannot be is an error of [New], as is a property that no action has. If
	// several versions form one operation, the newest version's properties count. By default no
	// property is shown.
	ShowMeta map[string]string

	// Schemas replaces the generated schemas of Go types, such as types of other packages whose
	// MarshalJSON writes a string. It is for named types, anywhere in the inputs and results of
	// typed actions. The schemas must not refer to others. Your own types can have a method
	// JSONSchema instead: see [dispatch.Typed].
	Schemas map[reflect.Type]*jsonschema.Schema

	// OperationID makes the operationId of an operation from its method, in lower case, and its
	// path, such as "/users/{id}". "" means the default. It must be safe for concurrent use.
	OperationID func(method, path string, a *dispatch.Action) string

	// ServerInformation, RequesterInformation, AlwaysOK and DefaultErrorStatus must match the
	// envelope's options: see envelope.Options. Neither block is ever required, so that a client
	// generated from the document of a development server works with a server that leaves them
	// out. The assembled server sets these and the options below from its configuration.
	ServerInformation    bool `config:"from=envelope.serverInformation"`
	RequesterInformation bool `config:"from=envelope.requesterInformation"`
	AlwaysOK             bool `config:"from=envelope.alwaysOK"`
	DefaultErrorStatus   int  `config:"from=envelope.defaultErrorStatus"`
	// ErrorDetails reports that the envelope's ErrorOptions have Details: errors have a code, and
	// those about parameters list what is wrong with each.
	ErrorDetails bool `config:"from=envelope.errors.details"`
	// ErrorSerialized reports that they have Serialize: "error" may be anything.
	ErrorSerialized bool `config:"from=envelope.errors.serialize"`
	// ErrorSchema describes the whole body of an error for programs with their own Renderer,
	// which may for example use another name than "error". It must not refer to other schemas.
	// nil means the envelope's form.
	ErrorSchema *jsonschema.Schema

	// Multiples reports that file inputs of plain actions are lists: see params.Options.
	Multiples bool `config:"from=params.multiples"`

	// RateLimited reports that a rate limit may refuse clients, and that requesterInformation has
	// RequestsRemaining.
	RateLimited bool `config:"from=rateLimit"`

	// Logger logs why a document could not be made. nil means [slog.Default] at the time of
	// logging.
	Logger *slog.Logger
}

const (
	defaultTitle   = "Sidekick API"
	defaultVersion = "1.0.0"
)

// WithDefaults returns the options as [New] uses them: what is zero has its default. Functions
// and Logger stay nil if they are: New makes those.
func (o Options) WithDefaults() Options {
	o.Title = cmp.Or(o.Title, defaultTitle)
	o.Version = cmp.Or(o.Version, defaultVersion)
	if len(o.Servers) == 0 {
		o.Servers = []string{""}
	}
	o.DefaultErrorStatus = cmp.Or(o.DefaultErrorStatus, http.StatusInternalServerError)
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	bad := cfgerr.For("openapi")
	if o.Dispatcher == nil {
		bad.Add("Dispatcher", nil, "want the dispatcher to describe")
	}
	for i, s := range o.Servers {
		u, err := url.Parse(s)
		switch {
		case err != nil, strings.ContainsAny(s, "{}"), u.RawQuery != "", u.Fragment != "",
			u.IsAbs() && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https"),
			!u.IsAbs() && s != "" && (s[0] != '/' || strings.HasPrefix(s, "//") && u.Host == ""):
			bad.Add(fmt.Sprintf("Servers[%d]", i), s, `want an http or https URL, a host such as "//www.example.com", or a path such as "/v1"`)
		}
	}
	if o.DefaultErrorStatus < 400 || o.DefaultErrorStatus > 599 {
		bad.Add("DefaultErrorStatus", o.DefaultErrorStatus, "want 400 to 599")
	}
	o.checkSecurity(bad)
	o.checkSchemas(bad)
	if o.Dispatcher != nil {
		o.checkOperations(bad)
		o.checkShowMeta(bad)
	}
	return bad.Err()
}

// checkSchemas checks the option Schemas.
func (o *Options) checkSchemas(bad *cfgerr.List) {
	check := func(at string, s *jsonschema.Schema) {
		switch text, err := json.Marshal(s); {
		case err != nil:
			bad.Add(at, nil, "%v", err)
		case s == nil:
			bad.Add(at, nil, "want a schema")
		case strings.Contains(string(text), `"$ref"`) || strings.Contains(string(text), `"$defs"`):
			bad.Add(at, nil, "want a self-contained schema, without $ref and $defs")
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
