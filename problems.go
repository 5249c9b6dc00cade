package sidekick

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Join joins an error of [Load] and one of [New], for programs that report both at once,
// with a line for each problem. It adds where options were set, as [Origins.Locate]
// does, and leaves out what New repeats, or reports only because Load could not read an
// option. It returns nil if both are nil.
func (o Origins) Join(loaded, made error) error {
	all := cfgerr.All(loaded)
	for _, err := range cfgerr.All(o.Locate(made)) {
		if !slices.ContainsFunc(all, func(e error) bool { return e.Error() == err.Error() || follows(err, e) }) {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// follows reports whether an error of New is about an option whose value could not be
// read: it has its default, or is incomplete, only because of that. A value from
// elsewhere is wrong by itself.
func follows(made, loaded error) bool {
	var m, l *ConfigError
	if !errors.As(made, &m) || !errors.As(loaded, &l) || l.Option == "" {
		return false
	}
	if m.Where != "" && position.ReplaceAllString(m.Where, "") != position.ReplaceAllString(l.Where, "") {
		return false
	}
	return isWithin(m.Field, l.Option) || isWithin(l.Option, m.Field)
}

// position matches what an origin adds to the file or the variable: the position in the
// file, and the other name that was used.
var position = regexp.MustCompile(`(:\d+:\d+)?( \(\S+\))?$`)

// isWithin reports whether path names an option, or something in its value.
func isWithin(path, option string) bool {
	rest, ok := strings.CutPrefix(plainPath(path), plainPath(option))
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// plainPath returns a path without what pieces add to it: quoted names in brackets, and
// what a route is, in parentheses.
func plainPath(path string) string {
	return route.ReplaceAllString(quoted.ReplaceAllString(path, ".$1"), "$1$2")
}

var (
	quoted = regexp.MustCompile(`\["([-\w$]+)"\]`)
	route  = regexp.MustCompile(`^(.*?\]) \(.*\)(\.\w+)?$`)
)
