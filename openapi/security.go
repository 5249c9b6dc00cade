package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// SecurityScheme is a way in which clients authenticate, in OpenAPI's terms. The document only
// describes it: the program checks it, in middleware.
type SecurityScheme struct {
	_ struct{}

	// Type is "http", "apiKey", "oauth2", "openIdConnect" or "mutualTLS".
	Type        string
	Description string // in CommonMark
	// Scheme is a scheme of the field Authorization, such as "bearer" or "basic"; BearerFormat is
	// for people. They apply to "http".
	Scheme, BearerFormat string
	// In is "header", "query" or "cookie", and Name is the name of the key there. They apply to
	// "apiKey".
	In, Name string
	// Flows maps kinds to flows: "authorizationCode", "clientCredentials", "implicit" or
	// "password". They apply to "oauth2".
	Flows map[string]OAuthFlow
	// OpenIDConnectURL applies to "openIdConnect".
	OpenIDConnectURL string
}

// OAuthFlow is one flow of OAuth 2.
type OAuthFlow struct {
	_ struct{}

	AuthorizationURL, TokenURL, RefreshURL string
	Scopes                                 map[string]string // with their descriptions
}

// Requirement lists schemes that a request must satisfy together, each with the scopes that it
// needs (nil for none). An empty Requirement in a list means that authentication is optional.
type Requirement map[string][]string

// SecurityRule lists the requirements for calling what lies below a path.
type SecurityRule struct {
	_ struct{}

	// Path is a path as clients see it, without the dispatcher's prefixes. "/admin" covers itself
	// and everything below; "/" covers everything.
	Path string
	// Requirements are alternatives: a request must satisfy one of them.
	Requirements []Requirement
}

func (o *Options) checkSecurity(bad *cfgerr.List) {
	for _, name := range slices.Sorted(maps.Keys(o.SecuritySchemes)) {
		s := o.SecuritySchemes[name]
		at := fmt.Sprintf("SecuritySchemes[%q]", name)
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
			bad.Add(at, nil, "want a name of ASCII letters, digits and . _ -")
		}
		missing := func(field, value, want string) {
			if value == "" {
				bad.Add(at+"."+field, value, "want %s for the type %s", want, s.Type)
			}
		}
		switch s.Type {
		case "http":
			missing("Scheme", s.Scheme, `a scheme of Authorization, such as "bearer",`)
		case "apiKey":
			missing("Name", s.Name, "the name of the key")
			if s.In != "header" && s.In != "query" && s.In != "cookie" {
				bad.Add(at+".In", s.In, "want header, query or cookie for the type apiKey")
			}
		case "oauth2":
			checkFlows(bad, at, s.Flows)
		case "openIdConnect":
			missing("OpenIDConnectURL", s.OpenIDConnectURL, "a URL")
		case "mutualTLS":
		default:
			bad.Add(at+".Type", s.Type, "want http, apiKey, oauth2, openIdConnect or mutualTLS")
		}
	}
	for i, rule := range o.Security {
		at := fmt.Sprintf("Security[%d]", i)
		if !strings.HasPrefix(rule.Path, "/") || strings.HasSuffix(rule.Path, "/") && rule.Path != "/" {
			bad.Add(at+".Path", rule.Path, `want a path such as "/admin", or "/" for everything`)
		}
		o.checkRequirements(bad, at+".Requirements", rule.Requirements)
	}
}

func checkFlows(bad *cfgerr.List, at string, flows map[string]OAuthFlow) {
	if len(flows) == 0 {
		bad.Add(at+".Flows", nil, "want one flow or more for the type oauth2")
	}
	for _, kind := range slices.Sorted(maps.Keys(flows)) {
		f := flows[kind]
		authorization, token := kind == "implicit" || kind == "authorizationCode", kind != "implicit"
		switch {
		case kind != "implicit" && kind != "password" && kind != "clientCredentials" && kind != "authorizationCode":
			bad.Add(at+".Flows", kind, "want implicit, password, clientCredentials or authorizationCode")
		case authorization && f.AuthorizationURL == "":
			bad.Add(at+".Flows", kind, "it needs an AuthorizationURL")
		case token && f.TokenURL == "":
			bad.Add(at+".Flows", kind, "it needs a TokenURL")
		}
	}
}

func (o *Options) checkRequirements(bad *cfgerr.List, at string, all []Requirement) {
	for _, one := range all {
		for _, name := range slices.Sorted(maps.Keys(one)) {
			if _, declared := o.SecuritySchemes[name]; !declared {
				bad.Add(at, name, "Options.SecuritySchemes has no scheme of this name")
			}
		}
	}
}

// securityOf returns the requirements of an operation: its action's own, or else those of the
// longest matching rule.
func (b *builder) securityOf(e *endpoint, own []Requirement) []Requirement {
	if own != nil {
		return own
	}
	longest := -1
	var out []Requirement
	for _, rule := range b.opts.Security {
		prefix := strings.TrimSuffix(lower(rule.Path), "/")
		path := lower(e.path)
		if len(prefix) > longest && (path == prefix || strings.HasPrefix(path, prefix+"/")) {
			longest, out = len(prefix), rule.Requirements
		}
	}
	return out
}

// encoded returns the scheme's JSON form.
func (s SecurityScheme) encoded() map[string]any {
	out := map[string]any{"type": s.Type}
	for name, value := range map[string]string{
		"description": s.Description, "scheme": s.Scheme, "bearerFormat": s.BearerFormat,
		"in": s.In, "name": s.Name, "openIdConnectUrl": s.OpenIDConnectURL,
	} {
		if value != "" {
			out[name] = value
		}
	}
	if s.Type != "oauth2" {
		return out
	}
	flows := map[string]any{}
	for kind, f := range s.Flows {
		flow := map[string]any{"scopes": map[string]string{}}
		if f.Scopes != nil {
			flow["scopes"] = f.Scopes
		}
		for name, value := range map[string]string{"authorizationUrl": f.AuthorizationURL, "tokenUrl": f.TokenURL, "refreshUrl": f.RefreshURL} {
			if value != "" {
				flow[name] = value
			}
		}
		flows[kind] = flow
	}
	out["flows"] = flows
	return out
}
