package reftest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
)

// Case is one recorded request and its answer.
type Case struct {
	ID       string   `json:"id"`      // group/variant/name
	Group    string   `json:"group"`   // the part of the server it asks about, e.g. "static"
	Variant  string   `json:"variant"` // the configuration it was recorded under
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is a request as it was sent.
type Request struct {
	Method  string      `json:"method"`
	Target  string      `json:"target"`
	Headers [][2]string `json:"headers"` // in the order sent
	Text    string      `json:"body"`
	Bytes   []byte      `json:"body_b64"` // instead of Text
}

// Body returns the bytes of the body.
func (r *Request) Body() []byte {
	if len(r.Bytes) > 0 {
		return r.Bytes
	}
	return []byte(r.Text)
}

// Response is an answer as it was recorded: masked, and without the headers that
// every answer has.
type Response struct {
	Status  int                 `json:"status"`
	Headers map[string][]string `json:"headers"` // names in lower case
	Text    string              `json:"body"`
	Bytes   []byte              `json:"body_b64"` // instead of Text
	Crashed bool                `json:"crashed"`  // the request ended Actionhero's process; nothing else is set
}

// Body returns the bytes of the body, as they were sent.
func (r *Response) Body() []byte {
	if len(r.Bytes) > 0 {
		return r.Bytes
	}
	return []byte(r.Text)
}

// Want is what a case must answer instead of the recorded answer. A field that
// is not set says nothing; a Want with Why alone excuses nothing.
type Want struct {
	Why      string          `json:"why"`
	Status   int             `json:"status"`   // 0: the recorded status
	Error    json.RawMessage `json:"error"`    // the envelope's error, exactly
	Text     *string         `json:"text"`     // the whole body, masked
	Type     string          `json:"type"`     // the media type
	Encoding *string         `json:"encoding"` // the content coding; "" for none
	Body     json.RawMessage `json:"body"`     // parts of the JSON answer
	Seen     json.RawMessage `json:"seen"`     // parts of the answer's "seen"
	Free     bool            `json:"free"`     // any answer will do
}

// replaces says that w takes the place of the recorded answer.
func (w *Want) replaces() bool {
	return w != nil && (w.Status != 0 || w.Error != nil || w.Text != nil || w.Type != "" ||
		w.Encoding != nil || w.Body != nil || w.Seen != nil || w.Free)
}

var (
	//go:embed testdata/recorded.jsonl
	recorded []byte
	//go:embed testdata/wants.json
	wanted []byte
)

// Load returns the recorded cases in their order, and the wants by the id of
// their case.
func Load() ([]Case, map[string]Want, error) {
	var cases []Case
	known := map[string]bool{}
	for n, line := range bytes.Split(bytes.TrimSpace(recorded), []byte("\n")) {
		var c Case
		if err := strictly(line, &c); err != nil {
			return nil, nil, fmt.Errorf("reftest: recorded.jsonl:%d: %w", n+1, err)
		}
		cases = append(cases, c)
		known[c.ID] = true
	}
	var wants map[string]Want
	if err := strictly(wanted, &wants); err != nil {
		return nil, nil, fmt.Errorf("reftest: wants.json: %w", err)
	}
	for id := range wants {
		if !known[id] {
			return nil, nil, fmt.Errorf("reftest: wants.json: no case %q", id)
		}
	}
	return cases, wants, nil
}

// strictly decodes data into v and refuses fields that v does not know.
func strictly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
