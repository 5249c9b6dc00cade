package failure

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/logtext"
)

const (
	longestText = 64 << 10
	// mostErrors limits the walk through wrapped errors.
	mostErrors = 1000
)

// Text returns the text of an error with the texts of all errors that it wraps: those that its
// own text does not contain follow it, each after a colon. Errors made for clients hide their
// cause in this way; a log must not.
//
// Line breaks become "; ", and text with unprintable characters is quoted. It is cut at 64 KiB.
func Text(err error) string {
	w := walk{text: ErrorText(err)}
	if list, ok := joinedIn(err, w.text); ok {
		// Each is followed by its own causes.
		var texts []string
		for _, one := range list {
			part := walk{text: ErrorText(one)}
			part.add(one)
			texts = append(texts, part.text)
		}
		w.text = strings.Join(texts, "\n")
	} else {
		w.add(err)
	}
	text := strings.ReplaceAll(strings.TrimRight(w.text, "\n"), "\n", "; ")
	return logtext.Printable(clip.Text(text, longestText))
}

// joinedIn returns the parts of an error made by errors.Join.
func joinedIn(err error, text string) ([]error, bool) {
	list, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil, false
	}
	var texts []string
	joined := safely(list.Unwrap)
	for _, one := range joined {
		texts = append(texts, ErrorText(one))
	}
	return joined, strings.Join(texts, "\n") == text
}

// walk collects the texts of wrapped errors.
type walk struct {
	text string
	seen int
}

func (w *walk) add(err error) {
	for _, inner := range wrapped(err) {
		if w.seen++; w.seen > mostErrors || len(w.text) > longestText {
			return
		}
		if inner == nil {
			continue
		}
		if text := ErrorText(inner); text != "" && !has(w.text, text) {
			separator := ": "
			if strings.HasSuffix(w.text, ".") { // a sentence for clients
				separator = " "
			}
			w.text += separator + text
		}
		w.add(inner)
	}
}

// wrapped returns the errors that err wraps. A method ForLogs takes precedence: it returns the
// error that errors.As must not find.
func wrapped(err error) []error {
	switch e := err.(type) {
	case interface{ ForLogs() error }:
		return []error{e.ForLogs()}
	case interface{ Unwrap() error }:
		return []error{safely(e.Unwrap)}
	case interface{ Unwrap() []error }:
		return safely(e.Unwrap)
	}
	return nil
}

// has reports whether s contains text, and not just as part of words.
func has(s, text string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], text)
		if i < 0 {
			return false
		}
		begin, end := from+i, from+i+len(text)
		before, _ := utf8.DecodeLastRuneInString(s[:begin])
		first, _ := utf8.DecodeRuneInString(text)
		last, _ := utf8.DecodeLastRuneInString(text)
		after, _ := utf8.DecodeRuneInString(s[end:])
		if !(isWord(before) && isWord(first)) && !(isWord(last) && isWord(after)) {
			return true
		}
		from = begin + 1
	}
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// ErrorText is err.Error() for errors whose method may panic, such as a nil pointer.
func ErrorText(err error) (text string) {
	if err == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("%T whose Error method panics", err)
		}
	}()
	return err.Error()
}
