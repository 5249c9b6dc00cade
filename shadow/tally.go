package shadow

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// The reasons why requests are not compared.
const (
	otherMethod = "method not listed in Methods"
	tooMany     = "too many comparisons were running"
	tooLong     = "body too long"
	unread      = "the body was not read"
	streamed    = "stream or upgrade"
	conditional = "conditions or ranges"
	encoded     = "content coding"
	brokeOff    = "the client left"
)

// Report is what has been compared so far.
type Report struct {
	Names []Count `json:"names"` // in alphabetical order
}

// Count is what has been compared under one name.
type Count struct {
	Name string `json:"name"`
	// Compared is how many requests were sent to both handlers and compared;
	// Different is how many of those had at least one difference.
	Compared  int64 `json:"compared"`
	Different int64 `json:"different"`
	// Skipped counts the requests that were not compared, by reason. Those that Share
	// did not select are not included.
	Skipped map[string]int64 `json:"skipped"`
	// OldTime and NewTime are the total times that the handlers took for all compared
	// requests. A handler that did not answer in time counts with the time that was
	// waited for it.
	OldTime time.Duration `json:"oldNanoseconds"`
	NewTime time.Duration `json:"newNanoseconds"`
	// Found lists the differences, the most frequent first. Only the first 100 are
	// counted separately; More counts the others.
	Found []Found `json:"found"`
	More  int64   `json:"more"`
}

// Found is a difference and how often it occurred. Its values are those of the
// first occurrence.
type Found struct {
	Difference
	Times int64     `json:"times"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// MessageID and URLPath belong to the request with the first occurrence; the path
	// is set only with [Options.ShowValues].
	MessageID string `json:"messageId,omitempty"`
	URLPath   string `json:"urlPath,omitempty"`
}

type example struct{ messageID, path string }

// tally counts by name.
type tally struct {
	mu    sync.Mutex
	names map[string]*counts
}

type counts struct {
	Count
	found map[key]*Found
}

// key is what a difference is counted by; its values do not matter.
type key struct {
	kind Kind
	path string
}

func newTally() *tally { return &tally{names: map[string]*counts{}} }

// others is the name for all names beyond the first 1000.
const others = "(others)"

// of returns the counts of a name. The caller holds the lock.
func (t *tally) of(name string) *counts {
	if _, known := t.names[name]; !known && len(t.names) >= mostNames {
		name = others
	}
	n := t.names[name]
	if n == nil {
		n = &counts{Count: Count{Name: name, Skipped: map[string]int64{}}, found: map[key]*Found{}}
		t.names[name] = n
	}
	return n
}

func (t *tally) skip(name, reason string) {
	t.mu.Lock()
	t.of(name).Skipped[reason]++
	t.mu.Unlock()
}

// add counts a comparison. It returns the differences with how often each has
// occurred.
func (t *tally) add(name string, old, now time.Duration, found []Difference, at example, when time.Time) []Found {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.of(name)
	n.Compared++
	n.OldTime += old
	n.NewTime += now
	if len(found) > 0 {
		n.Different++
	}
	var met []Found
	seen := map[key]bool{} // a path counts once for all elements of a list
	for _, d := range found {
		k := key{d.Kind, d.Path}
		if seen[k] {
			continue
		}
		seen[k] = true
		f := n.found[k]
		switch {
		case f != nil:
		case len(n.found) >= mostDifferences:
			n.More++
			continue
		default:
			f = &Found{Difference: d, First: when, MessageID: at.messageID, URLPath: at.path}
			n.found[k] = f
		}
		f.Times++
		f.Last = when
		met = append(met, Found{Difference: d, Times: f.Times})
	}
	return met
}

// Report returns what has been compared so far.
func (c *Comparer) Report() Report {
	c.tally.mu.Lock()
	defer c.tally.mu.Unlock()
	out := Report{Names: []Count{}}
	for _, n := range c.tally.names {
		one := n.Count
		one.Skipped = map[string]int64{}
		for reason, times := range n.Skipped {
			one.Skipped[reason] = times
		}
		one.Found = make([]Found, 0, len(n.found))
		for _, f := range n.found {
			one.Found = append(one.Found, *f)
		}
		slices.SortFunc(one.Found, func(a, b Found) int {
			return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Path, b.Path))
		})
		out.Names = append(out.Names, one)
	}
	slices.SortFunc(out.Names, func(a, b Count) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// log logs a difference, as a warning at its first occurrence.
func (c *Comparer) log(p *pair, f Found) {
	level := slog.LevelDebug
	if f.Times == 1 {
		level = slog.LevelWarn
	}
	c.opts.Logger.LogAttrs(context.Background(), level, "shadow: the responses differ",
		slog.String("name", p.name), slog.String("kind", string(f.Kind)), slog.String("path", f.Path),
		slog.String("old", f.Old), slog.String("new", f.New), slog.String("messageId", p.messageID))
}
