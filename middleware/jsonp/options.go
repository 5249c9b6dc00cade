package jsonp

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

const defaultCallbackParam = "callback"

// Options configures a [Wrapper]. The zero value is usable.
type Options struct {
	_ struct{}

	// Param is the query parameter that names the function to call. It consists of
	// letters, digits, "_" and "-". "" means "callback".
	Param string

	// Delimiter separates the parameters of a query. "" means "&".
	Delimiter string

	// PlainNames refuses callbacks with dots or brackets, so that only functions in
	// the page's global scope can be called.
	PlainNames bool

	// DangerouslyAllowGlobals lists names that callbacks may start with although
	// browsers define them for every page, such as "find" for a page with its own
	// function of that name. If the page has none, anybody can call the browser's.
	// nil allows none.
	DangerouslyAllowGlobals []string

	// StatusOK sends 200 instead of a JSON response's status of 400 or more: a
	// browser does not run a script with such a status, so the page would never see
	// the error. Such a response gets no-store if it has no Cache-Control. By default
	// the status is kept, as in Actionhero.
	StatusOK bool

	// Attachment adds Content-Disposition: attachment; filename="f.txt" to wrapped
	// responses. Scripts still run, but somebody who follows a link to the URL gets a
	// harmless text file, whatever the URL's path looks like.
	Attachment bool

	// Skip, if set, is called before each GET and HEAD; if it returns true, the
	// callback is neither checked nor used. It must be safe for concurrent use.
	Skip func(*http.Request) bool

	// ErrorHandler answers if a callback is refused; err is a [*CallbackError]. nil
	// means status 400 and {"error": "..."} as JSON.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
// Functions that are nil stay nil.
func (o Options) WithDefaults() Options {
	o.Param = cmp.Or(o.Param, defaultCallbackParam)
	o.Delimiter = cmp.Or(o.Delimiter, "&")
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	problems := cfgerr.For("jsonp")
	for i := range len(o.Param) {
		if c := o.Param[i]; c != '_' && c != '-' && !isDigit(c) && (c|0x20 < 'a' || 'z' < c|0x20) {
			problems.Add("Param", o.Param, `want letters, digits, "_" and "-" only`)
			break
		}
	}
	for i, name := range o.DangerouslyAllowGlobals {
		if !isBrowserGlobal(name) {
			problems.Add(fmt.Sprintf("DangerouslyAllowGlobals[%d]", i), name, "no browser defines it, so it needs no permission")
		}
	}
	return problems.Err()
}
