package sidekick_test

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// leaf is a field of Config with a value. It is found independently of the code
// that reads configurations.
type leaf struct {
	path  string // in JSON
	field string // in Go
	typ   reflect.Type
	parts []string // the paths of the parts that it belongs to
	tag   string
}

// leaves walks a struct of options and the structs in it.
func leaves(t reflect.Type, path, field string, parts []string) []leaf {
	var out []leaf
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Anonymous {
			continue
		}
		p := strings.TrimPrefix(path+"."+notation.Name(f.Name), ".")
		goPath := strings.TrimPrefix(field+"."+f.Name, ".")
		isOptions := f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct &&
			f.Type.Elem().NumField() > 0 && f.Type.Elem().Field(0).Name == "_"
		switch {
		case isDerived(f.Tag.Get("config")):
			out = append(out, leaf{p, goPath, f.Type, parts, f.Tag.Get("config")})
		case isOptions:
			out = append(out, leaves(f.Type.Elem(), p, goPath, append(slices.Clone(parts), p))...)
		case f.Type.Kind() == reflect.Struct && sample(f.Type) == "":
			out = append(out, leaves(f.Type, p, goPath, parts)...)
		default:
			out = append(out, leaf{p, goPath, f.Type, parts, f.Tag.Get("config")})
		}
	}
	return out
}

// sample returns JSON for a value of the type that is not its zero, or "" for types
// that cannot be written as a string.
func sample(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		for _, text := range []string{"x", "10.0.0.0/8", "10.0.0.1", "open", "100/minute", "100/m", "1m"} {
			v := reflect.New(t)
			if v.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)) == nil && !v.Elem().IsZero() {
				return fmt.Sprintf("%q", text)
			}
		}
	}
	switch t.String() {
	case "time.Duration":
		return `"1m30s"`
	case "http.SameSite":
		return `"strict"`
	case "fs.FileMode":
		return `"0640"`
	case "interface {}":
		return `"x"`
	case "sidekick.Port":
		return `"7"`
	}
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return "true"
	case k >= reflect.Int && k <= reflect.Float64:
		return "7"
	case k == reflect.String:
		return `"x"`
	case k == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return `"x"`
	case k == reflect.Slice:
		if e := sample(t.Elem()); e != "" {
			return "[" + e + "]"
		}
	case k == reflect.Map:
		if e := sample(t.Elem()); e != "" {
			return `{"x":` + e + "}"
		}
	case k == reflect.Struct:
		var members []string
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				continue
			}
			e := sample(f.Type)
			if e == "" {
				return ""
			}
			members = append(members, fmt.Sprintf("%q:%s", notation.Name(f.Name), e))
		}
		if t.Name() != "" && !strings.HasSuffix(t.Name(), "Options") && len(members) > 0 {
			return "{" + strings.Join(members, ",") + "}"
		}
	}
	return ""
}

func at(v reflect.Value, field string) (reflect.Value, bool) {
	for name := range strings.SplitSeq(field, ".") {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.FieldByName(name)
	}
	return v, true
}

