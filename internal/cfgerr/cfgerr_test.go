package cfgerr_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

func TestListReportsEveryProblem(t *testing.T) {
	l := cfgerr.For("hosts")
	if err := l.Err(); err != nil {
		t.Fatalf("empty list: got %v, want nil", err)
	}
	l.Add("Allowed[2]", "foo", "scheme is required")
	l.Add("MaxAge", -1, "want a whole number of seconds from 0 to %d", 10)
	l.Add("Keys", nil, "at least one key is required")
	l.Join(errors.New("static: Roots: empty"))
	l.Join(nil)
	err := l.Err()
	want := strings.Join([]string{
		`hosts: Allowed[2]: invalid value "foo": scheme is required`,
		`hosts: MaxAge: invalid value -1: want a whole number of seconds from 0 to 10`,
		`hosts: Keys: at least one key is required`,
		`static: Roots: empty`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Fatalf("got %v\nwant %s", err, want)
	}
	var ce *cfgerr.Error
	if !errors.As(err, &ce) || ce.Field != "Allowed[2]" {
		t.Fatalf("errors.As: got %+v, want the first problem", ce)
	}
}

func TestLongValuesAreClipped(t *testing.T) {
	l := cfgerr.For("x")
	l.Add("F", strings.Repeat("a", 5000), "too long")
	if n := len(l.Err().Error()); n > 300 {
		t.Fatalf("got a line of %d bytes, want it clipped", n)
	}
	l = cfgerr.For("x")
	l.Add("F", strings.Repeat("a", 199)+"éé", "too long")
	if got := l.Err().Error(); !strings.Contains(got, `a…"`) || strings.Contains(got, `\x`) {
		t.Fatalf("got %s, want it cut before the é", got)
	}
}

// empty wraps a list without errors.
type empty struct{}

func (empty) Error() string   { return "empty" }
func (empty) Unwrap() []error { return nil }

func TestJoined(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	for name, tt := range map[string]struct {
		err  error
		want int
	}{
		"nil":               {nil, 0},
		"one":               {a, 0},
		"joined":            {errors.Join(a, b), 2},
		"says more":         {fmt.Errorf("%w and %w", a, b), 0},
		"an empty list":     {empty{}, 0},
		"a list with a nil": {errors.Join(a, nil), 1},
	} {
		if got := cfgerr.Joined(tt.err); len(got) != tt.want {
			t.Errorf("%s: got %v, want %d", name, got, tt.want)
		}
	}
	kept := fmt.Errorf("%w and %w", a, b)
	if got := cfgerr.Map(errors.Join(kept, a), func(e cfgerr.Error) error { return &e }); got.Error() != "a and b\na" {
		t.Errorf("got %v", got)
	}
}

func TestAll(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	says := fmt.Errorf("%w and %w", a, b)
	got := cfgerr.All(errors.Join(a, errors.Join(b, says)))
	if len(got) != 3 || got[0] != a || got[1] != b || got[2] != says {
		t.Errorf("got %q, want three errors", got)
	}
	if got := cfgerr.All(nil); got != nil {
		t.Errorf("nothing: got %q", got)
	}
}
