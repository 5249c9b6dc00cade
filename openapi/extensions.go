package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// extensionsOf returns the properties of an action that [Options.ShowMeta] shows, by the names of
// their extensions. New has checked that they can be encoded.
func (o *Options) extensionsOf(a *dispatch.Action) (map[string]json.RawMessage, error) {
	var out map[string]json.RawMessage
	for property, name := range o.ShowMeta {
		value, has := a.Meta[property]
		if !has {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("openapi: property %q of action %q, version %s: %w", property, a.Name, a.Version, err)
		}
		if out == nil {
			out = map[string]json.RawMessage{}
		}
		out[name] = text
	}
	return out, nil
}

// checkShowMeta checks the option ShowMeta and the values that it shows.
func (o *Options) checkShowMeta(bad *cfgerr.List) {
	taken := map[string]string{} // properties by the names of their extensions
	actions := o.Dispatcher.Actions()
	for _, property := range slices.Sorted(maps.Keys(o.ShowMeta)) {
		at, name := fmt.Sprintf("ShowMeta[%q]", property), o.ShowMeta[property]
		switch rest, ok := strings.CutPrefix(name, "x-"); {
		case !ok || rest == "":
			bad.Add(at, name, `want a name that begins with "x-"`)
		case strings.HasPrefix(rest, "oai-") || strings.HasPrefix(rest, "oas-"):
			bad.Add(at, name, "OpenAPI reserves the names that begin with x-oai- and x-oas-")
		case taken[name] != "":
			bad.Add(at, name, "the property %q has this name already", taken[name])
		}
		taken[name] = property
		found := false
		for i := range actions {
			a := &actions[i]
			if value, has := a.Meta[property]; has {
				found = true
				if _, err := json.Marshal(value); err != nil {
					bad.Add(at, nil, "the value of action %q, version %s: %v", a.Name, a.Version, err)
				}
			}
		}
		if !found {
			bad.Add(at, nil, "no action has this property in its Meta")
		}
	}
}
