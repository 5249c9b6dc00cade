// Package errcode lists the codes of Sidekick's own errors. Programs identify errors by these
// codes, and options replace messages by code.
package errcode

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// These are the codes. They never change; new ones may be added.
const (
	Internal = "internal_error"

	UnknownAction     = "unknown_action"
	BlockedConnection = "connection_type_blocked"
	TooManyPending    = "too_many_pending"
	ShuttingDown      = "shutting_down"
	Timeout           = "timeout"
	MethodNotAllowed  = "method_not_allowed"
	FilesNotAccepted  = "files_not_accepted"
	NotRunnable       = "action_not_runnable"
	TooDeep           = "actions_too_deep"
	PathMalformed     = "path_malformed"
	URLTooLong        = "url_too_long"
	HeaderTooLarge    = "header_too_large"
	TooManyConns      = "too_many_connections"
	HostMalformed     = "host_malformed"
	HostNotAllowed    = "host_not_allowed"

	QueryMalformed       = "query_malformed"
	ContentTypeMalformed = "content_type_malformed"
	BodyMalformed        = "body_malformed"
	BodyTooLarge         = "body_too_large"
	BodyTooSlow          = "body_too_slow"
	TooManyParams        = "too_many_params"
	UnsupportedCharset   = "unsupported_charset"
	UnsupportedCoding    = "unsupported_coding"

	ParamsMissing = "params_missing"
	ParamsInvalid = "params_invalid"

	ParamRequired = "required"
	ParamType     = "invalid_type"
	ParamValue    = "invalid_value"
	ParamRange    = "out_of_range"
	ParamLength   = "invalid_length"
	ParamItems    = "invalid_count"
	ParamPattern  = "pattern_mismatch"
	ParamEnum     = "not_in_enum"
	ParamInvalid  = "invalid_param"
	ParamTooMany  = "too_many_items"
	ParamTooDeep  = "nested_too_deeply"
	ParamJSON     = "invalid_json"
	ParamsMore    = "more_params"

	NotUpload          = "upload_type_not_accepted"
	FileEmpty          = "file_empty"
	FileTooLarge       = "file_too_large"
	FilesTooLarge      = "files_too_large"
	FieldsTooLarge     = "fields_too_large"
	TooManyFields      = "too_many_fields"
	TooManyFiles       = "too_many_files"
	PartHeaderTooLarge = "part_header_too_large"
	UploadBusy         = "upload_busy"
	StoreFailed        = "store_failed"
	StoreFull          = "store_full"

	CallbackInvalid = "callback_invalid"
	FileNotFound    = "file_not_found"

	RateLimited          = "rate_limited"
	RateLimitUnavailable = "rate_limit_unavailable"

	IdempotencyKeyMissing  = "idempotency_key_missing"
	IdempotencyKeyInvalid  = "idempotency_key_invalid"
	IdempotencyKeyReused   = "idempotency_key_reused"
	IdempotencyAtWork      = "idempotency_request_at_work"
	IdempotencyUnavailable = "idempotency_unavailable"

	TusVersion   = "tus_version"
	TusMalformed = "tus_malformed"
	TusForbidden = "tus_forbidden"
	TusNotFound  = "tus_not_found"
	TusMethod    = "tus_method"
	TusOffset    = "tus_offset"
	TusTooLarge  = "tus_too_large"
	TusType      = "tus_type"
	TusLocked    = "tus_locked"
	TusChecksum  = "tus_checksum"
	TusBusy      = "tus_busy"
	TusStaging   = "tus_staging"

	UpstreamUnreachable = "upstream_unreachable"
	UpstreamTimeout     = "upstream_timeout"
	UpstreamLoop        = "upstream_loop"
)

// Code is one of the codes.
type Code struct {
	Name string
	// Text is the default message, with placeholders. "" means that there is no single message.
	Text string
	// Args are the placeholders that a message may contain, without braces.
	Args []string
}

var (
	param   = []string{"param", "expected"}
	bounded = []string{"param", "expected", "min", "max"}
)