// TestEveryOptionOfEveryPieceCanBeSet checks, for every option that can be written
// as a string, that JSON sets it, that a variable does, that it is written again,
// and that no other option changes.
func TestEveryOptionOfEveryPieceCanBeSet(t *testing.T) {
	t.Parallel()
	goOnly := sidekick.GoOnly()
	variables, variableOf := map[string]string{}, map[string]string{}
	for _, o := range sidekick.Schema().Options() {
		if other, ok := variables[o.Variable]; ok {
			t.Errorf("%s stands for %s and %s", o.Variable, other, o.Path)
		}
		variables[o.Variable], variableOf[o.Path] = o.Path, o.Variable
	}
	count := 0
	for _, l := range leaves(reflect.TypeFor[sidekick.Config](), "", "", nil) {
		value := sample(l.typ)
		if isDerived(l.tag) {
			checkDerived(t, l, value)
			continue
		}
		if value == "" {
			listed := false // the option, or the group that it is in
			for path := l.path; path != ""; path = path[:max(0, strings.LastIndexByte(path, '.'))] {
				listed = listed || goOnly[path] != ""
			}
			if !listed {
				t.Errorf("%s is not listed among those for Go alone", l.field)
			}
			continue
		}
		count++
		// In the form in which it is read: as an object in objects.
		nested := value
		for _, name := range slices.Backward(strings.Split(l.path, ".")) {
			nested = fmt.Sprintf("{%q:%s}", name, nested)
		}
		var cfg sidekick.Config
		err := json.Unmarshal([]byte(nested), &cfg)
		if l.tag == "secret" {
			if err == nil || !strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: a file sets a secret: %v", l.path, err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", nested, err)
			continue
		} else {
			checkSet(t, l, cfg, value)
			text, err := json.Marshal(cfg)
			if err != nil {
				t.Fatal(err)
			}
			again := sidekick.Development()
			if err := json.Unmarshal(text, &again); err != nil {
				t.Errorf("%s: written as %s, which is refused: %v", l.path, text, err)
			}
			if first, second := settings(cfg), settings(again); !slices.Equal(first, second) {
				t.Errorf("%s: got  %v\nwant %v", l.path, second, first)
			}
		}

		variable, text := variableOf[l.path], value
		if l.tag == "secret" {
			text = "x"
		} else if value[0] == '"' {
			json.Unmarshal([]byte(value), &text)
		}
		loaded, origins, err := sidekick.Load(sidekick.LoadOptions{Base: &sidekick.Config{}, Environ: []string{variable + "=" + text}})
		if err != nil || origins[l.path] != "environment "+variable {
			t.Errorf("%s=%s: from %q, %v", variable, text, origins[l.path], err)
			continue
		}
		checkSet(t, l, loaded, value)
	}
	if count < 120 {
		t.Errorf("got %d options, want them found", count)
	}
}

// checkSet checks that the option was set, and nothing else.
func checkSet(t *testing.T, l leaf, cfg sidekick.Config, value string) {
	t.Helper()
	v, ok := at(reflect.ValueOf(cfg), l.field)
	if !ok || v.IsZero() {
		t.Errorf("%s was not set", l.field)
	}
	for path, got := range cfg.Settings() {
		switch {
		case path == l.path && l.tag == "secret":
			if got != "(1, not shown)" {
				t.Errorf("%s: shown as %s", path, got)
			}
		case path == l.path:
			if got != value {
				t.Errorf("%s: written as %s, want %s", path, got, value)
			}
		case slices.Contains(l.parts, path):
			if got != "true" {
				t.Errorf("%s: the part %s is off", l.path, path)
			}
		case got != unset()[path]:
			t.Errorf("%s has set %s to %s", l.path, path, got)
		}
	}
}

// withParts returns a configuration in which nothing is set, and every part is on.
func withParts() sidekick.Config {
	var cfg sidekick.Config
	v := reflect.ValueOf(&cfg).Elem()
	for _, o := range sidekick.Schema().Options() {
		if o.Part {
			f := v.FieldByName(o.Field)
			f.Set(reflect.New(f.Type().Elem()))
		}
	}
	return cfg
}

// unset has the settings of a configuration in which nothing is set, also of the options in parts.
var unset = sync.OnceValue(func() map[string]string {
	all := maps.Collect(withParts().Settings())
	for _, o := range sidekick.Schema().Options() {
		if o.Part {
			all[o.Path] = "false"
		}
	}
	return all
})

func settings(cfg sidekick.Config) []string {
	var out []string
	for path, value := range cfg.Settings() {
		out = append(out, path+"="+value)
	}
	return out
}

func isDerived(tag string) bool { return strings.HasPrefix(tag, "from=") }

// checkDerived checks that an option that takes its value from another one is refused,
// wherever it is set, by an error that names the other one.
func checkDerived(t *testing.T, l leaf, value string) {
	t.Helper()
	cfg := withParts()
	v := reflect.ValueOf(&cfg).Elem()
	for name := range strings.SplitSeq(l.field, ".") {
		v = reflect.Indirect(v).FieldByName(name)
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	default:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	}
	_, inGo := sidekick.New(cfg)
	nested := value
	for _, name := range slices.Backward(strings.Split(l.path, ".")) {
		nested = fmt.Sprintf("{%q:%s}", name, nested)
	}
	variable := notation.Variable("SIDEKICK_", l.path)
	_, _, inEnvironment := sidekick.Load(sidekick.LoadOptions{Environ: []string{variable + "=" + value}})
	for where, err := range map[string]error{l.field: inGo, nested: json.Unmarshal([]byte(nested), &sidekick.Config{}), variable: inEnvironment} {
		if err == nil || !strings.Contains(err.Error(), "the server takes it from "+strings.TrimPrefix(l.tag, "from=")+": set that") {
			t.Errorf("%s: got %v", where, err)
		}
	}
}
