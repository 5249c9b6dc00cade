// Package upload reads uploads: multipart/form-data, and whole bodies of type
// application/octet-stream. Each file is written once, straight into a
// [Store], within limits that hold while it is read.
//
//	uploads, err := upload.New(upload.Options{})
//	// …
//	http.ListenAndServe(":8080", uploads.Handler(mux))
//
// A handler behind it finds the [Form] by [FromContext]. [Parser.Parse] does
// the same where there is no handler to put in front, [Parser.ParseOnly] takes
// only some of the files, and [Parser.Each] gives every part to a function as
// it comes and stores nothing.
//
// # Whose a file is
//
// A file belongs to its request. When the form is closed, which
// [Parser.Handler] does when the next handler returns or panics, every file is
// removed, unless [File.Keep] or [File.MoveTo] has taken it out. When a request
// fails, nothing that was stored of it stays. What a killed process leaves
// behind carries the prefix "sidekick-upload-", and [DirStore.Sweep] removes it
// by age: call it at start, and now and then.
//
// # Limits
//
// All have a finite default: 200 MiB a file and for all files of a request,
// 20 MiB and 1000 fields, 100 files, 80 KiB of headers and 64 header lines a
// part, 16 GiB and 10,000 files in flight for all requests of a parser, and
// 1 KiB a second from the client. See [Options]. Past one, the error says which
// by errors.Is, and its status by StatusCode: 413, 408, 503 or 507. What cannot
// be parsed is 400. A body that announces too much is refused before it is
// read.
//
// A request that is being read holds one buffer, of 32 KiB if its body is small
// or comes slowly and of 272 KiB otherwise, and its fields.
//
// # What is accepted
//
//   - A part with a file name is a file, whatever its type and size. One with
//     the empty file name and no content, which is how browsers send a file
//     input that was left alone, is none. All others are fields.
//   - Exactly one Content-Disposition: form-data a part, with a name that is
//     not empty, is valid UTF-8 and has no controls. A parameter twice, a quote
//     that is not escaped, and anything else that can be read in two ways is
//     refused. filename* has no effect (RFC 7578, section 4.2).
//   - Content is kept as it was sent. Nothing is decoded, neither
//     Content-Transfer-Encoding nor a multipart inside.
//   - Lines end in CR LF, those of headers and delimiters alike; a lone LF is
//     content. What looks like the boundary but has something else behind it is
//     content too, except white space or "--" in front of it, which is refused.
//   - Up to 64 KiB before the first delimiter and after the last are ignored.
//     The last delimiter must come, its line end need not.
//   - Boundaries have 1 to 70 of the characters of RFC 2046, section 5.1.1.
//
// # Names and types
//
// A client's file name is data, never a path: files are stored under random
// names. [File.Name] is what stands behind the last slash or backslash of it,
// without controls and characters that turn the direction of text around, with
// an underscore for those that Windows reserves (and before the names of its
// devices), without a dot or white space at either end, at most 255 bytes long;
// it may be empty. [File.Type] is what the client says, [File.DetectedType]
// what the first bytes look like. Neither says what a file is: check what
// matters, and serve uploads with nosniff, from a host of their own where they
// may be pages.
//
// # Place in the chain
//
// Inside what recovers from panics and logs, and close to the handlers that
// want uploads: everything before it can still refuse the request without
// having read it. The server's ReadTimeout is replaced while a body is read, by
// a deadline that moves on with what arrives.
//
// # Differences from Actionhero
//
// Files are removed at the end of their request, names have no folders, past a
// limit and for a broken body there is an error instead of a form without it,
// a part with a file name is a file without a Content-Type too, and an empty
// file is a file.
package upload
