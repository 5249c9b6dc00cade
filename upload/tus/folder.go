package tus

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An upload has up to three files. Their names consist of a prefix, its id, and a suffix:
//
//	.json  what is known about it; exists as long as the upload
//	.part  the content so far; its time is that of the last piece
//	.at    the length of the reliable content, while a piece with a checksum arrives
//
// When it is finished, .json becomes .done. The id contains the announced size, so that reading
// the names is enough to add up unfinished uploads.
const namePrefix = "sidekick-tus-"

const (
	aboutEnd = ".json"
	partEnd  = ".part"
	sureEnd  = ".at"
	doneEnd  = ".done"
)

// isID reports whether s has the form of an id. A regular expression would link 130 KB.
func isID(s string) bool {
	random, size, _ := strings.Cut(s, "-")
	return len(random) == 32 && strings.Trim(random, "0123456789abcdef") == "" &&
		size != "" && len(size) <= 13 && !strings.ContainsFunc(size, func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'z') })
}

// newID makes an unpredictable id.
func newID(size int64) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:]) + "-" + strconv.FormatInt(size, 36)
}

// sizeOf returns the announced size in an id.
func sizeOf(id string) int64 {
	_, size, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(size, 36, 64)
	if err != nil {
		return 0
	}
	return n
}

// about is what the .json file of an upload contains.
type about struct {
	Owner    string            `json:"owner"` // hashed
	Metadata map[string]string `json:"metadata"`
	Header   string            `json:"header"` // Upload-Metadata as it was sent
}

// errHeld: another request holds the upload.
var errHeld = errors.New("held")

// folder keeps unfinished uploads. It is safe for concurrent use, even by several processes.
type folder struct {
	dir    string
	expire time.Duration

	mu      sync.Mutex
	counted time.Time // when the names were last read; zero for never
	count   int       // number of unfinished uploads
	bytes   int64
	done    int // number of records of finished ones
}

// recountAfter is the maximum age of the counts, since other processes may begin uploads.
const recountAfter = 10 * time.Second

// donePerUnfinished is how many records of finished uploads there may be for each unfinished one.
// Until they expire, they tell clients that an upload is complete.
const donePerUnfinished = 10

// recountFullAfter is recountAfter for a full folder.
const recountFullAfter = time.Second

func (f *folder) path(id, end string) string { return filepath.Join(f.dir, namePrefix+id+end) }

// create makes the files of a new upload. ok is false if there is no room.
func (f *folder) create(size int64, a about, most int, mostBytes int64) (id string, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	full := func() bool { return f.count >= most || f.bytes > mostBytes-size || f.done >= donePerUnfinished*most }
	// Other processes also make room. But counting takes time, and a client that floods a full
	// folder must not make all others wait for it.
	if age := time.Since(f.counted); age > recountAfter || full() && age > recountFullAfter {
		if err := f.recount(); err != nil {
			return "", false, err
		}
	}
	if full() {
		return "", false, nil
	}
	id = newID(size)
	part, err := os.OpenFile(f.path(id, partEnd), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", false, err
	}
	if err := part.Close(); err != nil {
		return "", false, errors.Join(err, f.remove(id))
	}
	if err := f.note(id, a); err != nil {
		return "", false, errors.Join(err, f.remove(id))
	}
	f.count, f.bytes = f.count+1, f.bytes+size
	return id, true, nil
}

// note writes what is known about an upload, completely or not at all.
func (f *folder) note(id string, a about) error {
	content, err := json.Marshal(a)
	if err != nil {
		return err
	}
	next := f.path(id, aboutEnd+"~")
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return err
	}
	return os.Rename(next, f.path(id, aboutEnd))
}

// recount counts the uploads and removes expired ones. f.mu must be held.
func (f *folder) recount() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	f.counted, f.count, f.bytes, f.done = time.Now(), 0, 0, 0
	swept := map[string]bool{}
	for _, entry := range entries {
		name, own := strings.CutPrefix(entry.Name(), namePrefix)
		id, end, _ := strings.Cut(name, ".")
		if !own || !isID(id) {
			continue
		}
		if !swept[id] {
			swept[id] = true
			if f.sweep(id) {
				continue
			}
		}
		switch "." + end {
		case aboutEnd:
			f.count, f.bytes = f.count+1, f.bytes+sizeOf(id)
		case doneEnd:
			f.done++
		}
	}
	return nil
}

// sweep removes an upload that has expired and that no request holds.
func (f *folder) sweep(id string) bool {
	if at, err := f.touched(id); err != nil || time.Since(at) <= f.expire {
		return false
	}
	part, err := openLocked(f.path(id, partEnd))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.remove(id) == nil
	case err != nil:
		return false
	}
	defer part.Close() // nothing was written
	return f.remove(id) == nil
}

// touched returns when the last piece of an upload arrived.
func (f *folder) touched(id string) (at time.Time, err error) {
	for _, end := range []string{partEnd, doneEnd, aboutEnd, sureEnd, aboutEnd + "~"} {
		info, err := os.Stat(f.path(id, end))
		if err == nil {
			return info.ModTime(), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return at, err
		}
	}
	return at, fs.ErrNotExist
}

