// Package static serves files from ordered roots: folders on disk, opened with
// [os.Root] so that nothing outside them can be reached, and any [fs.FS].
//
//	files, err := static.New(static.Options{Roots: []static.Root{static.Dir("public")}})
//	if err != nil {
//		return err
//	}
//	http.Handle("/public/", http.StripPrefix("/public", files))
//
// # What it does
//
// A folder answers with its index file, with and without a slash at the end of
// the path, without a redirect; there are no listings. Answers carry the type
// of the extension (from a table of its own, the same on every machine),
// Cache-Control, ETag, Last-Modified and "X-Content-Type-Options: nosniff".
// Conditions are decided in the order of RFC 9110, where possible before the
// file is opened; single and multiple ranges are answered; HEAD has the fields
// of GET; other methods get 405. Neighbours such as app.js.br are sent to
// clients that accept them, if [Options.Precompressed] says so.
//
// The ETag is weak and made of size and time. Files without a modification
// time, as in an [embed.FS], get a strong one made of their content.
//
// Small files are kept in memory within [Options.CacheBytes]. Each request
// still asks the disk for the state of the file, so that a change shows at
// once. Large files go from the disk to the network by the system's own means,
// wherever the [http.ResponseWriter] in use has io.ReaderFrom.
//
// [Handler.ServeName] sends a file from a handler of your own,
// [Handler.ServeContent] anything else that can be read, with a safe
// Content-Disposition for downloads.
//
// # Security
//
// Names are taken from the decoded path. A path that climbs above the root, or
// that has a slash or a dot segment in encoded form, is not found: a guard
// that compares paths in front of the handler sees the same folders. Symbolic
// links are followed inside their root only. Parts of names that begin with a
// dot are not found unless [Options.AllowHidden] lists them; neither are
// devices, pipes and sockets, nor, on Windows, names that mean something else
// there. Literal dot segments ("/a/../b") are resolved as a browser would: a
// guard in front must compare the cleaned path, or use [Options.Hide].
//
// An answer that sets a cookie, or to a request with Authorization, is marked
// private instead of public. Errors have fixed texts, and are not stored.
// Turn on [Options.AttachActive] where users upload.
//
// # Differences from Actionhero
//
// Unlike Actionhero, a file is only read (POST is 405), an If-None-Match that
// does not match is not overruled by If-Modified-Since, files of unknown type
// are sent as application/octet-stream, hidden files are not served, a path
// with a slash after a file's name is not found, ranges are answered, and
// Last-Modified is sent beside the ETag.
package static
