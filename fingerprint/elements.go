package fingerprint

import (
	"crypto/sha1"
	"encoding/binary"
	"net/http"
	"net/netip"
)

// staticFields are the header fields that a client sends unchanged with every
// request.
var staticFields = [...]string{"User-Agent", "Accept-Language", "Accept-Encoding", "Accept-Charset"}

// staticID hashes what the requests of one client have in common. SHA-1 is used for
// its 40 digits, not for protection: the id is not a secret in the first place.
func staticID(client netip.Addr, header http.Header) string {
	h := sha1.New()
	element := func(s string) { // preceded by its length, so that elements cannot run into each other
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		_, _ = h.Write([]byte(s))
	}
	if client.IsValid() {
		element(client.String())
	} else {
		element("")
	}
	for _, name := range staticFields {
		element(header.Get(name))
	}
	return formatID(h.Sum(nil))
}
