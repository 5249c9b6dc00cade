// Package static serves files from ordered roots: folders on disk, of which
// every file is opened through [os.Root] so that nothing outside them can be
// reached, and any [fs.FS].
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
// What frontends need besides is an option each: [Options.Fallback] for the
// routes of a single-page application, [Options.Precompressed] for neighbours
// such as app.js.br, [Options.Cache] for assets that never change,
// [Options.RedirectFolders], [Options.CleanURLs], [Options.DetectUTF8].
//
// Small files are kept in memory within [Options.CacheBytes]. Each request
// still asks the disk for the state of the file, in one system call, so that a
// change shows at once; a folder, too, is what its path leads to at the time
// (see [Dir]). Large files go from the disk to the network by the system's own
// means, wherever the [http.ResponseWriter] in use has io.ReaderFrom, and a
// client that takes its time costs no buffer of this package then.
//
// [Handler.ServeName] sends a file from a handler of your own,
// [Handler.ServeContent] anything else that can be read; [Attachment] makes
// downloads of both.
//
// # Validators
//
// The ETag of a file on disk is made from what tells its content from every
// other: device, inode, change time, modification time and size. It is strong,
// so that browsers seek in media and resume downloads, once the file has been
// left alone for three seconds. Before, a second change may bear the same time:
// the tag is weak then, and another one, so that nobody who saw the first state
// is ever told that nothing has changed. Three seconds are more than the clock
// of any file system in use takes for a step (FAT takes two), and leave one for
// clocks of a network that differ. If a file seems to come from the future, they
// are counted from when it was first seen. A program that writes to a file
// through a memory mapping may change it without a new change time: replace such
// files instead.
//
// The modification time is not trusted, for builds and copies set it to what
// they like. Last-Modified is when the content came to be at its place: the
// change time, or when the folder was replaced, whichever is later, and never
// in the future. Unlike Actionhero's and most servers' it is not the
// modification time, which [File] has.
//
// Where the system tells no change time (Windows, an [embed.FS], an archive), or
// makes it up from the modification time (squashfs, ISO 9660, FAT: known by whole
// seconds), the ETag is made from the content, which is read once for each
// version: while a large file is being read, and for a second at most, who asks
// waits, and is then answered without an ETag. Last-Modified is the modification
// time there, left out if it is before 1990 as those of builds are, and
// If-Modified-Since must be the very same. A version is told from the one before
// by its modification time, its size, and on disk by its file: on such systems,
// do not change files in place and set their times back.
//
// The tags of [Options.ContentETags] are made from the content everywhere: for
// several machines that serve the same files.
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
