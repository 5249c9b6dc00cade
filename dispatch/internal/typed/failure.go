package typed

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/errcode"
)

// longestQuote is how much of what a client sent an error line can bear.
const longestQuote = 64

// The codes of a [Failure].
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

// Failure is a value that its parameter does not take.
type Failure struct {
	Name string // with the members and elements above it: "lines[0].sku"
	Code string
	Want string // what is expected, to be read behind "must be"
	Got  string // what was sent, as the client may read it
	// Min and Max are the bounds of a number, a length or a count that was out
	// of them; "" where there is none.
	Min, Max string
}

// Report gathers what is wrong with the parameters of one request.
type Report struct {
	Missing []string
	Failed  []Failure
}

func (r *Report) fail(name, code, want, got string) {
	r.Failed = append(r.Failed, Failure{Name: name, Code: code, Want: want, Got: got})
}

// bound notes the bounds that the last failure is about.
func (r *Report) bound(least, most string) {
	f := &r.Failed[len(r.Failed)-1]
	f.Min, f.Max = least, most
}

// KindOf names the kind of a value for the person who sent it.
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

// Describe tells the person who sent a value what it was.
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

// Quote quotes what a client sent, cut to what an error line can bear.
func Quote(s string) string { return strconv.Quote(clip.Text(s, longestQuote)) }
