package sidekicktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Result decodes the response's body into an Out, with [encoding/json]. Members that Out lacks are
// ignored, those of the envelope among them. It ends the test if the response is an error (a status
// of 400 or above, or a member "error"), was aborted, or does not fit.
func Result[Out any](tb TB, r *Response) Out {
	tb.Helper()
	return result[Out](tb, r, false)
}

// StrictResult is [Result], but a member that Out lacks also ends the test. Members that the
// envelope adds do not count.
func StrictResult[Out any](tb TB, r *Response) Out {
	tb.Helper()
	return result[Out](tb, r, true)
}

func result[Out any](tb TB, r *Response, strict bool) (out Out) {
	tb.Helper()
	if r.Status >= 400 || r.Error != "" || r.Aborted {
		tb.Fatalf("sidekicktest: want a result, got %v", r)
		return out
	}
	body := r.Body
	if strict && r.Envelope != nil {
		body = withoutMetadata(body)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if strict {
		d.DisallowUnknownFields()
	}
	err := d.Decode(&out)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return out
		}
		err = errors.New("there is more after the JSON value")
	}
	tb.Fatalf("sidekicktest: the response is not a %T: %v\ngot %v", out, err, r)
	return out
}

// withoutMetadata removes the envelope's own members from an object.
func withoutMetadata(object []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return object
	}
	delete(members, "serverInformation")
	delete(members, "requesterInformation")
	text, err := json.Marshal(members)
	if err != nil {
		return object
	}
	return text
}
