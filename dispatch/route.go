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

// Route leads requests to an action, or to a folder.
type Route struct {
	// Method is head, get, post, put, patch, delete, or all for each of them,
	// in any case. A route for get answers HEAD, too, unless one for head
	// matches.
	Method string `json:"-" config:"by"`
	// Path is a pattern: segments parted by "/". A segment is a literal, which
	// matches without case, or has a variable:
	//
	//   - /users/:userID matches one segment that is not empty;
	//   - /v:apiVersion/login has a literal before the variable;
	//   - /login/:userID(\d{3}|admin) has a regular expression (RE2, without
	//     "/") that must match the whole of what the variable takes.
	//
	// The dispatcher's prefix is not part of it.
	Path string `json:"path"`
	// Action is the name of the action. Exactly one of Action and Dir is set.
	Action string `json:"action,omitempty"`
	// APIVersion, text or a number, is the version for requests that name
	// none. nil means the newest.
	APIVersion any `json:"apiVersion,omitempty"`
	// MatchTrailingPathParts lets the last variable take all that is left of
	// the path, slashes included; a path without variables then matches
	// everything below it, too.
	MatchTrailingPathParts bool `json:"matchTrailingPathParts"`
	// Dir is a folder whose files the route serves, for get only; it is opened
	// by [Options.Folder].
	Dir string `json:"dir,omitempty"`
}

// Routes are tried as they are listed: the first that matches wins.
//
// In JSON they stand by method, as in Actionhero's configuration:
//
//	{"get": [{"path": "/users/:userID", "action": "user", "apiVersion": 2}], "all": […]}
//
// Methods keep the order in which the text has them.
type Routes []Route

// UnmarshalJSON reads routes by method. Unknown methods and members are errors.
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

// verbs are the methods that can be routed.
var verbs = []string{http.MethodHead, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// methodsOf returns the methods that a route's Method stands for. Actionhero's
// document says that "all" is get, put, post and delete; the server itself
// routes head and patch as well, and so do we.
func methodsOf(method string) ([]string, error) {
	upper := strings.ToUpper(method)
	if upper == "ALL" {
		return verbs, nil
	}
	if slices.Contains(verbs, upper) {
		return []string{upper}, nil
	}
	return nil, fmt.Errorf("unknown method %q: want head, get, post, put, patch, delete or all", method)
}
