// Package routing parses route patterns and compiles them into a table whose cost does not grow
// with the number of routes, although the first matching route still wins.
//
// # Patterns
//
// A pattern is a list of parts between slashes: "/search/:term/limit/:limit". The leading slash
// and one trailing slash may be omitted.
//
//   - A literal matches itself. Letters A to Z match in either case; all other
//     characters, including letters beyond ASCII, match only themselves.
//   - ":name" is a variable: it takes one part, which is never empty.
//   - "v:name" has a literal before its variable: the part "v2" gives "2".
//   - ":name(expression)" matches only if the RE2 expression matches the whole
//     value, with or without its own ^ and $. A dot matches every character. An
//     expression ends its part and contains no slash.
//
// If the last part of a trailing pattern has a variable, the variable takes the whole rest of the
// path, slashes included, and its expression must match all of it; there must be at least one
// part. If the last part is a literal, the pattern matches that folder and everything below, and
// Match returns the rest.
//
// # Paths
//
// A path is split at the slashes that were sent unescaped; then every part is decoded exactly
// once; "+" stays "+". So %2F is part of the value of a variable. In the rest of a trailing
// pattern it becomes a slash.
//
// One slash at the end has no meaning: "/list/" is "/list". It is dropped from a trailing
// variable and kept in the rest of a folder. A path with an empty part anywhere else, or with a
// part "." or "..", matches nothing, however its dots and slashes were encoded; and no variable
// takes "." or ".." after a literal. A malformed escape or a path that is not UTF-8 is an error.
// So is a path longer than [MaxPath]. For the limits of patterns see [MaxPattern] and [MaxParts].
//
// Unlike in Actionhero, an expression must match the whole value, "+" is not a space, a malformed
// escape is refused instead of losing the variable, and routes for GET answer HEAD.
//
// # How it works
//
// The patterns of a verb form a tree of parts. In each node the literals are in a perfect hash
// table, and all variables share one edge, whatever their names and expressions. If a single
// pattern is left, its rest is compared directly. A search visits the few matching branches,
// skips every branch whose lowest route comes after the best one found, and visits no fork twice.
// Routes of one shape that differ only in expressions share one automaton for each variable,
// which finds all matching expressions in one pass over the value. Package regexp handles
// expressions for which the automaton would be too large.
package routing
