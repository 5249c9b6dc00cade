// Package envelope renders answers in one JSON form: the result's own members,
// the error if there is one, and by choice two blocks of metadata about the
// server and the request.
//
//	{
//	  "hello": "world",
//	  "serverInformation": {"serverName": "…", "apiVersion": "…", "requestDuration": 14, "currentTime": 1700000000000},
//	  "requesterInformation": {"id": "…", "fingerprint": "…", "messageId": "…", "remoteIP": "…", "RequestsRemaining": 9, "receivedParams": {…}}
//	}
//
// [Options.ServerInformation] and [Options.RequesterInformation] switch the
// blocks on. RequestsRemaining is there where the requests of clients are
// limited.
//
// The smallest use is [New] with zero [Options] and [Envelope.Render] where a
// handler would encode JSON itself. [Envelope.Handler] puts the answers of an
// existing JSON handler into the same form.
//
// An answer is encoded whole before any header is sent, so that a value that
// cannot be encoded is a clean 500, and is written once, with its length.
//
// # Errors
//
// An error chooses its status by a method StatusCode() int, found with
// errors.As; only 400 to 599 are taken. What a client may read of it is what
// ClientMessage() string or ClientValue() any gives; [Error] has all three.
// Every other error is shown as a fixed text with the message id under which it
// was logged, unless [Options.ExposeErrors] is set.
//
// An error of that kind may have a code for programs, ErrorCode() string in snake
// case, beside its text; without one it is the status in words, as not_found. The
// code and what is wrong with each param are sent where [ErrorOptions.Details] is
// on, and texts are replaced and translated by code: [ErrorOptions.Texts],
// [ErrorOptions.Translate]. An error that is not made to be shown has the code
// internal_error, whatever it says itself.
//
// # What is logged
//
// Every error is logged once, by the piece that answers it; an envelope or
// middleware/recovery around that piece does not log it again. The record has the
// attributes method, path (escaped as it was sent), status, action and version
// where they are known, messageId, error (the text with all causes, those that
// clients do not see included), and of panics the stack. Its level is error for
// statuses from 500 on and for every error that was not made to be shown,
// otherwise debug.
//
// A client that has left is no error: where the context of its request has ended
// for that reason (not by a timeout, and not with a cause) an error that wraps
// context.Canceled is answered with status 499, for metrics, and logged at level
// debug. Any other error stays what it is: it may be why the client did not wait.
//
// # Codes
//
// These are the codes of the product's own errors, each with the placeholders that
// a text for it may have.
//
//   - internal_error {id}, the generic error.
//   - Actions: unknown_action, connection_type_blocked, too_many_pending,
//     shutting_down, timeout, method_not_allowed,
//     files_not_accepted {fields} {accepted}, action_not_runnable,
//     actions_too_deep, path_malformed, url_too_long, header_too_large,
//     too_many_connections.
//   - Queries and bodies: query_malformed {reason},
//     content_type_malformed {reason}, body_malformed {reason},
//     body_too_large {limit}, body_too_slow, too_many_params {what} {limit},
//     unsupported_charset {charset}, unsupported_coding {coding} {accepted}.
//   - All params of a request: params_missing, params_invalid. The text is that
//     of each, one after the other.
//   - One param: required {param} {expected}, invalid_type {param} {expected},
//     invalid_value {param} {expected},
//     out_of_range {param} {expected} {min} {max},
//     invalid_length {param} {expected} {min} {max},
//     invalid_count {param} {expected} {min} {max},
//     pattern_mismatch {param} {expected}, not_in_enum {param} {expected},
//     too_many_items {param} {expected} {min} {max},
//     nested_too_deeply {param} {expected} {min} {max},
//     invalid_json {param} {expected}, and invalid_param {param} {expected} for
//     what a formatter or validator says that has no code.
//   - Uploads: upload_type_not_accepted, file_empty {field},
//     file_too_large {field} {limit}, files_too_large {limit},
//     fields_too_large {limit}, too_many_fields {limit}, too_many_files {limit},
//     part_header_too_large {limit}, upload_busy, store_failed, store_full.
//   - Requests that are passed on: upstream_unreachable, upstream_timeout,
//     upstream_loop.
//   - Rate limits: rate_limited, rate_limit_unavailable.
//   - Others: callback_invalid, and file_not_found, which the assembled server
//     sends for files.
//
// # Limits
//
// Maps and lists of any nest at most 1000 levels deep, as do structs in them; what
// encoding/json has to encode, such as a type that contains itself, goes as deep
// as that takes it. Text that is not valid UTF-8 is refused wherever it stands.
//
// # Security
//
// Answers do not say X-Content-Type-Options: nosniff by themselves: their type is
// JSON, which browsers take for nothing else. Where a policy asks for the field,
// middleware/headers sets it on everything.
//
// # Reserved names
//
// error, serverInformation and requesterInformation are the envelope's, and with
// [ErrorOptions.Details] errorCode and errorParams: members of a result that bear
// these names are left out, so that data cannot pose as metadata.
//
// # Differences from Actionhero
//
// The blocks of metadata are off by default. Statuses 100 to 399 are not taken
// from an error. A result that cannot be
// encoded is a 500 where it ended the whole process. Answers with an error are
// sent with Cache-Control: no-store. The id in requesterInformation is the
// fingerprint and the message id.
package envelope
