// Package envelope renders responses in one JSON form: the members of the result, the error if
// there is one, and, if enabled, two blocks of metadata about the server and the request.
//
//	{
//	  "hello": "world",
//	  "serverInformation": {"serverName": "…", "apiVersion": "…", "requestDuration": 14, "currentTime": 1700000000000},
//	  "requesterInformation": {"id": "…", "fingerprint": "…", "messageId": "…", "remoteIP": "…", "RequestsRemaining": 9, "receivedParams": {…}}
//	}
//
// [Options.ServerInformation] and [Options.RequesterInformation] enable the blocks.
// RequestsRemaining is present if a rate limit applies.
//
// The simplest use is [New] with zero [Options], and [Envelope.Render] where a handler would
// otherwise encode JSON. [Envelope.Handler] converts the responses of an existing JSON handler to
// the same form.
//
// A response is completely encoded before any header is sent. So a value that cannot be encoded is
// answered with a complete 500, and every response has its Content-Length.
//
// # Errors
//
// An error chooses its status by a method StatusCode() int, found with errors.As; only 400 to 599
// count. Its method ClientMessage() string or ClientValue() any returns what the client may see;
// [Error] has all three. Every other error is shown as a fixed message with the message id under
// which it was logged, unless [Options.ExposeErrors] is set.
//
// Such an error may also have a code for programs, ErrorCode() string in snake case. Without one
// the code is the status in words, such as not_found. [ErrorOptions.Details] sends the code and
// what is wrong with each parameter. [ErrorOptions.Texts] and [ErrorOptions.Translate] replace
// and translate messages by their code. An error that is not meant for clients always has the
// code internal_error, even if it has a method ErrorCode.
//
// # What is logged
//
// Every error is logged once, by the piece that answers it; an enclosing envelope or
// middleware/recovery does not log it again. The record has the attributes method, path (escaped
// as it was sent), status, action and version if known, messageId, error (the text with all
// causes, including those hidden from clients), and for panics the stack. The level is error for
// statuses of 500 and above and for every error that is not meant for clients, otherwise debug.
//
// A client that leaves is not an error. If the request's context was cancelled for that reason
// (not by a timeout, and without a cause), an error that wraps context.Canceled is answered with
// status 499, for metrics, and logged at level debug. Any other error is treated as usual: it may
// be the reason why the client left.
//
// # Codes
//
// These are the codes of Sidekick's own errors, with the placeholders that their messages may
// contain.
//
//   - internal_error {id}, the generic error.
//   - Actions: unknown_action, connection_type_blocked, too_many_pending,
//     shutting_down, timeout, method_not_allowed,
//     files_not_accepted {fields} {accepted}, action_not_runnable,
//     actions_too_deep, path_malformed, url_too_long, header_too_large,
//     too_many_connections, host_malformed, host_not_allowed.
//   - Queries and bodies: query_malformed {reason},
//     content_type_malformed {reason}, body_malformed {reason},
//     body_too_large {limit}, body_too_slow, too_many_params {what} {limit},
//     unsupported_charset {charset}, unsupported_coding {coding} {accepted}.
//   - All parameters of a request: params_missing, params_invalid. The message
//     joins the messages of the single parameters.
//   - One parameter: required {param} {expected}, invalid_type {param} {expected},
//     invalid_value {param} {expected},
//     out_of_range {param} {expected} {min} {max},
//     invalid_length {param} {expected} {min} {max},
//     invalid_count {param} {expected} {min} {max},
//     pattern_mismatch {param} {expected}, not_in_enum {param} {expected},
//     too_many_items {param} {expected} {min} {max},
//     nested_too_deeply {param} {expected} {min} {max},
//     invalid_json {param} {expected}, invalid_param {param} {expected} for
//     the error of a formatter or validator that has no code, and more_params {max} for
//     the note that there are more problems than are listed.
//   - Uploads: upload_type_not_accepted, file_empty {field},
//     file_too_large {field} {limit}, files_too_large {limit},
//     fields_too_large {limit}, too_many_fields {limit}, too_many_files {limit},
//     part_header_too_large {limit}, upload_busy, store_failed, store_full.
//   - Proxied requests: upstream_unreachable, upstream_timeout,
//     upstream_loop.
//   - Rate limits: rate_limited, rate_limit_unavailable.
//   - Idempotency keys: idempotency_key_missing, idempotency_key_invalid,
//     idempotency_key_reused, idempotency_request_at_work,
//     idempotency_unavailable.
//   - Resumable uploads: tus_version, tus_malformed, tus_forbidden, tus_not_found,
//     tus_method, tus_offset, tus_too_large, tus_type, tus_locked, tus_checksum,
//     tus_busy, tus_staging.
//   - Others: callback_invalid, and file_not_found, which the assembled server
//     sends for missing files.
//
// # Limits
//
// Maps, lists of any, and structs in them may nest 1000 levels deep. Values that encoding/json
// must encode, such as types that contain themselves, may nest as deep as it allows. Strings that
// are not valid UTF-8 are refused everywhere.
//
// # Security
//
// The envelope does not set X-Content-Type-Options: nosniff, because browsers do not reinterpret
// JSON. If a policy requires the field, middleware/headers adds it to every response.
//
// # Reserved names
//
// The envelope owns the names error, serverInformation and requesterInformation, and with
// [ErrorOptions.Details] errorCode and errorParams. Members of a result with these names are left
// out, so that data cannot be mistaken for metadata.
//
// # Differences from Actionhero
//
// The blocks of metadata are off by default. An error cannot choose a status from 100 to 399. A
// result that cannot be encoded is a 500, where it ended Actionhero's process. Responses with an
// error have Cache-Control: no-store. The id in requesterInformation consists of the fingerprint
// and the message id.
package envelope
