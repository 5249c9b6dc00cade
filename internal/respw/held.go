package respw

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// held is a header as it was when the handler had completed it, for a piece that
// sends it later. The handler has the map meanwhile and may change it; that the
// map is still the same is looked at only when the header is sent, which is
// cheaper than a copy of the map and nearly always so.
type held struct {
	fields *[]heldField // nil before and after
	late   http.Header  // what the handler made of the map; nil if it is the same
}

// heldField is one field with its values, which others may change in their place.
type heldField struct {
	name  string
	first string
	rest  []string // the other values
	empty bool     // it has no value at all: net/http then leaves it out
}

var heldFields = sync.Pool{New: func() any { s := make([]heldField, 0, 16); return &s }}

// take notes the header.
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

// restore makes h what take noted, and keeps what it was in late.
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

// same tells whether h is what take noted.
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

// putBack makes h again what the handler had made of it: its trailers are there.
func (k *held) putBack(h http.Header) {
	if k.late != nil {
		clear(h)
		maps.Copy(h, k.late)
		k.late = nil
	}
}
