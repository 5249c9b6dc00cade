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
// The response for a folder is its index file, with or without a slash at the end
// of the path and without a redirect; there are no listings. Responses carry the
// media type for the extension (from a built-in table, the same on every machine),
// with a charset if it is text in UTF-8 (see [Options.OmitCharset]), Cache-Control,
// ETag, Last-Modified and "X-Content-Type-Options: nosniff".
// Conditions are evaluated in the order of RFC 9110, if possible before the file is
// opened; single and multiple ranges are answered; HEAD gets the header fields of
// GET; other methods get 405.
//
// Options add what frontends need: [Options.Fallback] for the routes of a
// single-page application, [Options.Precompressed] for neighbours such as
// app.js.br, [Options.Cache] for assets that never change, and
// [Options.RedirectFolders] and [Options.CleanURLs].
//
// Small files are kept in memory within [Options.CacheBytes]. Each request still
// asks the disk for the state of the file, in one system call, so that a change
// shows at once. The same holds for folders: see [Dir]. If the
// [http.ResponseWriter] has io.ReaderFrom, the operating system copies large files
// from disk to network, and a slow client holds no buffer of this package.
//
// [Handler.ServeName] sends a file from a handler of your own,
// [Handler.ServeContent] sends anything else that can be read. [Attachment] turns
// either into a download.
//
// # Validators
//
// The ETag of a file on disk is derived from its device, inode, change time,
// modification time and size. Three seconds after the last change it becomes
// strong, which browsers need to seek in media and to resume downloads. Until then
// a second change could have the same time, so the tag is weak. The weak tag does
// not match the strong one that follows, so a client with an intermediate state
// gets the final one. Three seconds are more than the granularity of times on any
// common file system (FAT: two seconds), and leave one second for clocks that
// differ across a network. If a change time lies in the future, the three seconds
// count from when this process first saw the file. Writing through a memory mapping
// may not update the change time: replace such files instead of changing them.
//
// Last-Modified is the change time, or the time at which the folder was replaced,
// if that is later; it is never in the future. For the first three seconds it is
// one second early, so that it matches nothing. It is not the modification time,
// which builds and copies set freely: a new file may have the same modification
// time as the old one, or an older one.
//
// Some systems have no change time (Windows, [embed.FS], archives), or derive it
// from the modification time (squashfs, ISO 9660, FAT: recognised by whole
// seconds). There the ETag is a hash of the content, for which each version of a
// file is read once. While a large file is being read, a request waits at most one
// second, and is then answered without an ETag. Last-Modified is the modification
// time; it is left out if that is before 1990, as in reproducible builds, and
// If-Modified-Since must match it exactly. A new version is recognised by its
// modification time, its size and, on disk, by being another file: on such systems
// do not change a file in place and then reset its time.
//
// [Options.ContentETags] derives every ETag from the content. Use it if several
// machines serve the same files.
//
// # Security
//
// Names are taken from the decoded path. A path that climbs above the root, or that
// has an encoded slash or dot segment, is not found, so a guard outside the handler
// that compares paths sees the same folders. Symbolic links are followed only
// inside their root. Parts of names that begin with a dot are not found unless
// [Options.AllowHidden] lists them; neither are devices, pipes and sockets, nor, on
// Windows, names that mean something else there. Literal dot segments ("/a/../b")
// are resolved as a browser would: a guard outside must compare the cleaned path,
// or use [Options.Hide].
//
// A response that sets a cookie, or answers a request with Authorization, is marked
// private instead of public. Errors have fixed messages and are not cached. Turn on
// [Options.AttachActive] for folders into which users upload.
//
// # Why not http.ServeContent
//
// It would do most of this. This package evaluates conditions and ranges itself,
// because http.ServeContent needs the open file, which most conditional requests do
// not; answers ranges for HEAD; answers 416 where RFC 9110 says to ignore a range
// (unknown units, bad syntax); neither joins ranges nor limits their number; and
// sends the header separately from a small body.
//
// # Differences from Actionhero
//
// Unlike in Actionhero, files can only be read (POST is 405), an If-None-Match that
// does not match is not overruled by If-Modified-Since, files of unknown type are
// sent as application/octet-stream, text in UTF-8 has a charset unless
// [Options.OmitCharset] is set, hidden files are not served, a file's name followed
// by a slash is not found, ranges are answered, the ETag is strong, and
// Last-Modified, which is sent with it, is not the modification time.
package static
