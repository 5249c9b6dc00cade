// Package moving walks the way of docs/migrating.md with a small project of a real
// Actionhero: a program is written by sidekick import and stands in front of the old
// server, its actions are compared and take over, and the old server is switched
// off. A client script notices nothing of it.
package moving