// remove removes an upload, beginning with the file that defines it.
func (f *folder) remove(id string) error {
	var errs []error
	for _, end := range []string{aboutEnd, doneEnd, aboutEnd + "~", sureEnd, partEnd} {
		if err := os.Remove(f.path(id, end)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// forget removes an upload and stops counting it. A finished one was not counted.
func (f *folder) forget(id string, finished bool) error {
	err := f.remove(id)
	f.mu.Lock()
	defer f.mu.Unlock()
	if finished {
		f.done = max(0, f.done-1)
		return err
	}
	f.count, f.bytes = max(0, f.count-1), max(0, f.bytes-sizeOf(id))
	return err
}

// find returns what is known about an upload. The error matches fs.ErrNotExist if it does not
// exist or has expired.
func (f *folder) find(id string) (u Upload, a about, err error) {
	u, a, err = f.look(id)
	if errors.Is(err, fs.ErrNotExist) {
		return f.look(id) // it may just have been finished
	}
	return u, a, err
}

func (f *folder) look(id string) (u Upload, a about, err error) {
	if !isID(id) {
		return u, a, fs.ErrNotExist
	}
	content, err := os.ReadFile(f.path(id, aboutEnd))
	if errors.Is(err, fs.ErrNotExist) {
		u.Finished = true
		content, err = os.ReadFile(f.path(id, doneEnd))
	}
	if err != nil {
		return u, a, err
	}
	if err := json.Unmarshal(content, &a); err != nil {
		return u, a, err
	}
	at, err := f.touched(id)
	if err != nil {
		return u, a, err
	}
	u.ID, u.Size, u.Metadata, u.Expires = id, sizeOf(id), a.Metadata, at.Add(f.expire)
	if time.Now().After(u.Expires) {
		return u, a, fs.ErrNotExist
	}
	if u.Finished {
		u.Offset = u.Size
		return u, a, nil
	}
	info, err := os.Stat(f.path(id, partEnd))
	if err != nil {
		return u, a, err
	}
	u.Offset = min(info.Size(), f.sure(id, info.Size()))
	if u.Offset >= u.Size && u.Size > 0 {
		u.Offset = u.Size - 1 // the last byte counts once the file is finished
	}
	return u, a, nil
}

// sure returns the length of the reliable content.
func (f *folder) sure(id string, size int64) int64 {
	content, err := os.ReadFile(f.path(id, sureEnd))
	if err != nil {
		return size
	}
	n, err := strconv.ParseInt(string(content), 10, 64)
	if err != nil {
		return 0 // killed while writing it
	}
	return n
}

// staged is an upload held by one request.
type staged struct {
	Upload
	folder *folder
	part   *os.File
}

// hold opens an upload for one request. The error is errHeld if another request holds it, and
// matches fs.ErrNotExist if it does not exist. The id must come from find or create.
func (f *folder) hold(id string) (*staged, error) {
	part, err := openLocked(f.path(id, partEnd))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// The previous holder may have changed everything.
	s := &staged{folder: f}
	if s.Upload, _, err = f.find(id); err != nil || s.Finished {
		if part != nil {
			err = errors.Join(err, part.Close())
		}
		return s, err
	}
	s.part = part
	return s, nil
}

// close releases the upload.
func (s *staged) close() error {
	if s.part == nil {
		return nil
	}
	return s.part.Close()
}

// take lets receive append a piece, up to the size of the file. A piece with a checksum counts
// only if it is complete and correct, any other as far as it has arrived.
func (s *staged) take(sum *checksum, receive func(io.Writer) error) error {
	begin := s.Offset
	if sum != nil {
		if err := os.WriteFile(s.folder.path(s.ID, sureEnd), strconv.AppendInt(nil, begin, 10), 0o600); err != nil {
			return staging(err)
		}
	}
	if err := s.cut(begin); err != nil {
		return err
	}
	if sum == nil {
		// A process that was killed during a piece with a checksum may have left it behind.
		if err := os.Remove(s.folder.path(s.ID, sureEnd)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return staging(err)
		}
	}
	w := &pieceWriter{s: s, sum: sum}
	err := receive(w)
	switch {
	case err == nil && sum != nil && !sum.holds():
		err = refuse(ErrChecksum, "")
		fallthrough
	case err != nil && (sum != nil || w.tooLong):
		cut := s.cut(begin)
		w.kept = cut != nil // content after the offset is not reliable
		err = errors.Join(err, cut)
	}
	if sum != nil && !w.kept {
		if removed := os.Remove(s.folder.path(s.ID, sureEnd)); removed != nil {
			err = errors.Join(err, staging(removed))
		}
	}
	return err
}

// cut removes the content after an offset.
func (s *staged) cut(offset int64) error {
	if err := s.part.Truncate(offset); err != nil {
		return staging(err)
	}
	if _, err := s.part.Seek(offset, io.SeekStart); err != nil {
		return staging(err)
	}
	s.Offset = offset
	now := time.Now()
	s.Expires = now.Add(s.folder.expire)
	return staging(os.Chtimes(s.part.Name(), time.Time{}, now))
}

// finish replaces an upload by a record that it is finished.
func (s *staged) finish() error {
	done := s.folder.path(s.ID, doneEnd)
	if err := os.Chtimes(s.folder.path(s.ID, aboutEnd), time.Time{}, time.Now()); err != nil {
		return err
	}
	if err := os.Rename(s.folder.path(s.ID, aboutEnd), done); err != nil {
		return err
	}
	s.Finished, s.Offset = true, s.Size
	s.folder.mu.Lock()
	s.folder.count, s.folder.bytes = max(0, s.folder.count-1), max(0, s.folder.bytes-s.Size)
	s.folder.done++
	s.folder.mu.Unlock()
	return os.Remove(s.folder.path(s.ID, partEnd))
}

// pieceWriter appends to the content.
type pieceWriter struct {
	s       *staged
	sum     *checksum
	tooLong bool
	kept    bool // cutting it off failed
}

func (w *pieceWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > w.s.Size-w.s.Offset {
		w.tooLong = true
		return 0, refuse(ErrTooLarge, pastEnd)
	}
	n, err := w.s.part.Write(p)
	w.s.Offset += int64(n)
	if w.sum != nil {
		w.sum.Write(p[:n])
	}
	return n, staging(err)
}
