package typed

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/errcode"
)

// longestQuote is how much of a client's value an error message quotes.
const longestQuote = 64

// These are the codes of a [Failure].
const (
	CodeRequired = errcode.ParamRequired
	CodeType     = errcode.ParamType
	CodeValue    = errcode.ParamValue
	CodeRange    = errcode.ParamRange
	CodeLength   = errcode.ParamLength
	CodeItems    = errcode.ParamItems
	CodePattern  = errcode.ParamPattern
	CodeEnum     = errcode.ParamEnum
)

// Failure is a value that its parameter does not accept.
type Failure struct {
	Name string // with the members and elements that lead to it: "lines[0].sku"
	Code string
	Want string // what is expected, to follow "must be"
	Got  string // what was sent, in the client's terms
	// Min and Max are the bounds that a number, a length or a count violates; "" for none.
	Min, Max string
}

// Report gathers the problems of one request's parameters.
type Report struct {
	Missing []string
	Failed  []Failure
}

func (r *Report) fail(name, code, want, got string) {
	r.Failed = append(r.Failed, Failure{Name: name, Code: code, Want: want, Got: got})
}

// bound adds the bounds to the last failure.
func (r *Report) bound(least, most string) {
	f := &r.Failed[len(r.Failed)-1]
	f.Min, f.Max = least, most
}

// KindOf names the kind of a value for the client.
func KindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return "something else"
	}
}

// Describe describes a value to the client that sent it.
func Describe(value any) string {
	switch v := value.(type) {
	case string:
		return Quote(v)
	case json.Number:
		return clip.Text(v.String(), longestQuote)
	case bool, int, int64, int32, uint64, float64:
		return fmt.Sprint(v)
	}
	if isFile(value) {
		return "a file"
	}
	return KindOf(value)
}

// Quote quotes a client's value, shortened for error messages.
func Quote(s string) string { return strconv.Quote(clip.Text(s, longestQuote)) }
