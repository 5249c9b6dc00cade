package dispatch

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
)

// logResponse logs the result of an action with its secrets hidden.
func (c *call) logResponse(result any) {
	d, a := c.d, c.action
	if !d.opts.LogResponses || !d.opts.Logger.Enabled(c.ctx, a.LogLevel) {
		return
	}
	hidden := d.responseMasks
	if d.opts.FilteredResponseFunc != nil {
		hidden = slices.Concat(hidden, masksOf(d.opts.FilteredResponseFunc(c.ctx)))
	}
	shown := decoded(result)
	for _, path := range hidden {
		shown = maskInside(shown, path)
	}
	shown = collected(shown)
	d.opts.Logger.LogAttrs(c.ctx, a.LogLevel, "response", slog.String("messageId", c.conn.MessageID()), slog.String("action", a.Name), slog.String("version", a.Version), slog.Any("response", shown))
}

// decoded returns a result as it looks in JSON, with numbers as they are written there. It is nil
// if the result cannot be encoded.
func decoded(result any) (v any) {
	text, err := json.Marshal(result)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// maxLoggedItems is the length of the longest list that a logged response shows, as in Actionhero.
const maxLoggedItems = 10

// collected replaces each list that is longer than maxLoggedItems by a string such as
// "11 items". It changes v.
func collected(v any) any {
	switch v := v.(type) {
	case []any:
		if len(v) > maxLoggedItems {
			return strconv.Itoa(len(v)) + " items"
		}
		for i := range v {
			v[i] = collected(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = collected(v[name])
		}
	}
	return v
}
