// Package upload reads uploads: multipart/form-data, and bodies that are one
// file. Each file is written once, straight into a [Store], within limits that
// hold while it is read.
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
// Package upload/tus takes files in pieces that can be resumed, by [Parser.Receive]
// and [Parser.Adopt]. The module upload/blob has a [Store] that puts files into
// buckets of S3, Google and Azure.
//
// # Whose a file is
//
// A file belongs to its request. When the form is closed, which
// [Parser.Handler] does when the next handler returns or panics, every file is
// removed, unless [File.Keep] or [File.MoveTo] has taken it out. When a request
// fails, nothing that was stored of it stays. What a killed process leaves
// behind is removed by the next one that uses the folder, as soon as a file is
// created: see [DirStore.Sweep]. The files of running requests are locked, so
// that several processes can share a folder.
//
// # Limits
//
// All have a finite default: 200 MiB a file and for all files of a request,
// 20 MiB and 1000 fields, 100 files, 80 KiB of headers and 64 header lines a
// part (and 4 KiB of headers for each part that is allowed, for all together),
// 16 GiB and 10,000 files in flight for all requests of a parser, and 1 KiB a
// second from the client. See [Options]. Past one, the error says which by
// errors.Is, its status by StatusCode (413, 408, 503 or 507), and a code for
// programs by ErrorCode. What cannot be parsed is 400, and the client reads why.
//
// A body whose length is more than all limits together allow is refused before
// it is read, and "100 Continue" is not sent. That is certain only for what is
// larger than the files, the fields and all headers may be: with a limit of
// 1 MiB a file and the other defaults, for more than about 26 MiB.
//
// A request that is being read holds one buffer, of 32 KiB if its body is small
// or comes slowly and of 272 KiB otherwise, and its fields.
//
// # What is accepted
//
//   - A part with a file name is a file, whatever its type and size. One with
//     the empty file name and no content, which is how browsers send a file
//     input that was left alone, is not one. All others are fields.
//   - Exactly one Content-Disposition: form-data a part, with a name that is
//     not empty, is valid UTF-8 and has no controls. A parameter twice, a quote
//     that is not escaped, and anything else that can be read in two ways is
//     refused; so is name* in the place of name (aiohttp sends it for names that
//     are not ASCII, unless it is told quote_fields=False).
//   - The file name is filename. RFC 7578, section 4.2 forbids filename*, and
//     clients send it nevertheless: it counts where filename is missing, and
//     where filename is an encoded word (=?utf-8?B?…?=, as .NET sends it). Where
//     its charset is not UTF-8, US-ASCII or ISO-8859-1 the file has no name.
//     Pieces (filename*0) have no effect.
//   - Content is kept as it was sent. Nothing is decoded, neither
//     Content-Transfer-Encoding nor a multipart inside. A request with a
//     Content-Encoding is refused (415).
//   - Lines end in CR LF, those of headers and delimiters alike; a lone LF is
//     content, except behind the last delimiter. What looks like the boundary
//     but has something else behind it is content too, except white space or
//     "--" in front of it, which is refused.
//   - Up to 64 KiB before the first delimiter and after the last are ignored,
//     unless a part is in there: it would be lost, and is refused. That is what
//     lines that end in LF alone, or a boundary that is not that of the header,
//     come to. A body without any part is an empty form if it is nothing but the
//     last delimiter, and refused otherwise.
//   - The last delimiter must come, its line end need not.
//   - Boundaries have 1 to 70 of the characters of RFC 2046, section 5.1.1,
//     quoted or not.
//   - Bodies that are one file: those of application/octet-stream, unless
//     [Options.WholeBodyTypes] says otherwise; with [Options.WholeBodyUntyped]
//     also those without a Content-Type. Their form field is
//     [Options.WholeBodyField], their name what [Options.WholeBodyName] finds, by
//     default in the header X-File-Name.
//
// With these options both of the commands below upload a file "photo":
//
//	uploads, err := upload.New(upload.Options{
//		WholeBodyTypes:   []string{"image/*"},
//		WholeBodyUntyped: true,
//		WholeBodyField:   "photo",
//	})
//
//	curl -T sea.jpg http://localhost:8080/photos
//	curl -T sea.jpg -H "Content-Type: image/jpeg" http://localhost:8080/photos
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
// # Refused clients
//
// A client of HTTP/1 that is still sending when it is refused, and reads the
// answer only when it has sent all, would find its connection reset. So the
// answer is sent, and then what comes is read and thrown away, for at most 30 s,
// and 5 s without a byte ([Options.LingerTime]): nginx does the same. A refused
// client can hold its connection, a goroutine and 32 KiB for that long, and its
// bytes are not counted. Where Parse, ParseOnly or Each is called, somebody else
// answers: then the reading comes first, and takes 5 s at most. Over HTTP/2 the
// one stream ends.
//
// # Place in the chain
//
// Inside what recovers from panics and logs, and close to the handlers that
// want uploads: everything before it can still refuse the request without
// having read it. Stacked, and with the handlers of package params in any order,
// it parses once: whoever comes second finds the form. Handlers of net/http's
// kind behind it find fields by r.FormValue, and files with
// [Options.CopyForFormFile].
//
// The server's ReadTimeout is replaced while a body is read, by a deadline that
// moves on with what arrives, and its WriteTimeout begins anew when the body was
// read, so that the answer has all of it. A handler that wants another deadline
// for writing sets it behind this one.
//
// # Logs
//
// What [Parser.Handler] refuses is logged once, by slog.Default unless
// [Options.Logger] is another: as an error, with its cause, where the server has
// failed (5xx: a store, a full disk), otherwise at debug level. The errors of
// Parse, ParseOnly and Each are for the caller to log.
//
// # Differences from Actionhero
//
// Files are removed at the end of their request, names have no folders, past a
// limit and for a broken body there is an error instead of a form without it,
// a part with a file name is a file without a Content-Type too, and an empty
// file is a file.
package upload