// known is in the order of the constants.
var known = []Code{
	{Internal, "The server experienced an internal error ({id})", []string{"id"}},

	{UnknownAction, "unknown action or invalid apiVersion", nil},
	{BlockedConnection, "this action does not support the web connection type", nil},
	{TooManyPending, "you have too many pending requests", nil},
	{ShuttingDown, "the server is shutting down", nil},
	{Timeout, "the action took too long", nil},
	{MethodNotAllowed, "this method is not allowed", nil},
	{FilesNotAccepted, "", []string{"fields", "accepted"}},
	{NotRunnable, "this action writes its response itself, so only a request can run it", nil},
	{TooDeep, "actions call each other too deeply", nil},
	{PathMalformed, "", nil},
	{URLTooLong, "the URL is too long", nil},
	{HeaderTooLarge, "too many header fields", nil},
	{TooManyConns, "the server cannot accept more connections", nil},
	{HostMalformed, "the host is missing, malformed or ambiguous", nil},
	{HostNotAllowed, "this server does not answer under that name", nil},

	{QueryMalformed, "The query cannot be read: {reason}.", []string{"reason"}},
	{ContentTypeMalformed, "The Content-Type cannot be read: {reason}.", []string{"reason"}},
	{BodyMalformed, "The body is {reason}.", []string{"reason"}},
	{BodyTooLarge, "The body is too large: at most {limit} bytes are accepted.", []string{"limit"}},
	{BodyTooSlow, "The body was sent too slowly.", nil},
	{TooManyParams, "There are too many {what}: at most {limit} are accepted.", []string{"what", "limit"}},
	{UnsupportedCharset, "The charset {charset} is not accepted: send UTF-8.", []string{"charset"}},
	{UnsupportedCoding, "The content coding {coding} is not accepted: send {accepted}.", []string{"coding", "accepted"}},

	{ParamsMissing, "", nil},
	{ParamsInvalid, "", nil},

	{ParamRequired, "{param} is a required parameter for this action", param},
	{ParamType, "", param},
	{ParamValue, "", param},
	{ParamRange, "", bounded},
	{ParamLength, "", bounded},
	{ParamItems, "", bounded},
	{ParamPattern, "", param},
	{ParamEnum, "", param},
	{ParamInvalid, "", param},
	{ParamTooMany, "", bounded},
	{ParamTooDeep, "", bounded},
	{ParamJSON, "", param},
	{ParamsMore, "more inputs are missing or invalid: only the first {max} are listed", []string{"max"}},

	{NotUpload, "", nil},
	{FileEmpty, "", []string{"field"}},
	{FileTooLarge, "", []string{"field", "limit"}},
	{FilesTooLarge, "", []string{"limit"}},
	{FieldsTooLarge, "", []string{"limit"}},
	{TooManyFields, "", []string{"limit"}},
	{TooManyFiles, "", []string{"limit"}},
	{PartHeaderTooLarge, "", []string{"limit"}},
	{UploadBusy, "", nil},
	{StoreFailed, "", nil},
	{StoreFull, "", nil},

	{CallbackInvalid, "", nil},
	{FileNotFound, "", nil},

	{RateLimited, "", nil},
	{RateLimitUnavailable, "", nil},

	{IdempotencyKeyMissing, "", nil},
	{IdempotencyKeyInvalid, "", nil},
	{IdempotencyKeyReused, "", nil},
	{IdempotencyAtWork, "", nil},
	{IdempotencyUnavailable, "", nil},

	{TusVersion, "", nil},
	{TusMalformed, "", nil},
	{TusForbidden, "", nil},
	{TusNotFound, "", nil},
	{TusMethod, "", nil},
	{TusOffset, "", nil},
	{TusTooLarge, "", nil},
	{TusType, "", nil},
	{TusLocked, "", nil},
	{TusChecksum, "", nil},
	{TusBusy, "", nil},
	{TusStaging, "", nil},

	{UpstreamUnreachable, "the server that answers this cannot be reached", nil},
	{UpstreamTimeout, "the server that answers this took too long", nil},
	{UpstreamLoop, "the server that answers this sends the request back", nil},
}

// Known returns all codes.
func Known() []Code { return slices.Clone(known) }

// Find returns the code with that name.
func Find(name string) (Code, bool) {
	i := slices.IndexFunc(known, func(c Code) bool { return c.Name == name })
	if i < 0 {
		return Code{}, false
	}
	return known[i], true
}

// Text returns the default message of a code.
func Text(name string, args map[string]string) string {
	c, _ := Find(name)
	return Expand(c.Text, args)
}

// Placeholders returns the placeholders of a text, without braces. They consist of lower case
// letters.
func Placeholders(text string) []string {
	var names []string
	for {
		_, name, rest, ok := cutPlaceholder(text)
		if !ok {
			return names
		}
		names = append(names, name)
		text = rest
	}
}

// Expand replaces placeholders by their values in args, or by nothing.
func Expand(text string, args map[string]string) string {
	var b strings.Builder
	for {
		before, name, rest, ok := cutPlaceholder(text)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString(args[name])
		text = rest
	}
}

// cutPlaceholder splits text at its first placeholder. A regular expression would be far slower.
func cutPlaceholder(text string) (before, name, rest string, ok bool) {
	for begin := 0; begin < len(text); begin++ {
		if text[begin] != '{' {
			continue
		}
		end := begin + 1
		for end < len(text) && 'a' <= text[end] && text[end] <= 'z' {
			end++
		}
		if end > begin+1 && end < len(text) && text[end] == '}' {
			return text[:begin], text[begin+1 : end], text[end+1:], true
		}
	}
	return text, "", "", false
}

// OfStatus returns the code of an error without its own: the status in words, such as not_found.
func OfStatus(status int) string {
	text := http.StatusText(status)
	switch {
	case status == http.StatusInternalServerError:
		return Internal
	case text == "":
		return "status_" + strconv.Itoa(status)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\'':
			return -1
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ' || r == '-':
			return '_'
		}
		return r
	}, text)
}
