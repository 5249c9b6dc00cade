package ratelimit

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// MaxLimits is how many limits one [Limiter] can have, for example for a second, a
// minute, an hour and a day.
const MaxLimits = 4

const (
	// mostPerSecond limits a rate. Times are whole nanoseconds, so a faster rate
	// would be off by more than one percent.
	mostPerSecond = 10_000_000
	// mostWindow limits the time in which a used-up burst comes back.
	mostWindow = 400 * 24 * time.Hour
	mostName   = 64
	nameSigns  = "want 1 to 64 letters, digits and the signs . - _ /"
)

// A Limit is how many units a client may use, in the long run and at once. A unit
// is one request, unless [Options.Cost] says otherwise.
type Limit struct {
	_ struct{}

	// Name names the limit in the RateLimit fields and in errors: 1 to 64 letters,
	// digits and the characters . - _ /, different for each limit of a [Limiter].
	// Default: "default" for a single limit, otherwise rate and time, such as "10/s"
	// or "1000/h".
	Name string

	// Rate is how many units become available in each Per, evenly over that time:
	// from 1 to ten million a second. Required.
	Rate int64

	// Per is the time in which Rate units become available. It is divided by Rate
	// and rounded up to whole nanoseconds. Required.
	Per time.Duration

	// Burst is how many units a client that has used none for a while can use at
	// once. In any time t a client gets at most Burst + Rate×t/Per units. Default:
	// Rate. The maximum is Rate×400 days/Per.
	Burst int64
}

// withDefaults fills in the defaults.
func (l Limit) withDefaults(alone bool) Limit {
	l.Burst = cmp.Or(l.Burst, max(l.Rate, 0))
	if l.Name == "" {
		l.Name = "default"
		if !alone {
			l.Name = strconv.FormatInt(l.Rate, 10) + "/" + shortTime(l.Per)
		}
	}
	return l
}

// check reports the problems of a limit whose defaults are filled in. It returns
// false if the limit cannot be used in calculations.
func (l Limit) check(errs *cfgerr.List, field string) bool {
	if !isName(l.Name) {
		errs.Add(field+".Name", l.Name, nameSigns)
	}
	usable := l.Rate > 0 && l.Per > 0 && l.Burst >= 0
	if l.Rate <= 0 {
		errs.Add(field+".Rate", l.Rate, "want 1 or more")
	}
	if l.Per <= 0 {
		errs.Add(field+".Per", l.Per, "want a positive time, such as a second")
	}
	if l.Burst < 0 {
		errs.Add(field+".Burst", l.Burst, "want 1 or more, or 0 for the rate")
	}
	switch {
	case !usable:
		return false
	case float64(l.Rate)/l.Per.Seconds() > mostPerSecond:
		errs.Add(field+".Rate", l.Rate, "want at most ten million units a second; count in larger units")
		return false
	case l.Burst > int64(mostWindow)/l.interval():
		errs.Add(field+".Burst", l.Burst, "at %d in %v it takes more than 400 days to come back: want %d or less", l.Rate, l.Per, int64(mostWindow)/l.interval())
		return false
	}
	return true
}

// interval is the time in which one unit becomes available. It is rounded up, so
// that the rate is never exceeded.
func (l Limit) interval() int64 { return (int64(l.Per)-1)/l.Rate + 1 }

func isName(s string) bool {
	if s == "" || len(s) > mostName {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte(".-_/", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// shortTime formats a duration in its shortest usual form: "s", "15m", "h", "d".
func shortTime(d time.Duration) string {
	for _, unit := range []struct {
		name string
		time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}} {
		switch {
		case d == unit.Duration:
			return unit.name
		case d > 0 && d%unit.Duration == 0:
			return fmt.Sprint(int64(d/unit.Duration), unit.name)
		}
	}
	return fmt.Sprint(int64(d), "ns")
}
