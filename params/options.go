package params

import (
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// ConfigError is one problem of the options of this package. [New] joins all of
// them; errors.As finds the first.
type ConfigError = cfgerr.Error

// The defaults of [Options].
const (
	defaultDepth          = 5
	defaultArrayLimit     = 20
	defaultListLimit      = 1000
	defaultParameterLimit = 1000
	defaultMaxFields      = 1000
	defaultMaxBodyBytes   = 20 << 20
	defaultJSONDepth      = 64
	defaultJSONKeys       = 500_000
	defaultJSONItems      = 1_000_000

	largestDepth = 1000 // what is nested deeper is a burden to whoever walks it
)

// Options configures a [Parser]. The zero value is safe to use: every limit is
// finite. Of a limit, 0 means the default, and there is no unlimited but a
// large number; where a negative value has a meaning, the field says so.
type Options struct {
	_ struct{}

	// Query says how queries are read.
	Query QueryOptions

	// JSON says how JSON bodies are read.
	JSON JSONOptions

	// MaxBodyBytes limits a JSON or urlencoded body; by default 20 MiB. Past
	// it the request is refused with 413. Uploads have limits of their own.
	MaxBodyBytes int64

	// MaxFields limits the fields of an urlencoded body; by default 1000. Past
	// it the request is refused with 400.
	MaxFields int

	// Multiples makes the value of every field whose name has no brackets a
	// list, also of a single one, and the same of files. By default the last
	// of a name counts. It does not concern queries.
	Multiples bool

	// SaveRawBody keeps the exact bytes of the body for [Set.RawBody], and
	// leaves them in the request's Body for the handler to read again: for
	// bodies of every type, uploads included, and also when they could not be
	// parsed. They are held in memory.
	SaveRawBody bool

	// MaxRawBodyBytes limits what SaveRawBody keeps; by default as
	// MaxBodyBytes. A longer body is refused with 413, uploads included.
	MaxRawBodyBytes int64

	// DecodeGzip accepts bodies of Content-Encoding gzip. By default they are
	// refused with 415, as those of every other encoding always are.
	DecodeGzip bool

	// DangerouslyAllowNUL lets the character U+0000 through. By default names
	// and values that have one are refused with 400, so that it reaches no
	// file name, header or C library.
	DangerouslyAllowNUL bool

	// Upload parses multipart and octet-stream bodies. By default it is a
	// parser with the default options.
	Upload *upload.Parser

	// ShowExcerpt shows the text around the byte for which a query, an
	// urlencoded or a JSON body was refused, to the client and in logs: for
	// development.
	ShowExcerpt bool

	// ErrorHandler answers for [Parser.Handler] when a request is refused. By
	// default the answer is {"error": text} as JSON, with the error's status
	// and the text that it has for clients.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger receives why [Parser.Handler] refused a request, unless
	// ErrorHandler has an envelope answer it, which logs it itself: at level
	// error where the server failed (a store, say), and at level debug where the
	// client did; and what could not be cleaned up. The status in the record is
	// that of the error. nil means [slog.Default], as it is at that moment;
	// slog.DiscardHandler silences it.
	Logger *slog.Logger
}

// QueryOptions are the options of node's qs of the same names. Depth,
// ArrayLimit and AllowDots are those of the names in forms too.
type QueryOptions struct {
	_ struct{}

	// Depth is how many groups of brackets nest; by default 5, at most 1000.
	// The rest of the name stays literal. Negative: none nests.
	Depth int

	// ArrayLimit is the most elements that a list may have, however they are
	// written, and the first index that is too high for one; by default 20.
	// What would be larger is an object. Negative: there are no lists. It is
	// for what nobody has declared: see [Set.Shape].
	ArrayLimit int

	// ListLimit is the most elements that a list may have where one is declared,
	// in a query or a form; by default 1000. One more is refused with 422. Lists
	// in JSON bodies are bounded by [JSONOptions.MaxItems].
	ListLimit int

	// ParameterLimit is how many values a query may have, each between two
	// commas counted; by default 1000. One more is refused with 400.
	ParameterLimit int

	// AllowDots makes a.b nest as a[b] does.
	AllowDots bool

	// Comma makes a=1,2 a list. It is not for forms, where a comma is text.
	Comma bool

	// Delimiter stands between two parameters; by default "&". It must have
	// none of the characters = [ ] % + and is not for forms.
	Delimiter string
}

// JSONOptions limits JSON bodies. Past a limit they are refused with 400.
type JSONOptions struct {
	_ struct{}

	// MaxDepth is how deep arrays and objects may nest; by default 64, at most
	// 1000.
	MaxDepth int

	// MaxKeys limits the members of all objects of a body together; by default
	// 500,000.
	MaxKeys int

	// MaxItems limits the elements of all arrays of a body together; by default
	// 1,000,000.
	MaxItems int

	// Types are further media types whose bodies are read as JSON, such as
	// application/csp-report. The package comment lists those that are without
	// it.
	Types []string

	// RefuseDuplicateKeys refuses objects that have two members of one name.
	// By default the last one counts.
	RefuseDuplicateKeys bool
}

// settings are checked options with the defaults filled in.
type settings struct {
	Options
	query qs.Options
	form  qs.Options // of urlencoded bodies
	parts qs.Options // of multipart fields, which are counted already
}

func (o Options) settings() (settings, error) {
	problems := cfgerr.For("params")
	s := settings{Options: o}

	s.Query.Depth = limit(problems, "Query.Depth", o.Query.Depth, defaultDepth, largestDepth, true)
	s.Query.ArrayLimit = limit(problems, "Query.ArrayLimit", o.Query.ArrayLimit, defaultArrayLimit, 0, true)
	s.Query.ListLimit = limit(problems, "Query.ListLimit", o.Query.ListLimit, defaultListLimit, 0, false)
	s.Query.ParameterLimit = limit(problems, "Query.ParameterLimit", o.Query.ParameterLimit, defaultParameterLimit, 0, false)
	if strings.ContainsAny(o.Query.Delimiter, "=[]%+") {
		problems.Add("Query.Delimiter", o.Query.Delimiter, "want none of = [ ] %% +")
	}
	s.JSON.MaxDepth = limit(problems, "JSON.MaxDepth", o.JSON.MaxDepth, defaultJSONDepth, largestDepth, false)
	s.JSON.MaxKeys = limit(problems, "JSON.MaxKeys", o.JSON.MaxKeys, defaultJSONKeys, 0, false)
	s.JSON.MaxItems = limit(problems, "JSON.MaxItems", o.JSON.MaxItems, defaultJSONItems, 0, false)
	s.MaxFields = limit(problems, "MaxFields", o.MaxFields, defaultMaxFields, 0, false)
	s.MaxBodyBytes = limit(problems, "MaxBodyBytes", o.MaxBodyBytes, defaultMaxBodyBytes, 0, false)
	s.MaxRawBodyBytes = limit(problems, "MaxRawBodyBytes", o.MaxRawBodyBytes, s.MaxBodyBytes, 0, false)

	s.query = qs.Options{
		Depth: s.Query.Depth, ArrayLimit: s.Query.ArrayLimit, ParameterLimit: s.Query.ParameterLimit,
		AllowDots: s.Query.AllowDots, Comma: s.Query.Comma, Delimiter: s.Query.Delimiter,
		AllowNUL: o.DangerouslyAllowNUL,
	}
	s.parts = qs.Options{
		Depth: s.Query.Depth, ArrayLimit: s.Query.ArrayLimit, AllowDots: s.Query.AllowDots,
		Duplicates: qs.Last, AllowNUL: o.DangerouslyAllowNUL,
	}
	if o.Multiples {
		s.parts.Duplicates, s.parts.Lists = qs.Combine, true
	}
	s.form = s.parts
	s.form.ParameterLimit = s.MaxFields

	if o.Upload == nil {
		parser, err := upload.New(upload.Options{Store: upload.NewLazyDirStore(upload.DirStoreOptions{Logger: o.Logger})})
		problems.Join(err)
		s.Upload = parser
	}
	s.JSON.Types = make([]string, len(o.JSON.Types))
	for i, given := range o.JSON.Types {
		t, parameters, err := mime.ParseMediaType(given)
		if s.JSON.Types[i] = t; err != nil || len(parameters) > 0 || !strings.Contains(t, "/") {
			problems.Add(fmt.Sprintf("JSON.Types[%d]", i), given, "want a media type without parameters, as application/csp-report")
		}
	}
	s.Logger = failure.Logger(o.Logger)
	return s, problems.Err()
}

// limit resolves a limit and notes one that is not accepted. Where a negative
// value has a meaning it is none at all; most is 0 where there is no upper end.
func limit[T int | int64](problems *cfgerr.List, field string, v, fallback, most T, negative bool) T {
	switch {
	case v == 0:
		return fallback
	case v < 0 && negative:
		return 0
	case v < 0:
		problems.Add(field, v, "want a positive number, or 0 for %d", fallback)
	case most > 0 && v > most:
		problems.Add(field, v, "want at most %d", most)
	}
	return v
}
