// Package config reads the options of a struct from JSON and from environment
// variables, and writes them again. It knows no option by name: names, types and
// what is accepted are derived from the struct's fields, so that an option is
// declared once, where it belongs.
//
// # Names
//
// A field MaxAge of a struct that is the field Static of the whole is the option
// static.maxAge and the variable PREFIX_STATIC_MAX_AGE. Fields that are structs
// are groups of options; a pointer to a struct that begins with a blank field
// (_ struct{}), as all Options here do, is a part that can be off, which is nil.
// What no text can say (functions, interfaces, loggers) is for Go alone.
// Unexported and embedded fields are skipped.
//
// A tag changes what is derived, with commas between several words:
//
//	config:"-"          for Go alone
//	config:"name=x"     another name in place of the derived one
//	config:"secret"     from the environment only, and never shown
//	config:"fold"       a map whose keys are the same in upper and lower case
//	config:"by"         in a struct that is an element of a list: the list can be
//	                    written as an object as well, with a list for each value
//	                    of this field
//
// # Values
//
// Booleans and numbers are those of JSON, numbers exact; times are strings such
// as "30s"; a type with UnmarshalText reads strings and numbers itself. null is
// the zero value, which is the documented default. Lists replace what was there,
// maps are put over it key by key.
//
// # Libraries
//
// Three were tried on the same input. mapstructure (v2.5.0) decodes from maps, in
// which repeated keys and the places of values are lost already; it would take
// the place of about 60 lines, and names, suggestions, origins, variables and
// writing would remain. koanf (v2.4.1) reads numbers as float64, which changes
// 9007199254740993, converts strings to booleans, and tells no origins. env
// (caarlos0, v11.4.2) reports all problems at once, but by the names of fields
// rather than variables, and is silent about unknown variables. Each would be
// a dependency for the smaller part of the work, so none is used.
package config
