package ratelimit

import (
	"net/http"
	"strconv"
	"time"
)

// The fields of draft-ietf-httpapi-ratelimit-headers-10 and RFC 9110, section
// 10.2.3, in the form in which [http.Header] stores them.
const (
	fieldPolicy     = "Ratelimit-Policy"
	fieldLimit      = "Ratelimit"
	fieldRetryAfter = "Retry-After"
)

// SetFields sets the fields that tell a client what it has left: RateLimit-Policy
// and RateLimit (draft-ietf-httpapi-ratelimit-headers-10), with one item for each
// limit, and Retry-After if the request was refused and waiting helps. They replace
// those of other limiters. It sets nothing if nothing was counted.
//
//	RateLimit-Policy: "10/s";q=20;w=2, "1000/h";q=1000;w=3600
//	RateLimit: "10/s";r=19;t=1, "1000/h";r=999;t=4
//
// q is the burst, and w is the time in which a used-up burst comes back, in
// seconds, rounded up: a client that uses no more than q in w is never refused. r
// is what remains, and t is when there will be more, in seconds, rounded up. t is
// left out if nothing is used. In refusals it is also left out for limits that
// would have allowed the request, because Retry-After must not be earlier than any
// t.
func (d Decision) SetFields(h http.Header) {
	if d.plan == nil {
		return
	}
	var room [128]byte
	b := room[:0]
	for i := range d.plan.limits {
		if i > 0 {
			b = append(b, ", "...)
		}
		l := d.limit(i)
		b = append(append(append(b, '"'), l.Name...), '"')
		b = strconv.AppendInt(append(b, ";r="...), l.Remaining, 10)
		if l.Next > 0 && (d.Allowed || l.Refused) {
			b = strconv.AppendInt(append(b, ";t="...), seconds(l.Next), 10)
		}
	}
	both := &[2]string{d.plan.policy, string(b)} // one allocation for two lists
	h[fieldPolicy], h[fieldLimit] = both[:1:1], both[1:2:2]
	setRetryAfter(h, d.RetryAfter)
}

// setRetryAfter sets Retry-After if waiting helps.
func setRetryAfter(h http.Header, wait time.Duration) {
	if wait > 0 {
		h[fieldRetryAfter] = []string{strconv.FormatInt(seconds(wait), 10)}
	}
}

// policyField returns the field that never changes.
func policyField(limits []compiled) string {
	var b []byte
	for i, l := range limits {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(append(append(b, '"'), l.name...), '"')
		b = strconv.AppendInt(append(b, ";q="...), l.burst, 10)
		b = strconv.AppendInt(append(b, ";w="...), seconds(time.Duration(l.window)), 10)
	}
	return string(b)
}

// seconds rounds up: a client that returns then must not be refused again.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
