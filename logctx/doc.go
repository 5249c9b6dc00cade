// Package logctx puts what identifies a request into every log record that is
// about it, whoever writes the record: a piece of Sidekick, an action, or a
// package that has never heard of either.
//
//	logger := slog.New(logctx.New(slog.NewJSONHandler(os.Stderr, nil)))
//	slog.SetDefault(logger)
//	...
//	logger.InfoContext(ctx, "charged", "amount", 5) // has messageId, trace_id, span_id
//
// A record gets the attributes of its context: the request's message id as
// messageId, which middleware/requestid and the dispatcher make, and whatever
// [With] has put there. middleware/requestid puts the ids of a W3C traceparent
// there, as trace_id and span_id; the module otel those of its own spans.
//
// It works for records that are given a context: with the methods of slog.Logger
// that end in Context, and with LogAttrs and Log.
//
// # Differences from Actionhero
//
// Actionhero's logger knows no request.
package logctx
