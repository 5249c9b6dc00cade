// Package compress encodes response bodies with gzip or zstd if clients accept
// that.
//
//	compressor, err := compress.New(compress.Options{})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, compressor.Handler(mux))
//
// By default it encodes text, JSON and the like of 1024 bytes or more, with zstd at
// level 1 or gzip at level 5. [Compressor] says what is encoded, what changes in a
// response, and how secrets can leak.
//
// # Place in the chain
//
// It belongs outside everything whose responses it should encode, and inside the
// access log and recovery. Of two nested compressors, only one encodes.
//
// Request bodies are not touched.
package compress
