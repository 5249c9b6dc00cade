// Package tus receives files in resumable pieces, with the tus protocol 1.0
// (https://tus.io/protocols/resumable-upload) and its extensions creation, creation-with-upload,
// expiration, checksum and termination. Clients include tus-js-client, Uppy and TUSKit. A request
// that relies on another extension (Upload-Concat, Upload-Defer-Length, a checksum in a trailer)
// is refused with 400, and one whose content is encoded (Content-Encoding) with 415. So
// tus-js-client must not be given parallelUploads.
//
//	uploads, err := tus.New(tus.Options{
//		Dir: "/var/lib/app/unfinished",
//		Finish: func(ctx context.Context, file *upload.File, about tus.Upload) error {
//			return file.Keep()
//		},
//	})
//	// …
//	mux.Handle("/files/", http.StripPrefix("/files", uploads))
//
// A POST to the path where the [Handler] is mounted begins an upload. The upload's own address is
// one segment below.
//
// # What happens to a file
//
// The handler keeps what has arrived in a folder ([Options.Dir]), even if the connection breaks,
// the process is killed, or another process that shares the folder receives the next piece. A
// complete file goes through an [upload.Parser] ([Options.Parser]), with its hash, MaxFileBytes,
// MaxTotalFileBytes and RefuseEmptyFiles, into its Store, and then to [Options.Finish]. Only then
// does the client learn that the upload is complete. Until then the last byte counts as missing: a
// client that missed the response, or got an error from Finish, sends that byte again, and Finish is
// tried again. If the process is killed during Finish, Finish will be called again for the same
// file.
//
// If Finish fails with a client error (a StatusCode of 400 to 499), the upload is removed. A
// small record of a finished upload remains until it expires, for clients that missed the
// response.
//
// # Security
//
// An upload has a random address, and belongs to the client that began it: see [Options.Owner].
// For everybody else it does not exist. [Options.Authorize] decides what else is allowed.
// Options limit sizes, numbers, and how long unfinished uploads are kept; the Parser limits how
// slow clients may be. Names and types come from the client, as in package upload.
//
// Pages of other origins need the following header fields allowed and exposed: Location,
// Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires, Tus-Resumable, Tus-Version,
// Tus-Max-Size, Tus-Extension and Tus-Checksum-Algorithm.
//
// # Several processes
//
// Several processes may share a folder, on one machine or on a file system with locks, such as
// NFS version 4 on Linux. On systems without flock other than Windows, only one process may use a
// folder.
package tus
