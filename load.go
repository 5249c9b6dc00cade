package sidekick

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LoadOptions say where [Load] reads from.
type LoadOptions struct {
	_ struct{}

	// Base is what file and environment change. The default is what the
	// environment variable SIDEKICK_ENV says, "development" or "production":
	// [Development], or [Production], also where it is not set.
	Base Config

	// File is a JSON file of at most 1 MiB, read as [Config.UnmarshalJSON]
	// reads. The default "" is none. Paths in it are relative to the folder in
	// which the process runs.
	File string

	// Environ are variables, each as "name=value". nil means os.Environ().
	Environ []string
}

// Origins tells for the path of each option, as [Config.Settings] lists them,
// where its value is from: "default", which is the base; "file" and its name; or
// "environment" and the name of the variable. Keys of the fingerprint cookie
// from the environment are there as fingerprintOptions.keys.
type Origins map[string]string

const (
	fromDefault = "default"
	maxFile     = 1 << 20

	envVariable    = "SIDEKICK_ENV"
	variablePrefix = "SIDEKICK_"
	keysPath       = "fingerprintOptions.keys"
)

// Load reads a configuration: the base, over it a file, over that the
// environment.
//
// Every option has a variable: SIDEKICK_ and its path in capitals, with
// underscores between words, as SIDEKICK_FORM_OPTIONS_MAX_FIELDS for
// formOptions.maxFields. Texts, numbers, times, true and false stand as they
// are; lists of texts have commas between them, or are JSON; other lists,
// httpHeaders and routes are JSON; null is none where the option has that. An
// empty variable is as good as none. PORT, ALLOWED_HOSTS and AUTOMATIC_ROUTES
// are read, too, as in Actionhero; to give one of them and the variable with the
// prefix another value is an error. SIDEKICK_FINGERPRINT_KEYS holds the keys of
// the fingerprint cookie. Other variables with the prefix are errors, but for
// those that Kubernetes makes for a service named sidekick.
//
// The error joins all problems of file and environment, each a [ConfigError]
// that names where it is. The Config that is returned with it has everything
// else that could be read, so that [New] can be asked what it finds wrong.
func Load(o LoadOptions) (Config, Origins, error) {
	environ := variables(o.Environ)
	r := reader{origins: Origins{}}
	cfg := r.base(o.Base, environ)
	for _, opt := range options(reflect.TypeFor[Config](), "", nil) {
		r.origins[opt.path] = fromDefault
	}
	if o.File != "" {
		r.file(&cfg, o.File)
	}
	r.environment(&cfg, environ)
	return cfg, r.origins, errors.Join(r.bad...)
}

// variables returns the variables that are not empty. Of a name the first
// counts, as in os.Getenv.
func variables(environ []string) map[string]string {
	if environ == nil {
		environ = os.Environ()
	}
	out := map[string]string{}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if _, ok := out[name]; !ok {
			out[name] = value
		}
	}
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	return out
}

// base returns what the file and the environment change.
func (r *reader) base(base Config, environ map[string]string) Config {
	name, ok := environ[envVariable]
	if ok && name != "development" && name != "production" {
		r.from = "environment " + envVariable
		r.add("Config", name, `want "development" or "production"`)
	}
	switch {
	case base.begun:
		return base
	case name == "development":
		return Development()
	}
	return Production()
}

func (r *reader) file(cfg *Config, name string) {
	r.from = "file " + name
	data, err := readAtMost(name, maxFile)
	if err != nil {
		r.bad = append(r.bad, fmt.Errorf("sidekick: the configuration: %w", err))
		return
	}
	var whole json.RawMessage
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(data, &whole); {
	case errors.As(err, &syntax):
		// The offset is behind the character that is wrong.
		before := data[:max(0, min(int(syntax.Offset), len(data))-1)]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := 1 + utf8.RuneCount(before[1+bytes.LastIndexByte(before, '\n'):])
		r.bad = append(r.bad, fmt.Errorf("%s:%d:%d: sidekick: want JSON: %w", r.from, line, column, err))
	case err != nil:
		r.bad = append(r.bad, fmt.Errorf("%s: sidekick: want JSON: %w", r.from, err))
	case !utf8.Valid(data):
		r.bad = append(r.bad, fmt.Errorf("%s: sidekick: want UTF-8", r.from))
	default:
		r.object("", reflect.ValueOf(cfg).Elem(), bytes.TrimSpace(data))
	}
}

// readAtMost reads a file and refuses a longer one.
func readAtMost(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s has more than %d bytes", name, most)
	}
	return data, err
}

