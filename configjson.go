package sidekick

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"net/textproto"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/clip"
)

// UnmarshalJSON reads options over those that c has. It is strict: unknown and
// repeated keys, values of another type and numbers that do not fit are errors,
// all reported at once, each a [ConfigError] with the path of its key, such as
// fingerprintOptions.settings.expires; c is then left as it was.
//
// Times are text such as "30s" or "1m30s". Lists take the place of what was
// there; httpHeaders are put over it, name by name. null means none where the
// option says so, and is an error elsewhere: leave the key out for the default.
// A network may be written as an address. Unlike in Actionhero the file is JSON
// and not a program, and certificates are named and not contained.
func (c *Config) UnmarshalJSON(data []byte) error {
	if !json.Valid(data) || !utf8.Valid(data) {
		return errors.New("sidekick: want JSON, in UTF-8")
	}
	next := *c
	r := reader{}
	r.object("", reflect.ValueOf(&next).Elem(), bytes.TrimSpace(data))
	if err := errors.Join(r.bad...); err != nil {
		return err
	}
	*c = next
	return nil
}

// Settings lists the options by their path, such as formOptions.maxFields, with
// their values in JSON, in the order of Config. Those that have no place in JSON
// are left out.
func (c Config) Settings() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		v := reflect.ValueOf(c)
		for _, o := range options(v.Type(), "", nil) {
			text, err := appendJSON(nil, v.FieldByIndex(o.index))
			if err != nil {
				text = []byte(err.Error())
			}
			if !yield(o.path, string(text)) {
				return
			}
		}
	}
}

// option is one that holds a value, and not others.
type option struct {
	path  string
	index []int
	typ   reflect.Type
	null  bool // null means none
}

func options(t reflect.Type, path string, index []int) []option {
	var out []option
	for _, f := range jsonFields(t) {
		p, i := join(path, f.name), append(slices.Clone(index), f.index)
		if isGroup(f.typ) {
			out = append(out, options(f.typ, p, i)...)
		} else {
			out = append(out, option{p, i, f.typ, f.null})
		}
	}
	return out
}

// field is a field of a struct that has a name in JSON.
type field struct {
	name  string
	index int
	typ   reflect.Type
	null  bool
}

func jsonFields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		out = append(out, field{name, i, f.Type, f.Tag.Get("null") != ""})
	}
	return out
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	portType     = reflect.TypeFor[Port]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
	routesType   = reflect.TypeFor[dispatch.Routes]()
)

func isGroup(t reflect.Type) bool { return t.Kind() == reflect.Struct && t != prefixType }

// wanted says what a type accepts.
func wanted(t reflect.Type) string {
	switch t {
	case durationType:
		return `want a time such as "30s", "1m30s" or "500ms"`
	case portType:
		return wantPort
	case prefixType:
		return `want a network such as "10.0.0.0/8", or an address`
	case routesType:
		return `want an object with lists of routes by method, such as {"get": [{"path": "/users/:id", "action": "user"}]}`
	}
	switch t.Kind() {
	case reflect.Bool:
		return "want true or false"
	case reflect.Int, reflect.Int64:
		return "want a whole number"
	case reflect.String:
		return "want text"
	case reflect.Interface:
		return "want text or a number"
	case reflect.Map:
		return "want an object of texts, or null for what shall not be there"
	case reflect.Slice:
		return "want a list, in brackets"
	case reflect.Pointer:
		return wanted(t.Elem())
	}
	return "want an object"
}

// reader reads JSON into options and gathers what is wrong with it.
type reader struct {
	from    string  // where the text is from, for errors and origins; "" is nowhere special
	origins Origins // where each option was set from, if that is asked for
	bad     []error
}

func (r *reader) add(path string, value any, format string, args ...any) {
	var err error = &cfgerr.Error{Package: "sidekick", Field: path, Value: value, Reason: fmt.Sprintf(format, args...)}
	if r.from != "" {
		err = fmt.Errorf("%s: %w", r.from, err)
	}
	r.bad = append(r.bad, err)
}

