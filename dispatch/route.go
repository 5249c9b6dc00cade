package dispatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Route leads requests to an action or a folder.
type Route struct {
	// Method is head, get, post, put, patch, delete, or all for all of them, in any case. A route
	// for get also answers HEAD, unless a route for head matches.
	Method string `json:"-" config:"by"`
	// Path is a pattern: segments separated by "/". A segment is a literal, which is matched
	// case-insensitively, or has a variable:
	//
	//   - /users/:userID matches one segment that is not empty;
	//   - /v:apiVersion/login has a literal before the variable;
	//   - /login/:userID(\d{3}|admin) has a regular expression (RE2, without
	//     "/") that must match the whole value of the variable.
	//
	// The dispatcher's prefix is not part of it.
	Path string `json:"path"`
	// Action is the name of the action. Exactly one of Action and Dir is set.
	Action string `json:"action,omitempty"`
	// APIVersion, a string or a number, is the version for requests that name none. nil means the
	// newest.
	APIVersion any `json:"apiVersion,omitempty"`
	// MatchTrailingPathParts makes the last variable take the rest of the path, slashes included.
	// A path without variables then also matches everything below it.
	MatchTrailingPathParts bool `json:"matchTrailingPathParts"`
	// Dir is a folder whose files the route serves, for get only. [Options.Folder] opens it.
	Dir string `json:"dir,omitempty"`
}

// Routes are tried in their order: the first match wins.
//
// In JSON they are grouped by method, as in Actionhero's configuration:
//
//	{"get": [{"path": "/users/:userID", "action": "user", "apiVersion": 2}], "all": […]}
//
// Methods keep the order of the JSON document.
type Routes []Route

// UnmarshalJSON reads routes grouped by method. Unknown methods and members are errors.
func (rs *Routes) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("dispatch: routes: want an object with lists of routes by method")
	}
	var out Routes
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("dispatch: routes: %w", err)
		}
		method := key.(string)
		if _, err := methodsOf(method); err != nil {
			return fmt.Errorf("dispatch: routes: %w", err)
		}
		var raw []json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("dispatch: routes: %s: want a list of routes: %w", method, err)
		}
		for i, one := range raw {
			route := Route{Method: method}
			strict := json.NewDecoder(bytes.NewReader(one))
			strict.DisallowUnknownFields()
			strict.UseNumber()
			if err := strict.Decode(&route); err != nil {
				return fmt.Errorf("dispatch: routes: %s[%d]: %w; accepted are path, action, apiVersion, matchTrailingPathParts and dir", method, i, err)
			}
			out = append(out, route)
		}
	}
	*rs = out
	return nil
}

// verbs are the methods that routes can have.
var verbs = []string{http.MethodHead, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// canRoute reports whether routes can have the method.
func canRoute(method string) bool { return slices.Contains(verbs, method) }

// methodsOf returns the methods that a route's Method stands for. Actionhero's documentation says
// that "all" means get, put, post and delete, but the server also routes head and patch, and so
// does this package.
func methodsOf(method string) ([]string, error) {
	upper := strings.ToUpper(method)
	if upper == "ALL" {
		return verbs, nil
	}
	if canRoute(upper) {
		return []string{upper}, nil
	}
	return nil, fmt.Errorf("unknown method %q: want head, get, post, put, patch, delete or all", method)
}
