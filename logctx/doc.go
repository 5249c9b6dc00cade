// Package logctx adds what identifies a request to every log record about it,
// whether a piece of Sidekick, an action, or an unrelated package writes the
// record.
//
//	logger := slog.New(logctx.New(slog.NewJSONHandler(os.Stderr, nil)))
//	slog.SetDefault(logger)
//	...
//	logger.InfoContext(ctx, "charged", "amount", 5) // has messageId, trace_id, span_id
//
// A record gets the attributes of its context: the request's message id as
// messageId, made by middleware/requestid or the dispatcher, and everything added
// by [With]. middleware/requestid adds the ids of a W3C traceparent as trace_id and
// span_id; the module otel adds those of its own spans.
//
// It works for records with a context: from the methods of slog.Logger whose names
// end in Context, and from LogAttrs and Log.
//
// # Differences from Actionhero
//
// Actionhero's logger knows nothing about requests.
package logctx