// environment sets what variables say.
func (r *reader) environment(cfg *Config, environ map[string]string) {
	known := map[string]option{}
	for _, o := range options(reflect.TypeFor[Config](), "", nil) {
		known[variableOf(o.path)] = o
	}
	// The names that Actionhero has go by the options they stand for.
	for alias, own := range map[string]string{
		"PORT":             "SIDEKICK_PORT",
		"ALLOWED_HOSTS":    "SIDEKICK_ALLOWED_REQUEST_HOSTS",
		"AUTOMATIC_ROUTES": "SIDEKICK_AUTOMATIC_ROUTES",
	} {
		value, ok := environ[alias]
		if other, both := environ[own]; ok && both && other != value && !serviceLink(own, other) {
			r.from = "environment " + alias + " and " + own
			r.add(known[own].path, nil, "%q and %q: they mean the same; leave one of them out", value, other)
		}
		known[alias] = known[own]
	}
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		value := environ[name]
		r.from = "environment " + name
		o, ok := known[name]
		switch {
		case serviceLink(name, value):
		case ok:
			if name == "AUTOMATIC_ROUTES" {
				value = strings.ToLower(value)
			}
			r.variable(cfg, o, value)
		case name == keysVariable:
			cfg.FingerprintOptions.Keys = keysOf(value)
			r.origins[keysPath] = r.from
		case strings.HasPrefix(name, variablePrefix) && !slices.Contains(otherVariables(), name):
			if near := nearest(name, slices.Sorted(maps.Keys(known))); near != "" {
				r.add(join("", name), nil, "unknown variable; did you mean %s?", near)
			} else {
				r.add(join("", name), nil, "unknown variable; there is one for each option, as SIDEKICK_BIND_IP for bindIP")
			}
		}
	}
}

// otherVariables are those with our prefix that are no options. The last is for
// the tests of this repository, which start servers.
func otherVariables() []string { return []string{envVariable, keysVariable, "SIDEKICK_INTEROP"} }

// variable sets one option.
func (r *reader) variable(cfg *Config, o option, value string) {
	raw, ok := rawOf(o, value)
	if !ok || !utf8.ValidString(value) {
		r.add(o.path, value, "%s, as JSON", wanted(o.typ))
		return
	}
	before := len(r.bad)
	if r.value(o.path, reflect.ValueOf(cfg).Elem().FieldByIndex(o.index), raw, o.null); len(r.bad) == before {
		r.origins[o.path] = r.from
	}
}

// rawOf returns the JSON that a variable stands for; ok is false where it had
// to be JSON and is not.
func rawOf(o option, value string) (raw json.RawMessage, ok bool) {
	quoted := func(v any) json.RawMessage { b, _ := json.Marshal(v); return b }
	trimmed := strings.TrimSpace(value)
	if trimmed == "null" && o.null {
		return json.RawMessage(trimmed), true
	}
	t := o.typ
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	isList := t.Kind() == reflect.Slice && (t.Elem().Kind() == reflect.String || t.Elem() == prefixType)
	switch {
	case t == durationType:
		return quoted(trimmed), true
	case t.Kind() == reflect.String:
		return quoted(value), true
	case isList && !strings.HasPrefix(trimmed, "["):
		var list []string
		for one := range strings.SplitSeq(value, ",") {
			if one = strings.TrimSpace(one); one != "" {
				list = append(list, one)
			}
		}
		return quoted(list), list != nil
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Map:
		return json.RawMessage(trimmed), json.Valid([]byte(trimmed))
	case json.Valid([]byte(trimmed)):
		return json.RawMessage(trimmed), true
	}
	return quoted(value), true // which its type refuses
}

// variableOf returns the variable of an option: words begin at capitals.
func variableOf(path string) string {
	var b strings.Builder
	b.WriteString(variablePrefix)
	small := false
	for _, c := range path {
		switch {
		case c == '.':
			c, small = '_', false
		case unicode.IsUpper(c):
			if small {
				b.WriteByte('_')
			}
			small = false
		default:
			small = true
		}
		b.WriteRune(unicode.ToUpper(c))
	}
	return b.String()
}

// serviceLink tells whether Kubernetes has made the variable for a service: it
// makes SIDEKICK_PORT and others for one named sidekick.
func serviceLink(name, value string) bool {
	return strings.HasPrefix(name, variablePrefix) && (linkValue.MatchString(value) || linkName.MatchString(name))
}

var (
	linkValue = regexp.MustCompile(`^(tcp|udp|sctp)://`)
	linkName  = regexp.MustCompile(`_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$`)
)
