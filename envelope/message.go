package envelope

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// Message is a message for a client that [ErrorOptions.Translate] may replace.
type Message struct {
	// Code identifies the message. For an error that is not meant for clients it is internal_error.
	Code string
	// Text is what would be sent.
	Text string
	// Param is the invalid parameter, and Expected what it should be. They are "" if the message
	// is not about a parameter, or if the expected value is unknown.
	Param, Expected string
	// Args are the values of the placeholders by name, as strings. The limits "limit", "min" and
	// "max" are numbers, or "" if there is none. They must not be changed.
	Args map[string]string
}

// text returns the text of a message after Texts and Translate.
func (e *Envelope) text(r *http.Request, rec *facts.Record, m Message) string {
	if template, ok := e.opts.Errors.Texts[m.Code]; ok {
		m.Text = errcode.Expand(template, m.Args)
	}
	if translate := e.opts.Errors.Translate; translate != nil {
		var text string
		if p := contained(func() { text = translate(r, m) }); p != nil {
			e.logPanic(r.Context(), "Translate", p, failure.Of(r, rec, e.opts.NewID, p, 0))
		}
		m.Text = cmp.Or(text, m.Text)
	}
	return validUTF8(m.Text)
}

// check reports the problems of texts and reporters.
func (o ErrorOptions) check(bad *cfgerr.List) {
	for _, name := range slices.Sorted(maps.Keys(o.Texts)) {
		text := o.Texts[name]
		field := fmt.Sprintf("Errors.Texts[%q]", name)
		code, known := errcode.Find(name)
		if !known {
			bad.Add(field, nil, "unknown code: want one of %s", strings.Join(codeNames(), ", "))
			continue
		}
		if strings.TrimSpace(text) == "" {
			bad.Add(field, text, "want a message that is not empty")
		}
		for _, arg := range errcode.Placeholders(text) {
			if !slices.Contains(code.Args, arg) {
				bad.Add(field, text, "unknown placeholder {%s}; %s", arg, placeholders(code.Args))
			}
		}
	}
	for i, report := range o.Reporters {
		if report == nil {
			bad.Add(fmt.Sprintf("Errors.Reporters[%d]", i), nil, "want a function")
		}
	}
}

func codeNames() []string {
	var names []string
	for _, c := range errcode.Known() {
		names = append(names, c.Name)
	}
	return names
}

// placeholders lists the allowed placeholders.
func placeholders(args []string) string {
	if len(args) == 0 {
		return "this message has none"
	}
	return "the message may have {" + strings.Join(args, "}, {") + "}"
}
