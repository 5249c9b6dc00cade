// Package params reads one set of params from a request: its query, then its
// body (JSON, urlencoded or multipart), later ones winning over earlier ones of
// the same name. It works in front of any handler:
//
//	parser, err := params.New(params.Options{})
//	...
//	http.Handle("/", parser.Handler(next))
//
// and next finds what was sent with [FromContext]. Whoever wants to decide
// between the two phases, as a dispatcher of actions does, calls
// [Parser.Query] first and [Parser.Body] when it knows what the request is for.
//
// # What becomes of what was sent
//
//   - Query: as node's qs reads it. a[b]=c nests, a[]=1&a[]=2 and a=1&a=2 are
//     lists, a[1]=y&a[0]=x is one in order. Below [QueryOptions.Depth] groups
//     of brackets the rest of a name stays literal; a list that would have more
//     than [QueryOptions.ArrayLimit] elements, or an index that high, becomes
//     an object. Escapes are decoded once, + is a space, ; is no separator.
//   - Forms, urlencoded and multipart: names nest in the same way. Of several
//     fields of one name the last counts, except under names that end in [];
//     with [Options.Multiples] plain names are always lists.
//   - Files: *[upload.File] under the name of their form field, the last of
//     several; with Multiples []*upload.File. A field wins over a file.
//   - application/octet-stream: one file, see [upload.Options.WholeBodyField].
//   - JSON: the members of an object. An array becomes the param "payload".
//     Numbers are [json.Number] and keep their digits; the last of several
//     members of one name counts, unless [JSONOptions.RefuseDuplicateKeys];
//     names match exactly. A byte order mark in front is skipped, as is white
//     space around the text. Read as JSON are the JSON MIME types of the WHATWG
//     (application/json, text/json, and every type that ends in +json), every
//     other type whose subtype has "json" in it, which is Actionhero's rule, and
//     those of [JSONOptions.Types]; but no sequences of texts, such as
//     application/x-ndjson and application/json-seq, which are for the handler.
//   - A body of another type, or without one, is left unread and gives no
//     params. The bodies of GET and HEAD are ignored. An empty JSON
//     or urlencoded body, or one of Content-Length 0, is no params.
//
// Names that JavaScript must fear, such as __proto__, are names like any other.
//
// # What is refused
//
// The error is an [*Error], or for uploads an [*upload.Error]; both say their
// status and what the client may read.
//
//   - 400: broken percent escapes, text that is not UTF-8, NUL (also as \u0000
//     in JSON), lone surrogates, JSON that is malformed, too deep, a scalar at
//     its top, with numbers beyond float64 (too large, or so small that it
//     would make 0 of them) or longer than 1 KiB, or followed by anything but
//     white space, malformed or repeated Content-Type, and more params than the
//     limits. Nothing is ever cut off in silence. The client reads what is
//     wrong and at which byte; [Options.ShowExcerpt] shows the text there.
//   - 413: a body past its size limit, with "Connection: close". Where
//     Content-Length tells it, the body is not read and "100 Continue" not sent.
//   - 415: a charset other than UTF-8 (or ASCII), and any Content-Encoding,
//     unless [Options.DecodeGzip] and it is gzip. The size limit then holds for
//     both the sent and the decoded bytes. The answer says which was sent, and
//     for a coding in Accept-Encoding which are accepted.
//   - 408: the server's read deadline passed.
//
// # Unlike Actionhero
//
// Bodies that cannot be parsed are refused instead of ignored, with an error that
// tells what is wrong where Actionhero's parser says "There was an error
// processing this form."; so are params
// past a limit. Nested names nest in bodies too. A JSON array is kept as it was
// sent, an empty one included, and arrays inside JSON are kept. Numbers are not
// rounded. An object with the keys "0", "1" … is no array.
package params
