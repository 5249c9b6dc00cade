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
// their extensions. The error names the property and the action.
func (o *Options) extensionsOf(a *dispatch.Action) (map[string]json.RawMessage, error) {
	var out map[string]json.RawMessage
	for _, property := range slices.Sorted(maps.Keys(o.ShowMeta)) {
		value, has := a.Meta[property]
		if !has {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("%q of action %q, version %s: %w", property, a.Name, a.Version, err)
		}
		if out == nil {
			out = map[string]json.RawMessage{}
		}
		out[o.ShowMeta[property]] = text
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
		if !slices.ContainsFunc(actions, func(a dispatch.Action) bool { _, has := a.Meta[property]; return has }) {
			bad.Add(at, nil, "no action has this property in its Meta")
		}
	}
	for i := range actions {
		if _, err := o.extensionsOf(&actions[i]); err != nil {
			bad.Add("ShowMeta", nil, "%v", err)
		}
	}
}
