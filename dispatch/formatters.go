package dispatch

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// kindError is a value of another kind than its input takes. It reads as the
// end of a sentence that begins with the input's name.
type kindError struct{ want, got string }

func (e *kindError) Error() string { return "must be " + e.want + ", got " + e.got }

// ToString is a [Formatter] that makes text of a text, number or bool.
func ToString(_ context.Context, value any) (any, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	default:
		return nil, &kindError{want: "text", got: kindOf(value)}
	}
}

// ToInt is a [Formatter] that makes an int64 of a whole number or of the text
// of one. Numbers are refused where int64 cannot hold them exactly.
func ToInt(_ context.Context, value any) (any, error) {
	var text string
	switch v := value.(type) {
	case int:
		return int64(v), nil
	case int64:
		return v, nil
	case float64:
		if v != math.Trunc(v) || math.Abs(v) >= 1<<63 {
			return nil, &kindError{want: "a whole number", got: strconv.FormatFloat(v, 'g', -1, 64)}
		}
		return int64(v), nil
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return nil, &kindError{want: "a whole number", got: kindOf(value)}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, &kindError{want: "a whole number", got: clipped(text)}
	}
	return n, nil
}

// ToFloat is a [Formatter] that makes a finite float64 of a number or of the
// decimal text of one.
func ToFloat(_ context.Context, value any) (any, error) {
	var text string
	switch v := value.(type) {
	case int:
		return float64(v), nil
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return nil, &kindError{want: "a number", got: kindOf(value)}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(text, "xX_") {
		return nil, &kindError{want: "a number", got: clipped(text)}
	}
	return f, nil
}

// ToBool is a [Formatter] that makes a bool of true, false, 1 and 0, as JSON or
// as text.
func ToBool(_ context.Context, value any) (any, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case string:
		switch v {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
		return nil, &kindError{want: "true or false", got: clipped(v)}
	case json.Number:
		switch v {
		case "1":
			return true, nil
		case "0":
			return false, nil
		}
		return nil, &kindError{want: "true or false", got: clipped(v.String())}
	default:
		return nil, &kindError{want: "true or false", got: kindOf(value)}
	}
}

// kindOf names the kind of a value for the person who sent it.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case json.Number, int, int64, float64:
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

// clipped quotes what a client sent, cut to what an error line can bear.
func clipped(s string) string {
	const most = 64
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}
