package idempotency

import (
	"encoding/binary"
	"errors"
	"net/http"
)

// record is what is stored of a response: what to send again, and a hash of the
// request's body.
type record struct {
	status int
	fields []field
	body   []byte

	sum   sum   // of the request's body, as far as it was read
	n     int64 // bytes of it
	ended bool  // whether that was all
}

// field is a change to the header.
type field struct {
	how    byte
	name   string
	values []string // nil if a handler has set the field to nil
}

const (
	setField  = 1
	addField  = 2
	dropField = 3
)

// recordVersion is the first byte of a record. Records of other versions are not
// read.
const recordVersion = 1

var errRecord = errors.New("idempotency: the stored record is not of this version")

// send sends the response again.
func (r *record) send(w http.ResponseWriter) {
	h := w.Header()
	for _, f := range r.fields {
		switch f.how {
		case setField:
			h[f.name] = f.values
		case addField:
			h[f.name] = append(h[f.name][:len(h[f.name]):len(h[f.name])], f.values...)
		case dropField:
			delete(h, f.name)
		}
	}
	h.Set(FieldReplayed, "true")
	w.WriteHeader(r.status)
	if len(r.body) > 0 {
		_, _ = w.Write(r.body) // the client may have gone
	}
}

// encode returns the record as bytes.
func (r *record) encode() []byte {
	b := make([]byte, 0, 256+len(r.body))
	b = append(b, recordVersion)
	b = append(b, r.sum[:]...)
	b = binary.AppendUvarint(b, uint64(r.n))
	ended := byte(0)
	if r.ended {
		ended = 1
	}
	b = append(b, ended)
	b = binary.AppendUvarint(b, uint64(r.status))
	b = binary.AppendUvarint(b, uint64(len(r.fields)))
	for _, f := range r.fields {
		b = append(b, f.how)
		b = appendText(b, f.name)
		// 0 stands for nil, so counts are one higher than the number of values.
		count := 0
		if f.values != nil {
			count = 1 + len(f.values)
		}
		b = binary.AppendUvarint(b, uint64(count))
		for _, value := range f.values {
			b = appendText(b, value)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(r.body)))
	return append(b, r.body...)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decode reads what encode returned. The record refers to b.
func decode(b []byte) (*record, error) {
	d := decoder{rest: b}
	r := &record{}
	if version := d.bytes(1); version == nil || version[0] != recordVersion {
		return nil, errRecord
	}
	copy(r.sum[:], d.bytes(len(r.sum)))
	r.n = d.number64(1 << 62)
	r.ended = d.number(1) == 1
	r.status = int(d.number(999))
	for range d.number(len(b)) {
		f := field{how: d.byte(), name: d.text()}
		if count := d.number(len(b)); count > 0 {
			f.values = make([]string, 0, min(count-1, len(d.rest)))
			for range count - 1 {
				f.values = append(f.values, d.text())
			}
		}
		if d.failed || f.how < setField || f.how > dropField {
			return nil, errRecord
		}
		r.fields = append(r.fields, f)
	}
	r.body = d.bytes(d.number(len(b)))
	if d.failed || len(d.rest) > 0 || r.status < 200 {
		return nil, errRecord
	}
	return r, nil
}

// decoder reads a record from start to end. After an error everything it reads is
// zero.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) bytes(n int) []byte {
	if d.failed || n > len(d.rest) {
		d.failed = true
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) number(most int) int { return int(d.number64(int64(most))) }

func (d *decoder) number64(most int64) int64 {
	n, size := binary.Uvarint(d.rest)
	if d.failed || size <= 0 || n > uint64(most) {
		d.failed = true
		return 0
	}
	d.rest = d.rest[size:]
	return int64(n)
}

func (d *decoder) text() string { return string(d.bytes(d.number(len(d.rest)))) }
