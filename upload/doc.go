// Package upload reads uploads: multipart/form-data, and bodies that are a single file. Each file
// is written once, straight into a [Store], within limits that apply while it is read.
//
//	uploads, err := upload.New(upload.Options{})
//	// …
//	http.ListenAndServe(":8080", uploads.Handler(mux))
//
// An inner handler gets the [Form] from [FromContext]. [Parser.Parse] does the same without
// middleware, [Parser.ParseOnly] stores only some of the files, and [Parser.Each] passes every
// part to a function as it arrives and stores nothing.
//
// Package upload/tus receives files in resumable pieces, with [Parser.Receive] and
// [Parser.Adopt]. The module upload/blob has a [Store] for buckets of S3, Google and Azure.
//
// # Lifetime of files
//
// A file belongs to its request. [Parser.Handler] closes the form when the next handler returns
// or panics. Closing removes every file, unless [File.Keep] or [File.MoveTo] was called. A failed
// request leaves nothing behind. Files that a killed process left behind are removed by the next
// process that creates a file in the folder: see [DirStore.Sweep]. The files of running requests
// are locked, so several processes can share a folder.
//
// # Limits
//
// All limits have finite defaults: 200 MiB for each file and for all files of a request, 20 MiB
// and 1000 fields, 100 files, 80 KiB and 64 lines of headers for each part (and for all parts
// together 4 KiB of headers for each allowed part), 16 GiB and 10,000 files in flight for all
// requests of a parser, and at least 1 KiB per second from the client. See [Options]. If one is
// exceeded, errors.Is tells which, StatusCode returns the status (413, 408, 503 or 507), and
// ErrorCode a code for programs. A body that cannot be parsed is a 400, and the client is told
// why.
//
// A body whose announced length exceeds all limits together is refused before it is read, and no
// "100 Continue" is sent. That is only certain for lengths beyond the sum of the limits for
// files, fields and headers: with a limit of 1 MiB for each file and the other defaults, beyond
// about 26 MiB.
//
// A request that is being read holds its fields and one buffer, of 32 KiB if its body is small or
// slow, otherwise of 272 KiB.
//
// # What is accepted
//
//   - A part with a file name is a file, whatever its type and size. All others
//     are fields. A part with an empty file name and no content, which browsers
//     send for an empty file input, is neither.
//   - Each part must have exactly one Content-Disposition: form-data, with a name
//     that is not empty, is valid UTF-8 and contains no control characters.
//     Repeated parameters, unescaped quotes, and anything else that can be read
//     in two ways is refused. So is name* instead of name (aiohttp sends it for
//     names that are not ASCII, unless quote_fields=False is set).
//   - The file name is filename. RFC 7578, section 4.2 forbids filename*, but
//     clients send it: it is used if filename is missing, or is an encoded word
//     (=?utf-8?B?…?=, as .NET sends it). If its charset is not UTF-8, US-ASCII or
//     ISO-8859-1 the file has no name. Continuations (filename*0) are ignored.
//   - Content is kept as it was sent. Neither Content-Transfer-Encoding nor a
//     nested multipart is decoded. A request with a Content-Encoding is refused
//     (415).
//   - Lines of headers and delimiters end in CR LF; a lone LF is content, except
//     after the last delimiter. A boundary followed by other characters is
//     content, unless white space or "--" follows it directly: then it is
//     refused.
//   - Up to 64 KiB before the first delimiter and after the last are ignored,
//     unless they contain a part, which would be lost: then the body is refused.
//     This happens with lines that end in LF alone, or with a boundary that
//     differs from the header's. A body without any part is an empty form if it
//     is only the last delimiter, and otherwise refused.
//   - The last delimiter is required, its line end is not.
//   - Boundaries have 1 to 70 of the characters of RFC 2046, section 5.1.1,
//     quoted or not.
//   - Bodies that are a single file: those of application/octet-stream, unless
//     [Options.WholeBodyTypes] is set; with [Options.WholeBodyUntyped] also those
//     without a Content-Type. Their form field is [Options.WholeBodyField], their
//     name the result of [Options.WholeBodyName], by default the header
//     X-File-Name.
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
// A client's file name is data, never a path: files are stored under random names. [File.Name] is
// what follows its last slash or backslash, without control characters and characters that change
// the direction of text, with an underscore for characters that Windows reserves (and before the
// names of its devices), without a dot or white space at either end, and at most 255 bytes long;
// it may be empty. [File.Type] is what the client declares, [File.DetectedType] is detected from
// the first bytes. Neither proves what a file is: check what matters, and serve uploads with
// nosniff, and from a separate host if they may be pages.
//
// # Refused clients
//
// An HTTP/1 client may be refused while it is still sending. If it reads the response only after
// sending everything, it would find its connection reset. So the response is sent, and then
// further bytes are read and discarded, for at most 30 s, and at most 5 s without a byte
// ([Options.LingerTime]), as nginx does. A refused client can hold its connection, a goroutine
// and 32 KiB for that long, and its bytes are not counted. With Parse, ParseOnly or Each, the
// caller responds: then the bytes are discarded before the response, for at most 5 s. Over HTTP/2
// only the stream ends.
//
// # Place in the chain
//
// Put the handler inside recovery and logging, and close to the handlers that need uploads:
// everything outside it can still refuse the request without reading it. Several upload handlers,
// and handlers of package params in any order, parse only once: the second one finds the form.
// Inner handlers written for net/http find fields with r.FormValue, and files with
// [Options.CopyForFormFile].
//
// While a body is read, the server's ReadTimeout is replaced by a deadline that moves as bytes
// arrive. Afterwards its WriteTimeout restarts, so that the response has all of it. A different
// write deadline must be set inside this handler.
//
// # Logs
//
// What [Parser.Handler] refuses is logged once, to slog.Default unless [Options.Logger] is set:
// as an error, with its cause, if the server has failed (5xx: a store, a full disk), otherwise at
// debug level. Errors of Parse, ParseOnly and Each are for the caller to log.
//
// # Differences from Actionhero
//
// Files are removed at the end of their request. Names contain no folders. A broken body, or one
// beyond a limit, is an error instead of an incomplete form. A part with a file name is a file
// even without a Content-Type. An empty file is a file.
package upload
