package static

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// facts is what only the content of a file tells.
type facts struct {
	needs
	sum  [sha256.Size]byte // of the content, if hashed
	utf8 bool              // it is text in UTF-8, if checked
}

// needs is what is to be known of a content.
type needs struct{ hashed, checked bool }

const (
	// mostText is the largest file that is looked through for UTF-8. Text is
	// valid only if all of it is: nothing less than the whole must be read.
	mostText = 8 << 20

	// patience is how long a request waits for a file to be read. Then it is
	// answered without what would have been known.
	patience = time.Second

	// readers is how many large files are read at a time.
	readers = 4
)

// needs tells what must be known of an entry's content.
func (h *Handler) needs(e *entry) needs {
	return needs{
		hashed:  h.etags && (h.contentETags || !e.stamp.identifies()),
		checked: h.detectUTF8 && e.encoding == "" && e.size <= mostText && textual(e.contentType),
	}
}

// textual tells whether a type is text that may be in one charset or another,
// and says in none. XML says so itself.
func textual(contentType string) bool {
	t, params, _ := strings.Cut(strings.ToLower(contentType), ";")
	t = trimSpace(t)
	return strings.HasPrefix(t, "text/") && !strings.HasSuffix(t, "xml") && !strings.Contains(params, "charset")
}

// factsOf returns what is needed of a file's content. It returns nil if that
// will be known later: a large file is read by one goroutine, for all who ask,
// and nobody waits longer for it than patience, or than the request lasts.
func (h *Handler) factsOf(ctx context.Context, e *entry, need needs) (*facts, error) {
	own := cacheKey{root: e.root, name: e.name}
	if known := h.cache.get(own); known != nil && known.sameAs(e) && !known.young && known.facts != nil {
		if f := known.facts; f.needs == need {
			return f, nil
		}
	}
	if e.size <= keepBytes {
		return h.read(ctx, e, need)
	}
	return h.inspections.wait(ctx, inspection{e.root, e.name, e.gen, e.stamp, need}, func(ctx context.Context) (*facts, error) {
		young := unrest(e.stamp.changed(), e.seen, h.now()) > 0
		f, err := h.read(ctx, e, need)
		if err == nil {
			// For whoever asks later, by this name or another.
			h.cache.put(&entry{key: own, stamp: e.stamp, info: e.info, seen: e.seen, young: young, facts: f, note: true})
		}
		return f, err
	})
}

// read reads a file whole.
func (h *Handler) read(ctx context.Context, e *entry, need needs) (*facts, error) {
	file, err := h.roots[e.root].open(e.name, e.gen)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	same := func() error {
		info, err := file.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errVanished
		}
		if err == nil && !e.describes(info) {
			err = errRestless
		}
		return err
	}
	if err := same(); err != nil {
		return nil, err
	}
	f := &facts{needs: need}
	sum, text := sha256.New(), textCheck{}
	buf := copyBuffers.Get().(*[copyBytes]byte)
	defer copyBuffers.Put(buf)
	for left := e.size; left > 0; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := file.Read(buf[:min(left, copyBytes)])
		left -= int64(n)
		if need.hashed {
			sum.Write(buf[:n])
		}
		if need.checked {
			text.add(buf[:n])
		}
		if err == io.EOF && left > 0 {
			return nil, errRestless
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
	}
	if err := same(); err != nil {
		return nil, err
	}
	sum.Sum(f.sum[:0])
	f.utf8 = need.checked && text.ok()
	return f, nil
}

// textCheck finds out whether what it is given in pieces is text in UTF-8.
type textCheck struct {
	cut []byte // the beginning of a letter at the end of the piece before
	bad bool
}

// add takes the next piece. Bytes that text in UTF-8 does not have are no valid
// text either: zeros are in UTF-16, escapes in ISO 2022.
func (c *textCheck) add(piece []byte) {
	if c.bad || bytes.IndexByte(piece, 0) >= 0 || bytes.IndexByte(piece, 0x1b) >= 0 {
		c.bad = true
		return
	}
	for len(c.cut) > 0 && len(piece) > 0 {
		c.cut = append(c.cut, piece[0])
		piece = piece[1:]
		if utf8.FullRune(c.cut) {
			c.bad = !utf8.Valid(c.cut)
			c.cut = c.cut[:0]
		}
	}
	end := len(piece)
	for i := 1; i < utf8.UTFMax && i <= len(piece); i++ {
		if b := piece[len(piece)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(piece[len(piece)-i:]) {
				end -= i
			}
			break
		}
	}
	c.cut = append(c.cut, piece[end:]...)
	c.bad = c.bad || !utf8.Valid(piece[:end])
}

func (c *textCheck) ok() bool { return !c.bad && len(c.cut) == 0 }

// inspections are the large files that are being read.
type inspections struct {
	ctx   context.Context // ends when the handler is closed
	slots chan struct{}

	mu      sync.Mutex
	running map[inspection]*reading
}

// inspection is one state of one file to be read.
type inspection struct {
	root  int
	name  string
	gen   *generation
	stamp stamp
	needs needs
}

type reading struct {
	done  chan struct{} // closed at the end
	late  time.Time     // when nobody waits for it any longer
	facts *facts
	err   error
}

func newInspections(ctx context.Context) *inspections {
	return &inspections{ctx: ctx, slots: make(chan struct{}, readers), running: map[inspection]*reading{}}
}

// wait returns what read makes of a file, or nil if that takes too long.
func (s *inspections) wait(ctx context.Context, of inspection, read func(context.Context) (*facts, error)) (*facts, error) {
	deadline := time.Now().Add(patience)
	late := time.NewTimer(patience)
	defer late.Stop()
	r := s.find(of)
	if r == nil {
		select {
		case s.slots <- struct{}{}:
			r = s.start(of, read)
		case <-late.C:
			return nil, nil
		case <-ctx.Done():
			return nil, nil
		}
	}
	if r.late.Before(deadline) {
		deadline = r.late
	}
	if left := time.Until(deadline); left > 0 {
		late.Reset(left)
		select {
		case <-r.done:
		case <-late.C:
		case <-ctx.Done():
		}
	}
	select {
	case <-r.done:
		return r.facts, r.err
	default:
		return nil, nil
	}
}

func (s *inspections) find(of inspection) *reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[of]
}

// start begins to read a file, for which the caller has taken a slot, unless
// somebody else has begun meanwhile.
func (s *inspections) start(of inspection, read func(context.Context) (*facts, error)) *reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.running[of]; r != nil {
		<-s.slots
		return r
	}
	r := &reading{done: make(chan struct{}), late: time.Now().Add(patience)}
	s.running[of] = r
	go func() {
		defer func() { <-s.slots }()
		r.facts, r.err = read(s.ctx)
		s.mu.Lock()
		delete(s.running, of)
		s.mu.Unlock()
		close(r.done)
	}()
	return r
}
