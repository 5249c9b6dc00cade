package shape

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/sidekick-http/sidekick/internal/qs"
)

// Value is the value of one pair: a string, an uploaded file (of any type other than string),
// [qs.Pieces], or [JSON].
type Value = any

// JSON is a value declared as JSON, such as a part of type application/json.
type JSON string

// member is a member of an object that was sent as JSON, beside names that lead to the same member.
type member struct{ value any }

// Options control how names and values are read.
type Options struct {
	Dots     bool // a.b is the same as a[b]
	MaxDepth int  // maximum number of steps of a name
	MaxItems int  // maximum number of elements of one list
	// ParseJSON decodes JSON.
	ParseJSON func(string) (any, error)
	// Files converts a list of files to its type.
	Files func([]any) any
	// Names controls how undeclared names nest.
	Names qs.Options
}

// Error says why declared parameters cannot be built from what was sent.
type Error struct {
	Param string // as the client should know it, with its members: "user.tags"
	Limit int    // the exceeded limit, for ErrItems and ErrDepth
	Err   error  // ErrItems, ErrDepth, or the problem with the JSON
}

func (e *Error) Error() string { return e.Param + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

var (
	ErrItems = errors.New("too many elements")
	ErrDepth = errors.New("nested too deeply")
)

// Assemble builds the parameters in shapes from pairs and puts them into values, replacing
// existing ones. It ignores other names, and those for which skip returns true. It returns an
// error for each parameter that it cannot build, in the order of the names, and leaves their
// values as they are.
//
// The result for a Scalar or File is what was sent, for a List []any (for a list of files the
// result of [Options.Files]), for a Map and an Object map[string]any. What does not fit that kind
// (a member of a list, an element of a map) is returned in the kind in which it was sent, for the
// caller to refuse, even if something that fits was sent as well.
func Assemble(pairs iter.Seq2[string, Value], shapes map[string]*Shape, values map[string]any, skip func(string) bool, o *Options) (failed []*Error) {
	a := assembler{o: o}
	roots := map[string]*node{}
	var room [16]string
	for name, value := range pairs {
		steps := qs.Steps(room[:0], name, o.Dots)
		if len(steps) == 0 {
			continue
		}
		s := shapes[steps[0]]
		if s == nil || skip != nil && skip(steps[0]) {
			continue
		}
		root := roots[steps[0]]
		if root == nil {
			root = &node{shape: s}
			roots[steps[0]] = root
		}
		if root.deep = root.deep || len(steps) > o.MaxDepth; !root.deep {
			root.add(steps[1:], value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(roots)) {
		v, err := a.root(roots[name], name)
		var one *Error
		switch {
		case errors.As(err, &one):
			failed = append(failed, one)
		case err != nil:
			failed = append(failed, &Error{Param: clip(name), Err: err})
		case v != nil:
			values[name] = v
		default:
			delete(values, name)
		}
	}
	return failed
}

// root builds the value of a parameter.
func (a *assembler) root(n *node, name string) (any, error) {
	if n.deep {
		return nil, &Error{Param: clip(name), Limit: a.o.MaxDepth, Err: ErrDepth}
	}
	return a.finish(n, name)
}

// node collects what was sent for one place in a shape.
type node struct {
	shape  *Shape
	leaves []Value          // sent under exactly this name
	kids   map[string]*node // members, of a Map or Object
	items  []item           // elements, of a List
	byIdx  map[int]*node    // elements that were sent with an index
	subs   []sub            // for Any: what was sent below it
	inner  bool             // the node is an element of a list
	deep   bool             // something was sent too deep below it
	other  any              // an empty value of the kind that was sent, if it does not fit the shape
}

type item struct {
	index int // -1 for []
	node  *node
}

type sub struct {
	rest  string // the rest of the name, with its brackets
	value Value
}

// add adds a value at the place to which the steps lead from n.
func (n *node) add(steps []string, value Value) {
	for len(steps) > 0 {
		if n.shape.Kind == Any {
			n.subs = append(n.subs, sub{"[" + strings.Join(steps, "][") + "]", value})
			return
		}
		next := n.below(steps[0])
		if next == nil {
			return
		}
		n, steps = next, steps[1:]
	}
	n.leaves = append(n.leaves, value)
	if n.shape.Kind == List {
		n.items = append(n.items, item{index: -1}) // keeps its position among the others
	}
}

// below returns the node to which a step leads: n itself if brackets follow the name of a single
// value, nil if the shape has nothing there. Then it notes which kind was sent.
func (n *node) below(step string) *node {
	switch n.shape.Kind {
	case List:
		if next := n.element(step); next != nil {
			return next
		}
		n.other = map[string]any{}
	case Map:
		if step != "" {
			return n.kid(step, n.shape.elem())
		}
		n.other = []any{}
	case Object:
		if m, declared := n.shape.Members[step]; declared {
			return n.kid(step, orAny(m))
		}
		if n.shape.Elem != nil && step != "" {
			return n.kid(step, n.shape.Elem)
		}
		// An undeclared member is dropped, like undeclared parameters, but it shows that an
		// object was sent.
		if isElement(step) {
			n.other = []any{}
		} else if n.other == nil {
			n.other = map[string]any{}
		}
	default:
		if isElement(step) {
			return n
		}
		n.other = map[string]any{}
	}
	return nil
}

// element returns the node of an element, or nil if the step is not one.
func (n *node) element(step string) *node {
	index, indexed := qs.Index(step)
	switch {
	case step == "":
		index = -1
	case !indexed:
		return nil
	case n.byIdx[index] != nil:
		return n.byIdx[index]
	}
	e := &node{shape: n.shape.elem(), inner: true}
	n.items = append(n.items, item{index, e})
	if indexed {
		if n.byIdx == nil {
			n.byIdx = map[int]*node{}
		}
		n.byIdx[index] = e
	}
	return e
}

func (n *node) kid(name string, s *Shape) *node {
	k := n.kids[name]
	if k == nil {
		k = &node{shape: s}
		if n.kids == nil {
			n.kids = map[string]*node{}
		}
		n.kids[name] = k
	}
	return k
}

type assembler struct{ o *Options }

// finish makes the value of a node; nil if nothing is left.
func (a *assembler) finish(n *node, path string) (any, error) {
	switch n.shape.Kind {
	case Scalar:
		return a.scalar(n, path)
	case File:
		return n.file(), nil
	case List:
		return a.list(n, path)
	case Map, Object:
		return a.object(n, path)
	default:
		return a.anything(n, path)
	}
}

func (a *assembler) scalar(n *node, path string) (any, error) {
	if len(n.leaves) == 0 || n.other != nil {
		return n.other, nil
	}
	switch v := n.leaves[len(n.leaves)-1].(type) {
	case JSON:
		return a.parse(string(v), path)
	case member:
		return v.value, nil
	case qs.Pieces:
		return strings.Join(v, ","), nil
	default:
		return v, nil
	}
}

// file returns the last file. It ignores empty strings, which forms send if no file was chosen.
func (n *node) file() any {
	if n.other != nil {
		return n.other
	}
	var last any
	for _, v := range n.leaves {
		if m, ok := v.(member); ok {
			v = m.value
		}
		if text, ok := v.(string); !ok || text != "" && (last == nil || isText(last)) {
			last = v
		}
	}
	return last
}

func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

func (a *assembler) list(n *node, path string) (any, error) {
	if n.other != nil {
		return n.other, nil
	}
	n.sortItems()
	list := make([]any, 0, len(n.items))
	leaf := 0
	null := true // only null was sent, as JSON
	for _, it := range n.items {
		if it.node == nil {
			more, err := a.elements(n, n.leaves[leaf], path)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
			null = null && more == nil
			leaf++
		} else {
			null = false
			v, err := a.finish(it.node, fmt.Sprintf("%s[%d]", path, len(list)))
			if err != nil {
				return nil, err
			}
			if v != nil {
				list = append(list, v)
			}
		}
		if len(list) > a.o.MaxItems {
			return nil, &Error{Param: path, Limit: a.o.MaxItems, Err: ErrItems}
		}
	}
	if null {
		return nil, nil
	}
	if n.shape.elem().Kind != File {
		return list, nil
	}
	if len(list) == 0 {
		return nil, nil // a form in which no file was chosen
	}
	return a.o.Files(list), nil
}

// byIndex sorts with package sort: slices.SortFunc would add more than 10 KB to a program.
type byIndex []item

func (s byIndex) Len() int           { return len(s) }
func (s byIndex) Less(i, j int) bool { return s[i].index < s[j].index }
func (s byIndex) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// sortItems sorts the elements that were sent with an index, within the positions that they have
// among the others.
func (n *node) sortItems() {
	if len(n.byIdx) < 2 {
		return
	}
	indexed := make([]item, 0, len(n.byIdx))
	for _, it := range n.items {
		if it.index >= 0 {
			indexed = append(indexed, it)
		}
	}
	sort.Sort(byIndex(indexed))
	next := 0
	for i := range n.items {
		if n.items[i].index >= 0 {
			n.items[i] = indexed[next]
			next++
		}
	}
}

// elements returns what one value under the name of a list adds to it: itself, or the elements
// that it contains as JSON.
func (a *assembler) elements(n *node, v Value, path string) ([]any, error) {
	switch v := v.(type) {
	case JSON:
		parsed, err := a.parse(string(v), path)
		if parsed == nil {
			return nil, err // null: not sent
		}
		return n.listed(parsed), err
	case member:
		return n.listed(v.value), nil
	case qs.Pieces:
		return a.elementsOfPieces(n, v, path)
	case string:
		return a.elementsOfString(n, v, path)
	}
	return []any{v}, nil
}

func (a *assembler) elementsOfPieces(n *node, pieces qs.Pieces, path string) (list []any, err error) {
	if whole := strings.Join(pieces, ","); a.holdsJSON(n, whole) {
		return a.elements(n, whole, path) // the commas are those of JSON
	}
	for _, piece := range pieces {
		more, err := a.elements(n, piece, path)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func (a *assembler) elementsOfString(n *node, s, path string) ([]any, error) {
	switch elem := n.shape.elem(); elem.Kind {
	case File:
		if s == "" {
			return nil, nil // no file was chosen
		}
	case Any:
		one, err := a.perhapsJSON(elem.JSON, s, path)
		if list, ok := one.([]any); ok && n.inner {
			return list, err
		}
		return []any{one}, err
	default:
		if parsed, ok, err := a.tryJSON(s, n.opens(), path); ok || err != nil {
			return n.listed(parsed), err
		}
	}
	return []any{s}, nil
}

// holdsJSON reports whether a string that was sent for a list is read as JSON.
func (a *assembler) holdsJSON(n *node, s string) bool {
	if elem := n.shape.elem(); elem.Kind == Any && elem.JSON != NoJSON {
		_, err := a.o.ParseJSON(s)
		return err == nil
	}
	_, ok, err := a.tryJSON(s, n.opens(), "")
	return ok || err != nil
}

// opens returns the first characters of strings that are read as JSON under the name of a list. A
// string that looks like a JSON list is one only if a plain string cannot be meant, or if the
// list is in a list.
func (n *node) opens() string {
	switch elem := n.shape.elem(); {
	case elem.Kind != Scalar:
		return "[{"
	case elem.Text && !n.inner:
		return ""
	}
	return "["
}

// listed returns the elements for a JSON value: those of a list, unless it is one element of a
// list of lists.
func (n *node) listed(parsed any) []any {
	if list, ok := parsed.([]any); ok && (n.inner || !isOneList(list, n.shape.elem())) {
		return list
	}
	return []any{parsed}
}

// isOneList reports whether a list is one element of a list of lists rather than the whole list.
func isOneList(list []any, elem *Shape) bool {
	if elem.Kind != List {
		return false
	}
	if k := elem.elem().Kind; k == List || k == Any || len(list) == 0 {
		return true
	}
	_, ok := list[0].([]any)
	return !ok
}

func (a *assembler) object(n *node, path string) (any, error) {
	members, other, err := a.wholes(n, path)
	switch {
	case err != nil:
		return nil, err
	case other != nil && (other != "" || len(n.kids) == 0):
		return other, nil
	case len(n.kids) == 0 && members != nil:
		return members, nil
	case len(n.kids) == 0 || n.shape.Kind == Map && n.other != nil:
		return n.other, nil
	}
	if members == nil {
		members = make(map[string]any, len(n.kids))
	}
	for name, k := range n.kids {
		if sent := members[name]; sent != nil {
			k.precede(member{sent})
		}
		v, err := a.finish(k, path+"."+name)
		if err != nil {
			return nil, err
		}
		if v != nil {
			members[name] = v
		}
	}
	return members, nil
}

// precede puts a value before everything else that was sent under the name.
func (n *node) precede(v Value) {
	n.leaves = slices.Insert(n.leaves, 0, v)
	if n.shape.Kind == List {
		n.items = slices.Insert(n.items, 0, item{index: -1})
	}
}

// wholes returns the value that was sent under the name of an object, the last if there are
// several, as members if it is an object, otherwise as other: "" if only a blank field was sent.
func (a *assembler) wholes(n *node, path string) (members map[string]any, other any, err error) {
	for _, v := range n.leaves {
		parsed, err := a.whole(v, path)
		if err != nil {
			return nil, nil, err
		}
		switch m, ok := parsed.(map[string]any); {
		case ok:
			members, other = m, nil
		case parsed == "":
			if members == nil && other == nil {
				other = parsed
			}
		case parsed != nil:
			members, other = nil, parsed
		}
	}
	return members, other, nil
}

// whole returns the value of a leaf that represents a whole object.
func (a *assembler) whole(v Value, path string) (any, error) {
	switch v := v.(type) {
	case JSON:
		return a.parse(string(v), path)
	case member:
		return v.value, nil
	case qs.Pieces:
		return a.whole(strings.Join(v, ","), path)
	case string:
		if parsed, ok, err := a.tryJSON(v, "{", path); ok || err != nil {
			return parsed, err
		}
	}
	return v, nil
}

// anything builds the value of an undeclared place from the names below it.
func (a *assembler) anything(n *node, path string) (any, error) {
	if leaves := len(n.leaves); len(n.subs) == 0 && (leaves == 1 || leaves > 1 && n.shape.JSON != NoJSON) {
		if v, done, err := a.alone(n.shape.JSON, n.leaves[leaves-1], path); done {
			return v, err
		}
	}
	return a.nested(n, path)
}

// alone returns the value of an undeclared place below which there are no names. done is false if
// qs has to build it.
func (a *assembler) alone(use JSONUse, leaf Value, path string) (value any, done bool, err error) {
	switch v := leaf.(type) {
	case JSON:
		value, err = a.parse(string(v), path)
	case member:
		value = v.value
	case qs.Pieces:
		if use == NoJSON {
			return nil, false, nil
		}
		value, err = a.o.ParseJSON(strings.Join(v, ",")) // the commas may be those of JSON
		return value, err == nil, nil
	case string:
		if v == "" && use != NoJSON {
			return nil, true, nil // the field was left blank
		}
		value, err = a.perhapsJSON(use, v, path)
	default:
		value = v
	}
	return value, true, err
}

// nested has qs build the value of an undeclared place.
func (a *assembler) nested(n *node, path string) (any, error) {
	const root = "v"
	var failed error
	built, err := qs.Nest(func(yield func(string, any) bool) {
		for _, v := range n.leaves {
			if failed = a.give(root, v, path, yield); failed != nil {
				return
			}
		}
		for _, s := range n.subs {
			if failed = a.give(root+s.rest, s.value, path, yield); failed != nil {
				return
			}
		}
	}, a.o.Names)
	switch {
	case failed != nil && failed != errStopped:
		return nil, failed
	case err != nil:
		return nil, &Error{Param: path, Err: err}
	}
	return built[root], nil
}

var errStopped = errors.New("no more is wanted")

// give yields a value under a name, piece by piece if it has pieces.
func (a *assembler) give(name string, v Value, path string, yield func(string, any) bool) error {
	more := false
	switch v := v.(type) {
	case JSON:
		parsed, err := a.parse(string(v), path)
		if err != nil {
			return err
		}
		more = yield(name, parsed)
	case member:
		more = yield(name, v.value)
	case qs.Pieces:
		for _, piece := range v {
			if more = yield(name, piece); !more {
				break
			}
		}
	default:
		more = yield(name, v)
	}
	if !more {
		return errStopped
	}
	return nil
}

// perhapsJSON returns the value of a string that may be JSON.
func (a *assembler) perhapsJSON(use JSONUse, s, path string) (any, error) {
	if use == NoJSON || s == "" {
		return s, nil
	}
	v, err := a.o.ParseJSON(s)
	switch {
	case err == nil:
		return v, nil
	case use == MustBeJSON:
		return nil, &Error{Param: path, Err: err}
	}
	return s, nil
}

// tryJSON reads a string as JSON if it begins with one of the characters in first. If it is not
// JSON, it stays a string, for the caller to refuse. JSON that is not accepted, because it is too
// deep for example, is an error.
func (a *assembler) tryJSON(s, first, path string) (_ any, ok bool, err error) {
	trimmed := strings.TrimLeft(s, " \t\r\n")
	if trimmed == "" || strings.IndexByte(first, trimmed[0]) < 0 {
		return nil, false, nil
	}
	v, err := a.o.ParseJSON(trimmed)
	if err != nil && json.Valid([]byte(trimmed)) {
		return nil, false, &Error{Param: path, Err: err}
	}
	return v, err == nil, nil
}

// parse reads a value declared as JSON.
func (a *assembler) parse(s, path string) (any, error) {
	v, err := a.o.ParseJSON(s)
	if err != nil {
		return nil, &Error{Param: path, Err: err}
	}
	return v, nil
}

// clip shortens a client's name for messages.
func clip(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}
