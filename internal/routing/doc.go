// Package routing parses route patterns and compiles them into a table whose
// cost does not grow with the number of routes, while the first route defined
// still wins.
//
// # Patterns
//
// A pattern is a list of parts between slashes: "/search/:term/limit/:limit".
// The slash at its start and one at its end may be left out.
//
//   - A literal matches the same text. Letters A to Z match either case; all
//     other characters, letters beyond ASCII among them, match themselves only.
//   - ":name" is a variable: it takes one part, which is never empty.
//   - "v:name" has a literal before its variable: the part "v2" gives "2".
//   - ":name(expression)" takes only what the RE2 expression matches as a whole,
//     with or without ^ and $ of its own. A dot matches every character. An
//     expression ends its part and holds no slash.
//
// A trailing pattern whose last part has a variable gives the variable the whole
// rest of the path, slashes included, and its expression decides on all of it;
// there must be at least one part. A trailing pattern whose last part is a literal
// matches that folder and everything below, and the rest is handed over.
//
// # Paths
//
// A path is split at the slashes that were sent as such, then every part is
// decoded exactly once; "+" stays "+". So %2F is data of the variable that takes
// its part. In the rest of a trailing pattern it reads as the slash it stands for.
//
// One slash at the end means nothing: "/list/" is "/list". It is dropped from a
// trailing variable and kept in the rest of a folder. A path with an empty part
// anywhere else, or with a part "." or "..", matches nothing, however its dots and
// slashes were written; and no variable takes "." or ".." from behind a literal.
// A malformed escape or a path that is not UTF-8 is an error. So is a path longer
// than [MaxPath]; patterns have limits too, see [MaxPattern] and [MaxParts].
//
// Unlike Actionhero, an expression has to match the whole of its part, "+" is no
// space, a malformed escape is refused instead of losing the variable, and routes
// for GET answer HEAD.
//
// # How it works
//
// The patterns of a verb form a tree by parts: literals in a perfect hash table, all
// variables in one edge, whatever their names and expressions. Where a single
// pattern is left, what remains of it is compared directly. A search goes through
// the few branches that fit, leaves out every branch whose lowest route comes after
// the best one found, and visits no fork twice. Routes of one shape
// that differ by their expressions share one automaton for each variable, which
// names all expressions that match in one pass over the value. An expression that
// no automaton of a fair size can hold is left to package regexp.
package routing
