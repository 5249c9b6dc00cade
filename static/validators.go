package static

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"time"
)

// rest is how long a file must have been left alone before its stamp is taken
// to stand for its content: before that its tag is weak, and its content is not
// kept.
//
// A file that changes twice within one step of its file system's clock has the
// same stamp after both changes, and whoever looked in between has something
// that is gone. Git calls such files racy. The clocks of file systems move in
// steps of 10 ms at most on Linux, of 1 s in HFS+, and of 2 s in FAT, which is
// the coarsest in use; on a network the clock is another machine's. Three
// seconds cover the coarsest step and clocks that are a second apart. Where
// they are further apart, a file seems to be from the future: then it rests
// once this process has seen it unchanged for that long, by its own clock.
const rest = 3 * time.Second

// unrest is how long it takes from now until something that changed, and was
// first seen in that state, at certain times is at rest.
func unrest(changed, seen, now time.Time) time.Duration {
	if changed.IsZero() {
		return 0 // it is not known to change
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
// The tag is strong for a file at rest. Before, it is weak, and not the strong
// one with a W/ in front: whoever has the weak one may have content that is
// gone, so that no comparison may ever find the two to be the same.
//
// Last-Modified is when the content came to be at this place, not the
// modification time, which may be older than what it replaces: builds fix it,
// and copies keep it. As long as another change may bear the same date, the
// date before is sent: it is true enough, and will not match.
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

// tagOf makes the entity tag of a file, from its content where that was read,
// and else from what tells its content from every other. That is hashed, since
// the numbers of a file system are nobody else's business.
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
	// Half of the digest is as unlikely to meet another one's as anything is.
	tag := hex.EncodeToString(sum[:16]) + suffix(e.key.coding)
	if e.young {
		return `W/"` + tag + `-young"`
	}
	return `"` + tag + `"`
}

// suffix tells the tags of a file's encodings apart.
func suffix(coding string) string {
	if coding == "" {
		return ""
	}
	return "-" + coding
}
