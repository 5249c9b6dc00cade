// Package mimetypes knows the media type of a file by its extension. The table
// is part of the program, where the standard library's mime package also reads
// what the machine has installed: so every machine answers the same.
package mimetypes
