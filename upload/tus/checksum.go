package tus

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"strings"
)

// checksumAlgorithms are the algorithms of Upload-Checksum. The protocol requires sha1.
const checksumAlgorithms = "sha1,sha256,md5"

// checksum is the expected checksum of a piece.
type checksum struct {
	hash.Hash
	want []byte
}

// parseChecksum reads the fields Upload-Checksum. It returns nil if there is none.
func parseChecksum(fields []string) (*checksum, error) {
	switch len(fields) {
	case 0:
		return nil, nil
	case 1:
	default:
		return nil, refuse(ErrMalformed, "Upload-Checksum must be sent once.")
	}
	algorithm, encoded, _ := strings.Cut(fields[0], " ")
	c := &checksum{}
	switch algorithm {
	case "sha1":
		c.Hash = sha1.New()
	case "sha256":
		c.Hash = sha256.New()
	case "md5":
		c.Hash = md5.New()
	default:
		return nil, refuse(ErrMalformed, "Upload-Checksum must be one of "+checksumAlgorithms+".")
	}
	var err error
	if c.want, err = base64.StdEncoding.DecodeString(encoded); err != nil || len(c.want) != c.Size() {
		return nil, refuse(ErrMalformed, "Upload-Checksum must be an algorithm and a checksum in base64.")
	}
	return c, nil
}

func (c *checksum) holds() bool { return subtle.ConstantTimeCompare(c.Sum(nil), c.want) == 1 }
