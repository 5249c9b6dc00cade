package dispatch

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/upload"
)

// filteredText replaces a value that must not be shown, as in Actionhero.
const filteredText = facts.Filtered

// masks are the parameters whose values are hidden, each as the path of its name and members.
type masks [][]string

func masksOf(names []string) masks {
	var out masks
	for _, name := range names {
		out = append(out, strings.Split(name, "."))
	}
	return out
}

// masks returns the masks for this request: those of the dispatcher, those of the action, and
// those that FilteredParamsFunc returns.
func (c *call) masks() masks {
	all := c.d.masks
	if c.action != nil && len(c.action.masks) > 0 {
		all = c.action.masks // they include the dispatcher's
	}
	if c.d.opts.FilteredParamsFunc != nil {
		all = slices.Concat(all, masksOf(c.d.opts.FilteredParamsFunc(c.ctx)))
	}
	return all
}

// hideSecrets removes the values of hidden parameters from error messages.
func (m masks) hideSecrets(failures []ParamFailure) {
	for i := range failures {
		kind, ok := failures[i].Err.(*kindError)
		if !ok {
			continue
		}
		text, err := strconv.Unquote(kind.got)
		if m.hides(failures[i].Name) || err == nil && mayBeJSON(text) && m.hidesBelow(failures[i].Name) {
			hidden := *kind
			hidden.got = "a hidden value"
			failures[i].Err = &hidden
		}
	}
}

// hides reports whether a parameter, or an object that contains it, is hidden. Names contain the
// indexes of list elements; masks do not.
func (m masks) hides(name string) bool {
	if len(m) == 0 {
		return false
	}
	name = listIndex.ReplaceAllString(name, "")
	return slices.ContainsFunc(m, func(path []string) bool {
		filter := strings.Join(path, ".")
		return name == filter || strings.HasPrefix(name, filter+".")
	})
}

// hidesBelow reports whether a member of the parameter is hidden.
func (m masks) hidesBelow(name string) bool {
	name = listIndex.ReplaceAllString(name, "") + "."
	return slices.ContainsFunc(m, func(path []string) bool { return strings.HasPrefix(strings.Join(path, "."), name) })
}

// mayBeJSON reports whether a string looks like an object or a list in JSON. If it was not read as
// such, because it is broken or because no object is declared, it may contain hidden members.
func mayBeJSON(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	return s != "" && (s[0] == '{' || s[0] == '[')
}

var listIndex = regexp.MustCompile(`\[\d+\]`)

// showable returns a value without the paths of its files.
func showable(value any) any {
	switch v := value.(type) {
	case string: // the usual case
		return value
	case *upload.File:
		return fileFacts(v)
	case []*upload.File:
		list := make([]any, len(v))
		for i := range v {
			list[i] = fileFacts(v[i])
		}
		return list
	case map[string]any:
		if !holdsUpload(v) {
			return value
		}
		shown := make(map[string]any, len(v))
		for name, inner := range v {
			shown[name] = showable(inner)
		}
		return shown
	case []any:
		if !holdsUpload(v) {
			return value
		}
		shown := make([]any, len(v))
		for i := range v {
			shown[i] = showable(v[i])
		}
		return shown
	default:
		return value
	}
}

// holdsUpload reports whether a value contains a file.
func holdsUpload(value any) bool {
	switch v := value.(type) {
	case *upload.File, []*upload.File:
		return true
	case map[string]any:
		for _, inner := range v {
			if holdsUpload(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, holdsUpload)
	}
	return false
}

func fileFacts(f *upload.File) map[string]any {
	return map[string]any{"name": f.Name, "type": f.Type, "size": f.Size}
}

// mask returns a parameter's value with its secrets hidden. It copies the maps and lists that it
// changes, since the action uses the originals.
func (m masks) mask(name string, value any) any {
	for _, path := range m {
		if path[0] == name {
			value = maskInside(value, path[1:])
		}
	}
	return value
}

// maskInside hides the member at path, in every element of the lists on the way. Of a string that
// looks like JSON it hides everything.
func maskInside(value any, path []string) any {
	if len(path) == 0 {
		return filteredText
	}
	switch value := value.(type) {
	case map[string]any:
		inner, sent := value[path[0]]
		if !sent {
			return value
		}
		value = maps.Clone(value)
		value[path[0]] = maskInside(inner, path[1:])
		return value
	case []any:
		value = slices.Clone(value)
		for i := range value {
			value[i] = maskInside(value[i], path)
		}
		return value
	case string:
		if mayBeJSON(value) {
			return filteredText
		}
	}
	return value
}

// showableID reports whether a client's message id may be shown: at most 128 bytes of printable
// ASCII.
func showableID(v any) bool {
	id, ok := v.(string)
	if !ok || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}
