// Package typed fills Go structs with parameters.
//
// [Of] reads a struct type once. The result knows the shape of each parameter and the JSON schema
// of all of them, and fills structs ([Inputs.Bind]). Types behave as in encoding/json: its names,
// its rules for embedded structs, json.Unmarshaler and encoding.TextUnmarshaler, base64 for
// []byte, integer keys of maps. In addition every type accepts strings, as queries and forms send
// them.
package typed
