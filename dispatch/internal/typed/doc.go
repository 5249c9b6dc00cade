// Package typed fills Go structs with parameters.
//
// [Of] reads a struct type once; what it returns knows the shape in which each
// parameter is to be collected, the JSON schema of them all, and how to fill a
// struct ([Inputs.Bind]). Types behave as they do for encoding/json: its names,
// its rules for embedded structs, json.Unmarshaler and encoding.TextUnmarshaler,
// base64 for []byte, integer keys of maps. Beyond that, strings are accepted for
// every type, as queries and forms send them.
package typed
