package params

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/mediatype"
	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// ConfigError is one problem of the options of this package. [New] joins all of them; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// The defaults of [Options].
const (
	defaultDepth          = 5
	defaultArrayLimit     = 20
	defaultListLimit      = 1000
	defaultParameterLimit = 1000
	defaultDelimiter      = "&"
	defaultMaxFields      = 1000
	defaultMaxBodyBytes   = 20 << 20
	defaultJSONDepth      = 64
	defaultJSONKeys       = 500_000
	defaultJSONItems      = 1_000_000

	largestDepth = 1000 // deeper values burden the code that walks them
)

// Options configures a [Parser]. The zero value is safe to use: every limit is finite. For every
// limit, 0 means the default. To lift a limit, set a large number; negative values are
// accepted only where the field says so.
type Options struct {
	_ struct{}

	// Query controls how queries are read.
	Query QueryOptions

	// JSON controls how JSON bodies are read.
	JSON JSONOptions

	// MaxBodyBytes limits a JSON or urlencoded body; by default 20 MiB. A longer one is refused
	// with 413. Uploads have their own limits.
	MaxBodyBytes int64

	// MaxFields limits the fields of an urlencoded body; by default 1000. More are refused with
	// 400.
	MaxFields int

	// Multiples makes every form field whose name has no brackets a list, even with a single
	// value, and files likewise. By default the last value of a name counts. It does not affect
	// queries.
	Multiples bool

	// SaveRawBody keeps the exact bytes of the body for [Set.RawBody], and leaves them in the
	// request's Body for the handler to read again. This applies to bodies of every type,
	// including uploads and those that could not be parsed. They are held in memory. Without it,
	// [Parser.Handler] leaves JSON and urlencoded bodies to be read again, and nothing of uploads.
	SaveRawBody bool

	// MaxRawBodyBytes limits what SaveRawBody keeps; the default is MaxBodyBytes. A longer body
	// is refused with 413, uploads included.
	MaxRawBodyBytes int64

	// DecodeGzip accepts bodies with Content-Encoding gzip. By default they are refused with 415.
	// Every other encoding is always refused.
	DecodeGzip bool

	// DangerouslyAllowNUL accepts the character U+0000. By default names and values that contain
	// it are refused with 400, so that it reaches no file name, header or C library.
	DangerouslyAllowNUL bool

	// Upload parses multipart and octet-stream bodies. The default is a parser with the default
	// options.
	Upload *upload.Parser

	// ShowExcerpt shows the client and the logs the text around the byte that made a query, an
	// urlencoded or a JSON body invalid. Use it in development: the text may be part of a secret.
	// A dispatcher leaves it out if the query or the body has the name of a hidden parameter.
	ShowExcerpt bool

	// ErrorHandler answers a request that [Parser.Handler] refuses. By default the response is
	// {"error": text} as JSON, with the error's status and its message for clients.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger logs why [Parser.Handler] refused a request, with the error's status: at level error
	// if the server failed (for example a store), at level debug if the client did. It logs
	// nothing if ErrorHandler passes the error to an envelope, which logs it itself. It also logs
	// files that could not be removed. nil means [slog.Default] at the time of logging;
	// slog.DiscardHandler silences it.
	Logger *slog.Logger
}

// QueryOptions are the options of node's qs with the same names. Depth, ArrayLimit and AllowDots
// also apply to names in forms.
type QueryOptions struct {
	_ struct{}

	// Depth is how many groups of brackets nest; by default 5, at most 1000. The rest of the name
	// stays literal. A negative value means that none nests.
	Depth int

	// ArrayLimit is the maximum number of elements of an undeclared list, in whatever notation,
	// and the first index that is too high for one; by default 20. Anything larger becomes an
	// object. A negative value means that there are no lists. For declared lists see [Set.Shape].
	ArrayLimit int

	// ListLimit is the maximum number of elements of a declared list in a query or a form; by
	// default 1000. A longer list is refused with 422. Lists in JSON bodies are limited by
	// [JSONOptions.MaxItems].
	ListLimit int

	// ParameterLimit is how many values a query may have, counting each value between commas; by
	// default 1000. More are refused with 400.
	ParameterLimit int

	// AllowDots makes a.b nest like a[b].
	AllowDots bool

	// Comma makes a=1,2 a list. It does not apply to forms.
	Comma bool

	// Delimiter separates parameters; by default "&". It must not contain any of = [ ] % + and
	// does not apply to forms.
	Delimiter string
}

