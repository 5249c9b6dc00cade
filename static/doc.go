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
// of GET; other methods get 405.
//
// Options add what frontends need: [Options.Fallback] for the routes of a
// single-page application, [Options.Precompressed] for neighbours such as
// app.js.br, [Options.Cache] for assets that never change, and
// [Options.RedirectFolders], [Options.CleanURLs] and [Options.DetectUTF8].
//
// Small files are kept in memory within [Options.CacheBytes]. Each request
// still asks the disk for the state of the file, in one system call, so that a
// change shows at once. The same holds for folders: see [Dir]. Large files go
// from the disk to the network by the system's own means, wherever the
// [http.ResponseWriter] in use has io.ReaderFrom; a slow client then holds no
// buffer of this package.
//
// [Handler.ServeName] sends a file from a handler of your own,
// [Handler.ServeContent] anything else that can be read. [Attachment] makes
// either a download.
//
// # Validators
//
// The ETag of a file on disk is derived from its device, inode, change time,
// modification time and size. Three seconds after the last change it becomes
// strong, which browsers need to seek in media and to resume downloads. Until
// then a second change could bear the same time, so the tag is weak. The weak
// tag does not match the strong one that follows: a client that has an
// intermediate state gets the final one. Three seconds are more than the
// granularity of times on any common file system (FAT: two seconds), and leave
// one second for clocks that differ across a network. If a change time lies in
// the future, the three seconds count from when this process first saw the file.
// Writing through a memory mapping may leave the change time as it is: replace
// such files instead of changing them.
//
// Last-Modified is the change time, or the time at which the folder was
// replaced, if that is later; it is never in the future. For the first three
// seconds it is one second early, so that it matches nothing. It is not the
// modification time, which builds and copies set as they like: a file may be
// replaced by one whose modification time is the same, or older.
//
// Some systems have no change time (Windows, [embed.FS], archives), or derive it
// from the modification time (squashfs, ISO 9660, FAT: recognised by whole
// seconds). There the ETag is a hash of the content. Each version of a file is
// read once for it. While a large file is being read, a request waits for one
// second at most, and is then answered without an ETag. Last-Modified is the
// modification time there; it is missing if that is before 1990, as in
// reproducible builds, and If-Modified-Since must match it exactly. A new
// version is recognised by its modification time, its size and, on disk, by
// being another file: on such systems do not change a file in place and then
// reset its time.
//
// [Options.ContentETags] derives every ETag from the content. Use it if several
// machines serve the same files.
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
// # Why not http.ServeContent
//
// It would do most of this. Conditions and ranges are decided here again because
// it must be given the open file, where most conditional requests need none;
// because it answers ranges of HEAD, and with 416 where RFC 9110 wants a range to
// be ignored (units that it does not know, bad syntax); because it neither joins
// ranges nor bounds their number; and because it sends the header apart from a
// small body.
//
// # Differences from Actionhero
//
// Unlike Actionhero, a file is only read (POST is 405), an If-None-Match that
// does not match is not overruled by If-Modified-Since, files of unknown type
// are sent as application/octet-stream, hidden files are not served, a path
// with a slash after a file's name is not found, ranges are answered, the ETag
// is strong, and Last-Modified, which is sent beside it, is not the
// modification time.
package static
