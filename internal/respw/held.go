package respw

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// held is a header as the handler had completed it, for a piece that sends it
// later. In the meantime the handler has the map and may change it. Whether it has
// done so, which is rare, is checked only when the header is sent, since that is
// cheaper than copying the map.
type held struct {
	fields *[]heldField // nil before and after
	late   http.Header  // what the handler made of the map; nil if unchanged
}

// heldField is one field with its values, which may be changed in place.
type heldField struct {
	name  string
	first string
	rest  []string // the other values
	empty bool     // it has no values: net/http then leaves it out
}

var heldFields = sync.Pool{New: func() any { s := make([]heldField, 0, 16); return &s }}

// take records the header.
func (k *held) take(h http.Header) {
	k.fields = heldFields.Get().(*[]heldField)
	for name, values := range h {
		f := heldField{name: name, empty: len(values) == 0}
		if !f.empty {
			f.first = values[0]
		}
		if len(values) > 1 {
			f.rest = slices.Clone(values[1:])
		}
		*k.fields = append(*k.fields, f)
	}
}

// restore makes h what take recorded, and keeps what it was in late.
func (k *held) restore(h http.Header) {
	if k.fields == nil {
		return
	}
	if !k.same(h) {
		k.late = maps.Clone(h)
		clear(h)
		for _, f := range *k.fields {
			h[f.name] = nil
			if !f.empty {
				h[f.name] = append([]string{f.first}, f.rest...)
			}
		}
		for name, values := range k.late {
			if strings.HasPrefix(name, http.TrailerPrefix) {
				h[name] = values
			}
		}
	}
	clear(*k.fields) // keep no header alive
	*k.fields = (*k.fields)[:0]
	heldFields.Put(k.fields)
	k.fields = nil
}

// same reports whether h is what take recorded.
func (k *held) same(h http.Header) bool {
	if len(h) != len(*k.fields) {
		return false
	}
	for _, f := range *k.fields {
		values, ok := h[f.name]
		if !ok || f.empty != (len(values) == 0) {
			return false
		}
		if !f.empty && (values[0] != f.first || !slices.Equal(values[1:], f.rest)) {
			return false
		}
	}
	return true
}

// putBack restores what the handler had made of h, which has its trailers.
func (k *held) putBack(h http.Header) {
	if k.late != nil {
		clear(h)
		maps.Copy(h, k.late)
		k.late = nil
	}
}