// JSONOptions limits JSON bodies. Bodies beyond a limit are refused with 400.
type JSONOptions struct {
	_ struct{}

	// MaxDepth is how deep arrays and objects may nest; by default 64, at most 1000.
	MaxDepth int

	// MaxKeys limits the total number of members of all objects in a body; by default 500,000.
	MaxKeys int

	// MaxItems limits the total number of elements of all arrays in a body; by default 1,000,000.
	MaxItems int

	// Types are further media types to be read as JSON, such as application/csp-report. The
	// package comment lists the built-in ones.
	Types []string

	// RefuseDuplicateKeys refuses objects with two members of the same name. By default the last
	// one counts.
	RefuseDuplicateKeys bool
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
// MaxRawBodyBytes follows MaxBodyBytes. Upload, ErrorHandler and Logger stay nil if they are: New
// makes those.
func (o Options) WithDefaults() Options {
	o.Query.Depth = cmp.Or(o.Query.Depth, defaultDepth)
	o.Query.ArrayLimit = cmp.Or(o.Query.ArrayLimit, defaultArrayLimit)
	o.Query.ListLimit = cmp.Or(o.Query.ListLimit, defaultListLimit)
	o.Query.ParameterLimit = cmp.Or(o.Query.ParameterLimit, defaultParameterLimit)
	o.Query.Delimiter = cmp.Or(o.Query.Delimiter, defaultDelimiter)
	o.JSON.MaxDepth = cmp.Or(o.JSON.MaxDepth, defaultJSONDepth)
	o.JSON.MaxKeys = cmp.Or(o.JSON.MaxKeys, defaultJSONKeys)
	o.JSON.MaxItems = cmp.Or(o.JSON.MaxItems, defaultJSONItems)
	o.MaxFields = cmp.Or(o.MaxFields, defaultMaxFields)
	o.MaxBodyBytes = cmp.Or(o.MaxBodyBytes, defaultMaxBodyBytes)
	o.MaxRawBodyBytes = cmp.Or(o.MaxRawBodyBytes, max(o.MaxBodyBytes, 1)) // one less than 1 is reported only once
	return o
}

// check reports the problems of options whose defaults are filled in.
func (o Options) check(problems *cfgerr.List) {
	limit := func(field string, v, fallback, most int64) {
		switch {
		case v < 0:
			problems.Add(field, v, "want a positive number, or 0 for %d", max(fallback, 1))
		case most > 0 && v > most:
			problems.Add(field, v, "want at most %d", most)
		}
	}
	limit("Query.Depth", max(0, int64(o.Query.Depth)), defaultDepth, largestDepth)
	limit("Query.ListLimit", int64(o.Query.ListLimit), defaultListLimit, 0)
	limit("Query.ParameterLimit", int64(o.Query.ParameterLimit), defaultParameterLimit, 0)
	if strings.ContainsAny(o.Query.Delimiter, "=[]%+") {
		problems.Add("Query.Delimiter", o.Query.Delimiter, "want none of = [ ] %% +")
	}
	limit("JSON.MaxDepth", int64(o.JSON.MaxDepth), defaultJSONDepth, largestDepth)
	limit("JSON.MaxKeys", int64(o.JSON.MaxKeys), defaultJSONKeys, 0)
	limit("JSON.MaxItems", int64(o.JSON.MaxItems), defaultJSONItems, 0)
	limit("MaxFields", int64(o.MaxFields), defaultMaxFields, 0)
	limit("MaxBodyBytes", o.MaxBodyBytes, defaultMaxBodyBytes, 0)
	limit("MaxRawBodyBytes", o.MaxRawBodyBytes, o.MaxBodyBytes, 0)
}

// settings are checked options, with what is made from them.
type settings struct {
	Options
	query qs.Options
	form  qs.Options // of urlencoded bodies
	parts qs.Options // of multipart fields, which the upload parser has counted
}

// compile checks options whose defaults are filled in, and makes what they lead to.
func (o Options) compile() (settings, error) {
	problems := cfgerr.For("params")
	o.check(problems)
	s := settings{Options: o}
	// For qs no limit is negative.
	s.Query.Depth, s.Query.ArrayLimit = max(0, o.Query.Depth), max(0, o.Query.ArrayLimit)
	s.query = qs.Options{
		Depth: s.Query.Depth, ArrayLimit: s.Query.ArrayLimit, ParameterLimit: s.Query.ParameterLimit,
		AllowDots: s.Query.AllowDots, Comma: s.Query.Comma, Delimiter: s.Query.Delimiter,
		AllowNUL: o.DangerouslyAllowNUL,
	}
	if s.query.Delimiter == defaultDelimiter {
		s.query.Delimiter = "" // means the same, and is faster
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
		t, parameters, err := mediatype.Parse(given)
		if s.JSON.Types[i] = t; err != nil || len(parameters) > 0 || !strings.Contains(t, "/") {
			problems.Add(fmt.Sprintf("JSON.Types[%d]", i), given, "want a media type without parameters, such as application/csp-report")
		}
	}
	s.Logger = failure.Logger(o.Logger)
	return s, problems.Err()
}
