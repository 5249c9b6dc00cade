package sidekicktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Result returns the answer's body as an Out, by [encoding/json]; members that
// Out does not have, those of the envelope among them, are passed over. An
// answer that is an error (a status from 400 on, or with a member "error"), was
// aborted, or does not fit ends the test.
func Result[Out any](tb TB, r *Response) Out {
	tb.Helper()
	return result[Out](tb, r, false)
}

// StrictResult is [Result], for which a member that Out does not have ends the
// test, too. Those that the envelope adds do not count.
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
		err = errors.New("there is more behind the JSON value")
	}
	tb.Fatalf("sidekicktest: the answer is no %T: %v\ngot %v", out, err, r)
	return out
}

// withoutMetadata takes what the envelope adds out of an object.
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
