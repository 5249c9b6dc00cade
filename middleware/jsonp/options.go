package jsonp

import "net/http"

// Options configures a [Wrapper]. The zero value is usable.
type Options struct {
	_ struct{}

	// Param is the query param that names the function to call, made of letters,
	// digits, "_" and "-". "" means "callback".
	Param string

	// Delimiter stands between two params of a query. "" means "&".
	Delimiter string

	// PlainNames refuses callbacks with dots or brackets, so that only functions
	// of the page's global scope can be called.
	PlainNames bool

	// DangerouslyAllowGlobals are names that browsers define for every page and that
	// callbacks may start at nevertheless, such as "find" for a page that has a
	// function of that name in its place. Where the page has none, anybody can call
	// the browser's. nil allows none.
	DangerouslyAllowGlobals []string

	// StatusOK answers with 200 where a JSON answer has a status from 400 on: a
	// browser does not run a script that comes with such a status, so that a
	// page would never see the error in it. Without a Cache-Control of its own
	// such an answer gets no-store. Unlike Actionhero, which leaves the status,
	// as false does.
	StatusOK bool

	// Attachment adds Content-Disposition: attachment; filename="f.txt" to what
	// is wrapped. Scripts run all the same; but who follows a link to the URL
	// gets a harmless text file, whatever the URL's path looks like.
	Attachment bool

	// Skip, where it is set, is asked before each GET and HEAD; after a true
	// answer the callback is neither checked nor used. It must be safe for
	// concurrent use.
	Skip func(*http.Request) bool

	// ErrorHandler answers when a callback is refused; err is a [*CallbackError].
	// nil means status 400 and {"error": "..."} as JSON.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)
}
