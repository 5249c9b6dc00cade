// Package config reads the options of a struct from JSON and environment variables, and writes
// them again. It knows no option by name: it derives names, types and accepted values from the
// struct's fields, so that each option is declared only once.
//
// # Names
//
// The field MaxAge of a struct in the field Static is the option static.maxAge and the variable
// PREFIX_STATIC_MAX_AGE. Fields that are structs are groups of options. A pointer to a struct
// that begins with a blank field (_ struct{}), as all Options here do, is a part, which is off if
// it is nil. Values that cannot be written as text (functions, interfaces, loggers) can only be
// set in Go. Unexported and embedded fields are skipped.
//
// A tag changes what is derived:
//
//	config:"from=x"     takes its value from the option x, so that it cannot be set
//	config:"secret"     from the environment only, and never shown
//	config:"password"   a URL whose password is not shown; it is not written with one
//	config:"fold"       a map whose keys ignore case
//	config:"by"         in a struct that is an element of a list: the list can also
//	                    be written as an object with a list for each value of this
//	                    field
//
// # Values
//
// Booleans and numbers are written as in JSON, and numbers are exact; times are strings such as
// "30s"; a type with UnmarshalText reads strings and numbers itself. null is the zero value,
// which is the documented default. Lists replace existing ones, maps are merged key by key.
//
// # Libraries
//
// Three libraries were tried on the same input. mapstructure (v2.5.0) decodes from maps, which
// have already lost repeated keys and the positions of values; it would replace about 60 lines,
// while names, suggestions, origins, variables and writing would remain. koanf (v2.4.1) reads
// numbers as float64, which changes 9007199254740993, converts strings to booleans, and does not
// record origins. env (caarlos0, v11.4.2) reports all problems at once, but by the names of
// fields instead of variables, and ignores unknown variables. Each would be a dependency for the
// smaller part of the work, so none is used.
package config