// refuse reports a value that does not fit.
func (r *reader) refuse(path string, raw json.RawMessage, reason string) {
	r.add(path, shown(raw), "%s", reason)
}

// shown is JSON as an error shows it: text as text, the rest as it stands.
func shown(raw json.RawMessage) any {
	var s string
	if json.Unmarshal(raw, &s) == nil && len(raw) > 0 && raw[0] == '"' {
		return s
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	if b.Len() > 60 {
		return json.Number(strings.ToValidUTF8(b.String()[:60], "") + "…")
	}
	return json.Number(b.String())
}

// object reads the members of a struct.
func (r *reader) object(path string, v reflect.Value, raw json.RawMessage) {
	members, ok := r.members(path, raw)
	if !ok {
		r.refuse(path, raw, "want an object")
		return
	}
	known := jsonFields(v.Type())
	for _, m := range members {
		p := join(path, m.key)
		i := slices.IndexFunc(known, func(f field) bool { return f.name == m.key })
		if i < 0 {
			r.unknown(path, m.key, known)
			continue
		}
		f, before := known[i], len(r.bad)
		if isGroup(f.typ) {
			r.object(p, v.Field(f.index), m.raw)
			continue
		}
		r.value(p, v.Field(f.index), m.raw, f.null)
		if _, ok := r.origins[p]; ok && len(r.bad) == before {
			r.origins[p] = r.from
		}
	}
}

// value reads one value. What does not fit is reported and v left alone.
func (r *reader) value(path string, v reflect.Value, raw json.RawMessage, null bool) {
	t := v.Type()
	if string(raw) == "null" {
		if null {
			v.SetZero()
		} else {
			r.add(path, nil, "null means nothing here: leave it out for the default; %s", wanted(t))
		}
		return
	}
	refuse := func() {
		reason := wanted(t)
		if null {
			reason += ", or null for none"
		}
		r.refuse(path, raw, reason)
	}
	text, isText := shown(raw).(string)
	switch {
	case t == routesType:
		r.routes(path, v, raw)
	case t == durationType:
		d, err := time.ParseDuration(text)
		if err != nil || !isText {
			refuse()
			return
		}
		v.SetInt(int64(d))
	case t == portType && !isText:
		n, err := strconv.ParseUint(string(raw), 10, 16)
		if err != nil {
			refuse()
			return
		}
		v.SetString(strconv.FormatUint(n, 10))
	case t == prefixType:
		p, ok := parsePrefix(text)
		if !ok || !isText {
			refuse()
			return
		}
		v.Set(reflect.ValueOf(p))
	case isGroup(t):
		r.object(path, v, raw)
	case t.Kind() == reflect.String:
		if !isText {
			refuse()
			return
		}
		v.SetString(text)
	case t.Kind() == reflect.Bool:
		if s := string(raw); s != "true" && s != "false" {
			refuse()
			return
		}
		v.SetBool(raw[0] == 't')
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		n, err := strconv.ParseInt(string(raw), 10, t.Bits())
		if err != nil {
			refuse()
			return
		}
		v.SetInt(n)
	case t.Kind() == reflect.Interface:
		// An action's version.
		switch {
		case isText:
			v.Set(reflect.ValueOf(text))
		case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
			v.Set(reflect.ValueOf(json.Number(raw)))
		default:
			refuse()
		}
	case t.Kind() == reflect.Pointer:
		p := reflect.New(t.Elem())
		before := len(r.bad)
		if r.value(path, p.Elem(), raw, null); len(r.bad) == before {
			v.Set(p)
		}
	case t.Kind() == reflect.Slice:
		r.list(path, v, raw)
	case t.Kind() == reflect.Map:
		r.texts(path, v, raw)
	}
}

// list reads a list into a new slice; the empty list is nil.
func (r *reader) list(path string, v reflect.Value, raw json.RawMessage) {
	var elements []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		r.refuse(path, raw, wanted(v.Type()))
		return
	}
	before := len(r.bad)
	out := reflect.Zero(v.Type())
	for i, e := range elements {
		one := reflect.New(v.Type().Elem()).Elem()
		r.value(fmt.Sprintf("%s[%d]", path, i), one, e, false)
		out = reflect.Append(out, one)
	}
	if len(r.bad) == before {
		v.Set(out)
	}
}

