package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/jsontree"
)

// form is the notation of a type of the standard library without a readable text form. Without
// write it is written as fmt prints it.
type form struct {
	want  string
	read  func(string) (any, error)
	write func(any) string
}

var forms = map[reflect.Type]form{
	reflect.TypeFor[time.Duration](): {
		want: `want a time such as "30s", "1m30s" or "500ms"`,
		read: func(s string) (any, error) { return time.ParseDuration(s) },
	},
	reflect.TypeFor[netip.Prefix](): {
		want: `want a network such as "10.0.0.0/8", an address, or the name of a list`,
		read: func(s string) (any, error) {
			if a, err := netip.ParseAddr(s); err == nil {
				return a.Prefix(a.BitLen()) // an error for a zone
			}
			return netip.ParsePrefix(s)
		},
	},
	reflect.TypeFor[http.SameSite](): {
		want: `want "lax", "strict", "none" or "default"`,
		read: func(s string) (any, error) {
			if i := slices.Index(sameSites, strings.ToLower(s)); i > 0 {
				return http.SameSite(i), nil
			}
			return nil, errors.ErrUnsupported
		},
		write: func(v any) string { return sameSites[max(0, min(int(v.(http.SameSite)), len(sameSites)-1))] },
	},
	reflect.TypeFor[fs.FileMode](): {
		want: `want permissions in octal digits, such as "0644"`,
		read: func(s string) (any, error) {
			n, err := strconv.ParseUint(s, 8, 9)
			return fs.FileMode(n), err
		},
		write: func(v any) string { return fmt.Sprintf("%#o", uint32(v.(fs.FileMode))) },
	},
}

// sameSites is in the order of http.SameSite.
var sameSites = []string{"", "default", "lax", "strict", "none"}

var (
	anyType   = reflect.TypeFor[any]()
	bytesType = reflect.TypeFor[[]byte]()
	readsText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// readsItself reports whether a type is read from a string.
func readsItself(t reflect.Type) bool {
	_, ok := forms[t]
	return ok || t == bytesType || reflect.PointerTo(t).Implements(readsText)
}

// isPlain reports whether a value of the type can be written completely as text.
func isPlain(t reflect.Type, depth int) bool {
	const deep = 8 // types may contain themselves
	switch k := t.Kind(); {
	case depth > deep:
		return false
	case readsItself(t), t == anyType, k >= reflect.Bool && k <= reflect.Float64 && k != reflect.Uintptr, k == reflect.String:
		return true
	case k == reflect.Slice:
		return isPlain(t.Elem(), depth+1)
	case k == reflect.Map:
		return t.Key().Kind() == reflect.String && isPlain(t.Elem(), depth+1)
	case k == reflect.Struct:
		fields := 0
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Tag.Get("config") != "-" {
				if fields++; !isPlain(f.Type, depth+1) {
					return false
				}
			}
		}
		return fields > 0
	}
	return false
}

// wanted describes what a type accepts.
func wanted(t reflect.Type) string {
	switch k := t.Kind(); {
	case forms[t].want != "":
		return forms[t].want
	case t == anyType:
		return "want a string or a number"
	case readsItself(t), k == reflect.String:
		return "want a string"
	case k == reflect.Bool:
		return "want true or false"
	case k >= reflect.Int && k <= reflect.Int64:
		return "want a whole number"
	case k >= reflect.Uint && k <= reflect.Uint64:
		return "want a whole number that is not negative"
	case k == reflect.Float32, k == reflect.Float64:
		return "want a number"
	case k == reflect.Slice:
		return "want a list, in brackets"
	}
	return "want an object"
}

// setScalar sets v to a value other than a list or object. reason says why it cannot; "" means
// success.
func setScalar(v reflect.Value, x jsontree.Node) (reason string) {
	t := v.Type()
	text, isText := x.Scalar.(string)
	_, isNumber := x.Scalar.(json.Number)
	var value any
	var err error
	switch f, std := forms[t]; {
	case std && isText:
		value, err = f.read(text)
	case t == bytesType && isText:
		value = []byte(text)
	case t == anyType && (isText || isNumber):
		value = x.Scalar
	case !std && t != bytesType && t != anyType:
		fresh := reflect.New(t)
		err = json.Unmarshal(x.Raw, fresh.Interface())
		value = fresh.Elem().Interface()
	}
	var mismatch *json.UnmarshalTypeError
	switch {
	case value == nil, err != nil && (forms[t].want != "" || errors.As(err, &mismatch)):
		return wanted(t)
	case err != nil:
		return err.Error()
	}
	v.Set(reflect.ValueOf(value))
	return ""
}

// appendScalar writes a value in the form that setScalar reads.
func appendScalar(b []byte, v reflect.Value) ([]byte, error) {
	value := v.Interface()
	switch f, std := forms[v.Type()]; {
	case std && f.write != nil:
		value = f.write(value)
	case std:
		value = fmt.Sprint(value)
	case v.Type() == bytesType:
		value = string(v.Bytes())
	}
	text := bytes.NewBuffer(b)
	e := json.NewEncoder(text)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimRight(text.Bytes(), "\n"), err
}

// quoted returns a string as JSON.
func quoted(s string) []byte {
	b, _ := appendScalar(nil, reflect.ValueOf(s)) // encoding a string cannot fail
	return b
}
