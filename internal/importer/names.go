package importer

import (
	"fmt"
	"go/token"
	"strings"
	"unicode"
)

// words splits a name into the words that Go capitalizes.
func words(name string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, string(word))
			word = nil
		}
	}
	wasLower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
		case unicode.IsUpper(r) && wasLower:
			end()
			word = append(word, r)
		default:
			word = append(word, r)
		}
		wasLower = unicode.IsLower(r) || unicode.IsDigit(r)
	}
	end()
	return out
}

// initialisms are written entirely in one case.
var initialisms = map[string]bool{"id": true, "url": true, "uri": true, "api": true, "http": true, "json": true, "html": true, "ip": true, "uuid": true, "sql": true}

// exported returns the exported Go form of a name: "user_id" is UserID.
func exported(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		if initialisms[strings.ToLower(w)] {
			b.WriteString(strings.ToUpper(w))
			continue
		}
		r := []rune(w)
		b.WriteRune(unicode.ToUpper(r[0]))
		b.WriteString(string(r[1:]))
	}
	s := b.String()
	if s == "" || !unicode.IsUpper([]rune(s)[0]) {
		return "X" + s
	}
	return s
}

// unexported returns the unexported Go form of a name.
func unexported(name string) string {
	w := words(name)
	if len(w) == 0 || !unicode.IsLetter([]rune(w[0])[0]) {
		w = append([]string{"action"}, w...)
	}
	return strings.ToLower(w[0]) + strings.TrimPrefix(exported("x-"+strings.Join(w[1:], "-")), "X")
}

// identifiers hands out names, each once.
type identifiers map[string]bool

// reserved are the names that the program uses itself.
var reserved = []string{
	"main", "run", "server", "newServer", "moved", "compared", "skeletons", "notMoved", "configFile", "withOldServer", "comparedNames", "serveReport",
	"context", "errors", "fmt", "http", "slog", "os", "dispatch", "envelope", "legacy", "shadow", "sidekick", "json", "slices", "time", "init",
	"string", "bool", "int64", "float64", "any", "error", "nil", "true", "false", "append", "map", "len",
}

func newIdentifiers() identifiers {
	ids := identifiers{}
	for _, name := range reserved {
		ids[name] = true
	}
	return ids
}

// pick returns name, or a similar one that is not taken.
func (ids identifiers) pick(name string) string {
	if token.IsKeyword(name) || ids[name] || ids[name+"Input"] || ids[name+"Output"] {
		for i := 2; ; i++ {
			next := fmt.Sprintf("%sAction%d", name, i)
			if i == 2 {
				next = name + "Action"
			}
			if !ids[next] {
				name = next
				break
			}
		}
	}
	ids[name], ids[name+"Input"], ids[name+"Output"] = true, true, true
	return name
}

// field returns name, or a similar one that no other field of the struct has.
func (ids identifiers) field(name string) string {
	next := name
	for i := 2; ids[next]; i++ {
		next = fmt.Sprintf("%s%d", name, i)
	}
	ids[next] = true
	return next
}