// texts reads header fields over those that are there. Names are the same in
// upper and lower case.
func (r *reader) texts(path string, v reflect.Value, raw json.RawMessage) {
	members, ok := r.members(path, raw)
	if !ok {
		r.refuse(path, raw, wanted(v.Type()))
		return
	}
	out := map[string]*string{}
	maps.Copy(out, v.Interface().(map[string]*string))
	seen := map[string]bool{}
	before := len(r.bad)
	for _, m := range members {
		canonical := textproto.CanonicalMIMEHeaderKey(m.key)
		if seen[canonical] {
			r.add(join(path, m.key), nil, "given twice: names are the same in upper and lower case")
			continue
		}
		seen[canonical] = true
		maps.DeleteFunc(out, func(name string, _ *string) bool { return textproto.CanonicalMIMEHeaderKey(name) == canonical })
		if string(m.raw) == "null" {
			out[m.key] = nil
			continue
		}
		text, ok := shown(m.raw).(string)
		if !ok {
			r.refuse(join(path, m.key), m.raw, "want text, or null for what shall not be there")
			continue
		}
		out[m.key] = &text
	}
	if len(r.bad) == before {
		v.Set(reflect.ValueOf(out))
	}
}

// routes reads lists of routes by method. dispatch.Routes reads the same, but
// ends at the first problem.
func (r *reader) routes(path string, v reflect.Value, raw json.RawMessage) {
	members, ok := r.members(path, raw)
	if !ok {
		r.refuse(path, raw, wanted(routesType))
		return
	}
	before := len(r.bad)
	var out dispatch.Routes
	for _, m := range members {
		p := join(path, m.key)
		if !slices.Contains(append(methods(), "all"), strings.ToLower(m.key)) {
			r.add(p, nil, "unknown method: want head, get, post, put, patch, delete or all")
			continue
		}
		var elements []json.RawMessage
		if m.raw[0] != '[' || json.Unmarshal(m.raw, &elements) != nil {
			r.refuse(p, m.raw, "want a list of routes")
			continue
		}
		for i, e := range elements {
			route := dispatch.Route{Method: m.key}
			r.object(fmt.Sprintf("%s[%d]", p, i), reflect.ValueOf(&route).Elem(), e)
			out = append(out, route)
		}
	}
	if len(r.bad) == before {
		v.Set(reflect.ValueOf(out))
	}
}

type member struct {
	key string
	raw json.RawMessage
}

// members returns the members of an object in order. Of one that is given twice
// the first counts, and the other is reported.
func (r *reader) members(path string, raw json.RawMessage) (out []member, ok bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, false
		}
		m := member{key: t.(string)}
		if err := d.Decode(&m.raw); err != nil {
			return nil, false
		}
		if seen[m.key] {
			r.add(join(path, m.key), nil, "given twice")
			continue
		}
		seen[m.key] = true
		out = append(out, m)
	}
	return out, true
}

// join returns the path of a member; a key that is no plain name is quoted.
func join(path, key string) string {
	plain := key != "" && len(key) <= 100
	for _, c := range key {
		plain = plain && (c == '-' || c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')
	}
	if !plain {
		key = strconv.Quote(clip.Text(key, 100))
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func parsePrefix(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func methods() []string { return []string{"head", "get", "post", "put", "patch", "delete"} }
