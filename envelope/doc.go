// Package envelope renders answers in one JSON form: the result's own members,
// the error if there is one, and two blocks of metadata about the server and
// the request.
//
//	{
//	  "hello": "world",
//	  "serverInformation": {"serverName": "…", "apiVersion": "…", "requestDuration": 14, "currentTime": 1700000000000},
//	  "requesterInformation": {"id": "…", "fingerprint": "…", "messageId": "…", "remoteIP": "…", "receivedParams": {…}}
//	}
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
// Every other error is logged in full and shown as a fixed text with the id
// under which it was logged, unless [Options.ExposeErrors] is set.
//
// # Reserved names
//
// error, serverInformation and requesterInformation are the envelope's: members
// of a result that bear these names are left out, so that data cannot pose as
// metadata.
//
// # Differences from Actionhero
//
// Statuses 100 to 399 are not taken from an error. A result that cannot be
// encoded is a 500 where it ended the whole process. Answers with an error are
// sent with Cache-Control: no-store. The id in requesterInformation is the
// fingerprint and the message id.
package envelope
