// Package ids makes the ids of messages.
package ids

import (
	"crypto/rand"

	"github.com/google/uuid"
)

// New returns a random UUID (RFC 9562 version 4) as text. It is what
// uuid.NewString returns, without the allocation for the reader it takes.
func New() string {
	var id uuid.UUID
	rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
