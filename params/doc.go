// Package params reads one set of parameters from a request: its query, then its body (JSON,
// urlencoded or multipart). Later parameters replace earlier ones of the same name. It works in
// front of any handler:
//
//	parser, err := params.New(params.Options{})
//	...
//	http.Handle("/", parser.Handler(next))
//
// next calls [FromContext] to get the parameters. A handler that was written for net/http alone
// finds forms, and JSON in r.Body, as before. Code that must choose what to do before the body is
// read, such as a dispatcher of actions, calls [Parser.Query] first, and [Parser.Body] after that
// choice.
//
// # How requests are read
//
//   - Query: as by node's qs. a[b]=c nests, a[]=1&a[]=2 and a=1&a=2 are lists,
//     a[1]=y&a[0]=x is a list in order of the indexes. Beyond
//     [QueryOptions.Depth] groups of brackets the rest of a name stays literal.
//     A list that would have more than [QueryOptions.ArrayLimit] elements, or an
//     index that high, becomes an object. Escapes are decoded once, + is a space,
//     ; is not a separator.
//   - Forms, urlencoded and multipart: names nest in the same way. If several
//     fields have the same name the last counts, except for names that end in
//     []; with [Options.Multiples] plain names are always lists.
//   - Files: *[upload.File] under the name of their form field, the last if
//     there are several; with Multiples []*upload.File. A field takes precedence
//     over a file.
//   - application/octet-stream: a single file, see [upload.Options.WholeBodyField].
//   - JSON: the members of an object. An array becomes the parameter "payload".
//     Numbers are [json.Number] and keep their digits. If several members have
//     the same name the last counts, unless [JSONOptions.RefuseDuplicateKeys] is
//     set; names match exactly. A leading byte order mark and surrounding white
//     space are skipped. The JSON types are the JSON MIME types of the WHATWG
//     (application/json, text/json, and every type that ends in +json), every
//     other type whose subtype contains "json", which is Actionhero's rule, and
//     those of [JSONOptions.Types]; but not streams of several documents, such
//     as application/x-ndjson and application/json-seq, which are left to the
//     handler.
//   - A body of another type, or without a type, is left unread and gives no
//     parameters. The bodies of GET and HEAD are ignored. An empty JSON or
//     urlencoded body, or one with Content-Length 0, gives no parameters.
//
// Names that are dangerous in JavaScript, such as __proto__, are ordinary names.
//
// # What an inner handler finds in the request
//
// [Parser.Handler] fills r.Form and r.PostForm with the fields of a form, so that r.FormValue and
// r.PostFormValue return them, and r.MultipartForm with those of a multipart form. r.FormFile finds
// files with [upload.Options.CopyForFormFile] of [Options.Upload].
//
// r.Body has what was sent, again from its beginning, if that was JSON or an urlencoded form, even
// if it was gzipped: its Content-Encoding still applies. Of a multipart form and of a body that is
// a single file nothing is left in r.Body, because files go straight into their store; with
// [Options.SaveRawBody] these can be read again, too. Bodies of other types are unread.
//
// # What is refused
//
// The error is an [*Error], or for uploads an [*upload.Error]; both have a status and a message
// for the client.
//
//   - 400: broken percent escapes, strings that are not UTF-8, NUL (also as
//     \u0000 in JSON), lone surrogates; JSON that is malformed, too deep, a
//     scalar at its top level, or followed by anything but white space; numbers
//     beyond float64 (too large, or so small that they would become 0) or longer
//     than 1 KiB; a malformed or repeated Content-Type; more parameters than the
//     limits. Nothing is ever silently truncated. The message says what is wrong
//     and at which byte; [Options.ShowExcerpt] shows the text there.
//   - 413: a body beyond its size limit, with "Connection: close". If
//     Content-Length announces it, the body is not read and no "100 Continue" is
//     sent.
//   - 415: a charset other than UTF-8 (or ASCII), and any Content-Encoding except
//     gzip with [Options.DecodeGzip]. The size limit then applies to both the
//     sent and the decoded bytes. The message says what was sent. For a refused
//     encoding, Accept-Encoding lists the accepted ones.
//   - 408: the server's read deadline passed.
//
// # Differences from Actionhero
//
// Bodies that cannot be parsed are refused instead of ignored, with an error that says what is
// wrong instead of "There was an error processing this form."; so are parameters beyond a limit.
// Names nest in bodies as well. A JSON array is kept as it was sent, even an empty one, and so
// are arrays inside JSON. Numbers are not rounded. An object with the keys "0", "1" … does not
// become an array.
package params
