// Package blob stores uploads in buckets: S3 and what speaks its protocol,
// Google Cloud Storage, Azure Blob Storage, folders and memory, by the drivers of
// gocloud.dev/blob. It is a module of its own, so that nobody else links them.
//
//	bucket, err := blob.OpenBucket(ctx, "s3://my-bucket?region=eu-central-1") // gocloud.dev/blob
//	// …
//	store, err := sidekickblob.New(sidekickblob.Options{Bucket: bucket})
//	// …
//	uploads, err := upload.New(upload.Options{Store: store, Hash: "sha256"})
//
// Import the driver as well, such as gocloud.dev/blob/s3blob.
//
// # What happens to a file
//
// It is streamed into the bucket while it arrives; nothing touches the disk
// (but the file driver's own), and memory does not depend on its size:
// [Options.PartBytes] and as much again for each part under way. Its key is
// [Options.Prefix] and 128 random bits, never the client's name. It has the
// declared type, and is marked as an attachment, so that a browser that opens it
// saves it instead of showing what a stranger has sent.
//
// The object appears when all of it has arrived: a client that breaks off, or
// any other failure, leaves none, and what S3 has of its parts is removed.
// Commit and Discard do their work after the client has left; each call takes
// [Options.CallTimeout] at most.
//
// Closing the form deletes the object, unless [upload.File.Keep] was called.
// Keep costs no call. [Of] gives a file's [Object]: its key, which is what a
// program notes down, and [Object.SignedURL] for who is to read it.
//
// # What a killed process leaves behind
//
// A process that is killed between the last byte of a file and the end of its
// request leaves an object that nobody has noted down; one that is killed before
// leaves parts of a multipart upload on S3. Give the bucket a lifecycle rule that
// aborts incomplete multipart uploads, and compare its keys with your records
// now and then.
package blob
