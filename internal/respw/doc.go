// Package respw is the wrapper that all pieces put around a response writer.
//
// A [Writer] stands between a handler and the response below it. A [Piece] controls
// it: when the handler has chosen its status, and the header is complete, the piece
// decides whether the body passes unchanged or through the piece. What the handler
// sets in the header after that has no effect except for trailers, as in net/http,
// even if the piece sends the header later: see [Writer.Open].
//
// The handler gets a face of the Writer, which has the same optional methods as the
// response below; see [Writer.Face].
//
// A [Tap] is a Writer for pieces that only observe, or change the header: all of
// them share one.
package respw
