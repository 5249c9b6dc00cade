package otel

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/sidekick-http/sidekick/dispatch"
)

// Attributes that the semantic conventions do not define.
const (
	actionKey    = attribute.Key("sidekick.action")
	versionKey   = attribute.Key("sidekick.version")
	messageIDKey = attribute.Key("sidekick.message_id")
)

// Middleware returns dispatcher middleware that gives actions their spans, and adds
// the message id and the client's address to the spans of requests. It is for the
// global middleware. Its Priority of -1000 puts it outside all with a higher one.
func (t *Telemetry) Middleware() dispatch.Middleware {
	return dispatch.Middleware{Name: "otel", Priority: -1000, Create: annotateRequest, Around: t.around}
}

// annotateRequest adds what only the dispatcher knows to the span of a request.
func annotateRequest(ctx context.Context, c *dispatch.Connection) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(messageIDKey.String(c.MessageID()))
	if client := c.Remote().Addr(); client.IsValid() {
		span.SetAttributes(semconv.ClientAddress(client.Unmap().String()))
	}
}

func (t *Telemetry) around(next dispatch.Runner) dispatch.Runner {
	if !t.actions {
		return next
	}
	return func(ctx context.Context, c *dispatch.Connection) (any, error) {
		name, version := c.Action()
		ctx, span := t.tracer.Start(ctx, "action "+name, trace.WithAttributes(actionKey.String(name), versionKey.String(version)))
		defer span.End()
		if span.SpanContext().IsValid() {
			ctx = withIDs(ctx, span.SpanContext())
		}
		result, err := next(ctx, c)
		if err != nil && isServerFault(ctx, err) {
			recordFault(span, err)
		}
		return result, err
	}
}

// isServerFault reports whether an action failed for a reason other than what its
// client sent or did.
func isServerFault(ctx context.Context, err error) bool {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return false // the client has left
	}
	var status interface{ StatusCode() int }
	return !errors.As(err, &status) || status.StatusCode() >= 500
}

func recordFault(span trace.Span, err error) {
	var panicked *dispatch.PanicError
	switch {
	case errors.Is(err, http.ErrAbortHandler):
		span.SetAttributes(semconv.ErrorTypeKey.String("aborted"))
	case errors.As(err, &panicked):
		span.SetAttributes(semconv.ErrorTypeKey.String("panic"))
		span.RecordError(err, trace.WithAttributes(semconv.ExceptionStacktrace(string(panicked.Stack))))
	default:
		span.SetAttributes(semconv.ErrorTypeKey.String(fmt.Sprintf("%T", err)))
		span.RecordError(err)
	}
	span.SetStatus(codes.Error, "")
}
