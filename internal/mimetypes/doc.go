// Package mimetypes returns the media type of a file by its extension. The table is
// part of the program, so that every machine gives the same answer, whereas the
// standard library's mime package also reads what the machine has installed.
package mimetypes
