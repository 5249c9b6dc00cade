// Package importer reads an Actionhero project and writes a Go program to move it to: typed
// skeletons of its actions, its routes, its configuration and tests.
//
// A [Project] comes from the script export.cjs, which runs in the project, or from the swagger
// action of a running server, which knows less. [Generate] makes the program's files. What cannot
// be imported is not an error: the program's MOVING.md lists it, with the reason.
package importer
