package typed

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"unicode"
)

// field is one field of a struct as encoding/json sees it.
type field struct {
	reflect.StructField
	name      string
	index     []int
	tagged    bool // a tag gives the name
	quoted    bool // `json:",string"`
	omitEmpty bool
	omitZero  bool
}

// fieldsOf returns the fields that encoding/json would fill: those of the struct, and those of
// the structs that it embeds without a name. Of several fields with one name the least nested
// wins, then the tagged one; if there are still several, none counts. It fails for embedded
// pointers that cannot be filled.
func fieldsOf(t reflect.Type) ([]field, error) { return visibleFields(t, true) }

// encodedFields returns the fields that encoding/json would write.
func encodedFields(t reflect.Type) []field {
	fields, _ := visibleFields(t, false) // only filling can fail
	return fields
}

func visibleFields(t reflect.Type, fill bool) ([]field, error) {
	type level struct {
		typ   reflect.Type
		index []int
	}
	var all []field
	visited := map[reflect.Type]bool{}
	for next := []level{{typ: t}}; len(next) > 0; {
		current := next
		next = nil
		times := map[reflect.Type]int{}
		for _, l := range current {
			times[l.typ]++
		}
		for _, l := range current {
			if visited[l.typ] {
				continue
			}
			visited[l.typ] = true
			for i := range l.typ.NumField() {
				f := l.typ.Field(i)
				index := append(slices.Clone(l.index), i)
				one, embedded, err := fieldOf(f, index, fill)
				switch {
				case err != nil:
					return nil, err
				case embedded != nil:
					next = append(next, level{embedded, index})
				case one != nil:
					all = append(all, *one)
					if times[l.typ] > 1 {
						all = append(all, *one) // a duplicate, so that neither counts
					}
				}
			}
		}
	}
	return dominant(all), nil
}

// fieldOf reads one field. embedded is the struct whose fields replace the field. Both results
// are nil for a field that is left out.
func fieldOf(f reflect.StructField, index []int, fill bool) (_ *field, embedded reflect.Type, _ error) {
	t := f.Type
	if f.Anonymous && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if f.Anonymous {
		if !f.IsExported() && t.Kind() != reflect.Struct {
			return nil, nil, nil
		}
	} else if !f.IsExported() {
		return nil, nil, nil
	}
	tag := f.Tag.Get("json")
	if tag == "-" {
		return nil, nil, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	if !validName(name) {
		name = ""
	}
	if f.Anonymous && name == "" && t.Kind() == reflect.Struct {
		if fill && isUpload(t) {
			return nil, nil, fmt.Errorf("field %s: %w, as a field with a name", f.Name, errUnfilled(f.Type))
		}
		if fill && f.Type.Kind() == reflect.Pointer && !f.IsExported() {
			return nil, nil, errUnexported(f)
		}
		return nil, t, nil
	}
	if fill && !f.IsExported() && f.Type.Kind() == reflect.Pointer {
		return nil, nil, errUnexported(f)
	}
	has := func(option string) bool { return slices.Contains(strings.Split(options, ","), option) }
	return &field{
		StructField: f, name: cmp.Or(name, f.Name), index: index, tagged: name != "",
		quoted: has("string") && canQuote(f.Type), omitEmpty: has("omitempty"), omitZero: has("omitzero"),
	}, nil, nil
}

func errUnexported(f reflect.StructField) error {
	return fmt.Errorf("field %s: an embedded pointer to a struct that is not exported cannot be filled: embed the struct itself, or export it", f.Name)
}

// canQuote reports whether encoding/json applies the option "string" to a type.
func canQuote(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64, reflect.Uintptr,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

// validName reports whether encoding/json accepts a name in a tag.
func validName(s string) bool {
	for _, c := range s {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return s != ""
}

// dominant keeps one field of each name, in the order of the struct.
func dominant(all []field) []field {
	byName := map[string][]field{}
	for _, f := range all {
		byName[f.name] = append(byName[f.name], f)
	}
	var out []field
	for _, fs := range byName {
		sort.SliceStable(fs, func(i, j int) bool {
			if a, b := len(fs[i].index), len(fs[j].index); a != b {
				return a < b
			}
			return fs[i].tagged && !fs[j].tagged
		})
		if len(fs) == 1 || len(fs[0].index) != len(fs[1].index) || fs[0].tagged != fs[1].tagged {
			out = append(out, fs[0])
		}
	}
	sort.Slice(out, func(i, j int) bool { return slices.Compare(out[i].index, out[j].index) < 0 })
	return out
}
