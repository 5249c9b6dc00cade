// Package blob stores uploads in buckets: S3 and compatible services, Google Cloud Storage, Azure
// Blob Storage, folders and memory, with the drivers of gocloud.dev/blob. It is a separate
// module, so that only programs that use it link them.
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
// It is streamed into the bucket as it arrives. Nothing is written to disk (except by the file
// driver), and the memory used does not depend on the size of the file: [Options.PartBytes], and
// as much again for each part being sent. The key is [Options.Prefix] and 128 random bits, never
// the client's name. The object has the declared type, and is marked as an attachment, so that
// browsers save it instead of rendering it.
//
// The object appears once the whole file has arrived. If the client disconnects, or anything else
// fails, there is no object, and parts on S3 are removed. Commit and Discard work even after the
// client has left; each call takes at most [Options.CallTimeout].
//
// Closing the form deletes the object, unless [upload.File.Keep] was called. Keep makes no call
// to the bucket. [Of] returns the [Object] of a file: its key, for the program's records, and
// [Object.SignedURL], for those who may read it.
//
// # What a killed process leaves behind
//
// A process killed between the last byte of a file and the end of its request leaves an object
// that is in nobody's records. A process killed earlier leaves parts of a multipart upload on S3.
// Give the bucket a lifecycle rule that aborts incomplete multipart uploads, and occasionally
// compare its keys with your records.
package blob
