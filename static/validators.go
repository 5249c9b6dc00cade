package static

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// rest is how long a file must have been left alone before its stamp identifies its
// content. Until then its tag is weak, and its content is not kept in memory.
//
// A file that changes twice within the granularity of its file system's times has
// the same stamp after both changes, and somebody who read it in between has
// content that no longer exists. Git calls such files racy. The granularity is 10
// ms or less for the native file systems of Linux, 1 s for HFS+ and 2 s for FAT; on
// a network the time comes from another machine. Three seconds cover the coarsest
// granularity and clocks that are one second apart. If the other clock is ahead by
// more, the file seems to be from the future: it is then at rest once this process
// has seen it unchanged for that long by its own clock.
const rest = 3 * time.Second

// unrest returns how long from now something will be at rest that changed, and was
// first seen in its present state, at the given times. It is 0 if it is not known
// to have changed.
func unrest(changed, seen, now time.Time) time.Duration {
	if changed.IsZero() {
		return 0
	}
	age, own := now.Sub(changed), now.Sub(seen)
	if age >= rest || own >= rest {
		return 0
	}
	if age < 0 {
		return rest - own
	}
	return rest - max(age, own)
}

// validators gives an entry its ETag and its Last-Modified.
//
// The tag of a file at rest is strong. Before that it is weak, and not simply the
// strong one with a W/ in front: a client with the weak one may have content that
// no longer exists, so the two must not match in any comparison.
//
// Last-Modified is when the content got to its place. The modification time may
// equal that of the content it replaces, or be older: builds fix it and copies keep
// it. While another change could have the same date, the second before is sent,
// which will not match.
func (h *Handler) validators(e *entry, now time.Time) {
	changed := e.stamp.changed()
	wait := unrest(changed, e.seen, now)
	e.young = wait > 0
	if h.etags {
		e.etag = h.tagOf(e)
	}
	e.exact = !e.stamp.identifies()
	if g := e.gen; g != nil && !changed.IsZero() {
		changed = later(changed, g.since)
		wait = max(wait, unrest(g.since, g.opened, now))
	}
	if wait > 0 {
		e.settles = now.Add(wait)
	}
	if changed.IsZero() {
		return
	}
	if changed.After(now) {
		changed = now
	}
	e.modified = changed.Truncate(time.Second)
	shown := e.modified
	if wait > 0 {
		shown = shown.Add(-time.Second)
	}
	e.lastModified = shown.UTC().Format(http.TimeFormat)
}

// tagOf makes the entity tag of a file from its content, if that was read for it,
// or from its stamp. The stamp is hashed because clients need not know the file
// system's numbers.
func (h *Handler) tagOf(e *entry) string {
	var sum [sha256.Size]byte
	switch {
	case e.facts != nil && e.facts.hashed:
		sum = e.facts.sum
	case e.stamp.identifies() && !h.contentETags:
		b := make([]byte, 0, 5*8)
		for _, v := range []uint64{e.stamp.dev, e.stamp.ino, uint64(e.stamp.size), uint64(e.stamp.mtime), uint64(e.stamp.ctime)} {
			b = binary.BigEndian.AppendUint64(b, v)
		}
		sum = sha256.Sum256(b)
	default:
		return "" // the content is still being read
	}
	// Half of the digest is enough to rule out collisions.
	tag := hex.EncodeToString(sum[:16]) + suffix(e.key.coding)
	if e.young {
		return httpfield.WeakPrefix + `"` + tag + `-young"`
	}
	return `"` + tag + `"`
}

// suffix distinguishes the tags of a file's encodings.
func suffix(coding string) string {
	if coding == "" {
		return ""
	}
	return "-" + coding
}
