package logctx

import (
	"context"
	"log/slog"
	"slices"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// messageID is the attribute of a request's id, with the same name as in the access
// log.
const messageID = "messageId"

// Handler is a slog.Handler that adds the attributes of a record's context, outside
// all groups, and passes the record on. An attribute that the record or its logger
// already has at the top level is not added again. A Handler is immutable and safe
// for concurrent use.
type Handler struct {
	next slog.Handler
	// base is next before the first group was opened, and open is what was done since
	// then; open is empty if there is no group.
	base slog.Handler
	open []func(slog.Handler) slog.Handler
	own  []string // the top-level attributes that next has
}

// New returns a Handler in front of next, which must not be nil.
func New(next slog.Handler) *Handler { return &Handler{next: next, base: next} }

// Enabled reports whether the next handler wants records of that level.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle adds the attributes of ctx to the record.
func (h *Handler) Handle(ctx context.Context, record slog.Record) error {
	var room [8]slog.Attr
	attrs := h.missing(room[:0], ctx, record)
	if len(attrs) == 0 {
		return h.next.Handle(ctx, record)
	}
	if len(h.open) == 0 {
		record = record.Clone() // others may have the same one
		record.AddAttrs(attrs...)
		return h.next.Handle(ctx, record)
	}
	next := h.base.WithAttrs(slices.Clone(attrs))
	for _, do := range h.open {
		next = do(next)
	}
	return next.Handle(ctx, record)
}

// missing appends the attributes of ctx that the record does not have yet.
func (h *Handler) missing(attrs []slog.Attr, ctx context.Context, record slog.Record) []slog.Attr {
	if rec := facts.From(ctx); rec != nil {
		if id := rec.MessageID(); id != "" {
			attrs = append(attrs, slog.String(messageID, id))
		}
	}
	own, _ := ctx.Value(key{}).([]slog.Attr)
	for _, a := range own {
		// Inner ones come later and take precedence.
		attrs = slices.DeleteFunc(attrs, func(b slog.Attr) bool { return a.Key == b.Key })
		attrs = append(attrs, a)
	}
	if len(attrs) == 0 {
		return nil
	}
	attrs = slices.DeleteFunc(attrs, func(a slog.Attr) bool { return slices.Contains(h.own, a.Key) })
	if len(h.open) == 0 {
		record.Attrs(func(a slog.Attr) bool {
			attrs = slices.DeleteFunc(attrs, func(b slog.Attr) bool { return a.Key == b.Key })
			return len(attrs) > 0
		})
	}
	return attrs
}

// WithAttrs returns a Handler whose records also have attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	if len(h.open) > 0 {
		return h.with(func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) })
	}
	c := *h
	c.next = h.next.WithAttrs(attrs)
	c.base = c.next
	c.own = slices.Clone(h.own)
	for _, a := range attrs {
		c.own = append(c.own, a.Key)
	}
	return &c
}

// WithGroup returns a Handler that puts everything added from then on, except
// attributes of the context, into a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

// with returns a copy of h with do applied to its next handler, as part of a group.
func (h *Handler) with(do func(slog.Handler) slog.Handler) *Handler {
	c := *h
	c.next = do(h.next)
	c.open = append(slices.Clone(h.open), do)
	return &c
}
