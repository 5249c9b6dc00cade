// Package tus takes files in pieces that can be resumed, by the tus protocol 1.0
// (https://tus.io/protocols/resumable-upload), with its extensions creation,
// creation-with-upload, expiration, checksum and termination. Clients of it are
// tus-js-client, Uppy, TUSKit and others.
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
// A POST to the path where the [Handler] is mounted begins an upload; its own
// address is one segment below.
//
// # What happens to a file
//
// What has arrived is kept in a folder ([Options.Dir]), also when the connection
// breaks, the process is killed or another process takes the next piece: all of
// those that share the folder. When it is whole it goes through an
// [upload.Parser] ([Options.Parser]) into its Store, with its hash and limits, and
// to [Options.Finish]. Only then is the client told that all of it is there: until
// then the last byte counts as missing, so that a client that has lost the answer,
// or met a failure of Finish, sends that byte again and has it tried again. Finish
// has to be ready for being called again after a process was killed within it.
//
// A file for which Finish fails with an error of the client's, whose StatusCode is
// 400 to 499, is gone. Of one that is finished a note is left until it expires, for
// clients that have lost the answer.
//
// # Security
//
// An upload has a random address, and belongs to who began it: see
// [Options.Owner]. To everybody else it is not there. [Options.Authorize] decides
// about everything else. Sizes, numbers and the time for which unfinished uploads
// are kept are limited, each by an option; so is how slow clients may be, by the
// Parser. Names and types are the client's words, as in package upload.
//
// Pages of other origins need the headers of this protocol allowed and exposed:
// Location, Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires,
// Tus-Resumable, Tus-Version, Tus-Max-Size, Tus-Extension and
// Tus-Checksum-Algorithm.
//
// # Several processes
//
// They share a folder, on one machine or by a file system with locks: on Linux,
// NFS version 4 has them. On systems without flock other than Windows, a folder
// is for one process.
package tus
