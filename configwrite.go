package sidekick

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
)

// MarshalJSON writes every option that has a place in JSON, so that
// [Config.UnmarshalJSON] reads the same again. The keys of the fingerprint
// cookie are not among them.
func (c Config) MarshalJSON() ([]byte, error) {
	return appendJSON(nil, reflect.ValueOf(c))
}

// appendJSON writes a value as the reader reads it.
func appendJSON(b []byte, v reflect.Value) ([]byte, error) {
	switch t := v.Type(); {
	case t == routesType:
		return appendRoutes(b, v.Interface().(dispatch.Routes))
	case t == durationType:
		return strconv.AppendQuote(b, time.Duration(v.Int()).String()), nil
	case t == portType:
		if n, err := strconv.ParseUint(v.String(), 10, 16); err == nil && strconv.FormatUint(n, 10) == v.String() {
			return append(b, v.String()...), nil
		}
	case t == reflect.TypeFor[URLPath]() && v.Len() == 0:
		return append(b, "null"...), nil
	case isGroup(t):
		b = append(b, '{')
		for i, f := range jsonFields(t) {
			value := v.Field(f.index)
			if value.Kind() == reflect.Pointer && value.IsNil() {
				continue
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = append(strconv.AppendQuote(b, f.name), ':')
			var err error
			if b, err = appendJSON(b, value); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case t.Kind() == reflect.Slice:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendJSON(b, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case t.Kind() == reflect.Map && v.IsNil():
		return append(b, "{}"...), nil
	}
	text, err := json.Marshal(v.Interface())
	return append(b, text...), err
}

// appendRoutes writes routes by method. Where that would change which of two is
// tried first, a route for all is written once for each method.
func appendRoutes(b []byte, routes dispatch.Routes) ([]byte, error) {
	var order []string
	by := map[string]dispatch.Routes{}
	group := func(split bool) (kept bool) {
		order, by, kept = nil, map[string]dispatch.Routes{}, true
		all, last := false, ""
		for _, r := range routes {
			method := strings.ToLower(r.Method)
			all = all || method == "all"
			each := []string{method}
			if split && method == "all" {
				each = methods()
			}
			for _, m := range each {
				if by[m] == nil {
					order = append(order, m)
				} else if m != last {
					kept = false
				}
				by[m] = append(by[m], r)
				last = m
			}
		}
		return kept || !all
	}
	if !group(false) {
		group(true)
	}
	b = append(b, '{')
	for i, m := range order {
		if i > 0 {
			b = append(b, ',')
		}
		list, err := json.Marshal([]dispatch.Route(by[m]))
		if err != nil {
			return nil, err
		}
		name, _ := json.Marshal(m)
		b = append(append(append(b, name...), ':'), list...)
	}
	return append(b, '}'), nil
}
