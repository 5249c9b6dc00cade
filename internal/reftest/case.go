package reftest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
)

// Case is one recorded request and its response.
type Case struct {
	ID       string   `json:"id"`      // group/variant/name
	Group    string   `json:"group"`   // the part of the server that it tests, e.g. "static"
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

// Response is a response as it was recorded: masked, and without the headers that
// every response has.
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

// Want is what a case must answer instead of the recorded response. Fields that are
// not set require nothing; a Want with only Why excuses nothing.
type Want struct {
	Why      string          `json:"why"`
	Status   int             `json:"status"`   // 0: the recorded status
	Error    json.RawMessage `json:"error"`    // the envelope's error, exactly
	Text     *string         `json:"text"`     // the whole body, masked
	Type     string          `json:"type"`     // the media type
	Encoding *string         `json:"encoding"` // the content coding; "" means none
	Body     json.RawMessage `json:"body"`     // parts of the JSON response
	Seen     json.RawMessage `json:"seen"`     // parts of the response's "seen"
	Free     bool            `json:"free"`     // any response will do
}

// replaces reports whether w replaces the recorded response.
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

// Load returns the recorded cases in order, and the wants by the id of their case.
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

// strictly decodes data into v and refuses unknown fields.
func strictly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
