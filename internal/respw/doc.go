// Package respw is what all pieces put around a response writer.
//
// A [Writer] stands between a handler and the response below it. A [Piece] tells
// it what to do: at the moment when the handler has chosen its status, and the
// header is complete, the piece decides whether the body passes as it is or
// through the piece. What the handler sets in the header after that moment
// changes nothing but trailers, as in net/http, even where the piece sends the
// header later: see [Writer.Open].
//
// The handler gets a face of the Writer, which has the optional methods that the
// response below has; see [Writer.Face].
//
// A [Tap] is a Writer for pieces that only watch, or change the header: all of
// them share one.
package respw
