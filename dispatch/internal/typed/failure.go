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

// MostProblems is how many problems of one request are reported. Each element of a list may have
// one, so that without a limit a response could be many times as long as its request.
const MostProblems = 100

// Report gathers the problems of one request's parameters, at most [MostProblems].
type Report struct {
	Missing []string
	Failed  []Failure
	// More is set at the first problem that is not in the report. The rest of the parameters
	// need not be looked at then.
	More bool
}

// Miss notes a missing parameter.
func (r *Report) Miss(name string) {
	if r.hasRoom() {
		r.Missing = append(r.Missing, name)
	}
}

func (r *Report) fail(f Failure) {
	if r.hasRoom() {
		r.Failed = append(r.Failed, f)
	}
}

func (r *Report) hasRoom() bool {
	r.More = r.More || len(r.Missing)+len(r.Failed) >= MostProblems
	return !r.More
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
