// Package notation says how options are written: the names of Go's fields in JSON and in the
// environment, which types can be written, and their values other than lists and objects. It has
// a readable form for types from the standard library that have none of their own.
package notation

import (
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
)

// Notation is how the values of one type are written.
type Notation struct {
	Want  string // what is accepted, as an error says it
	Read  func(string) (any, error)
	Write func(any) string
}

// Of returns the notation of a type, if it has one here.
func Of(t reflect.Type) (n Notation, ok bool) {
	n, ok = all[t]
	return n, ok
}

var all = map[reflect.Type]Notation{
	reflect.TypeFor[time.Duration](): {
		Want:  `want a time such as "30s", "1m30s" or "500ms"`,
		Read:  func(s string) (any, error) { return time.ParseDuration(s) },
		Write: func(v any) string { return fmt.Sprint(v) },
	},
	reflect.TypeFor[netip.Prefix](): {
		Want: `want a network such as "10.0.0.0/8", an address, "loopback", "private", or a file that lists networks, by a path that begins with / or ./`,
		Read: func(s string) (any, error) {
			if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
				return a.Prefix(a.BitLen())
			}
			return netip.ParsePrefix(s)
		},
		Write: func(v any) string { return fmt.Sprint(v) },
	},
	reflect.TypeFor[[]byte](): {
		Want:  "want a string",
		Read:  func(s string) (any, error) { return []byte(s), nil },
		Write: func(v any) string { return string(v.([]byte)) },
	},
	reflect.TypeFor[http.SameSite](): {
		Want: `want "lax", "strict", "none" or "default"`,
		Read: func(s string) (any, error) {
			if i := slices.Index(sameSites, strings.ToLower(s)); i > 0 {
				return http.SameSite(i), nil
			}
			return nil, errors.ErrUnsupported
		},
		Write: func(v any) string { return sameSites[max(0, min(int(v.(http.SameSite)), len(sameSites)-1))] },
	},
	reflect.TypeFor[fs.FileMode](): {
		Want: `want permissions in octal digits, such as "0644"`,
		Read: func(s string) (any, error) {
			n, err := strconv.ParseUint(s, 8, 9)
			return fs.FileMode(n), err
		},
		Write: func(v any) string { return fmt.Sprintf("%#o", uint32(v.(fs.FileMode))) },
	},
}

// sameSites is in the order of http.SameSite.
var sameSites = []string{"", "default", "lax", "strict", "none"}
