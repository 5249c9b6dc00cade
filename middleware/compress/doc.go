// Package compress encodes response bodies with gzip or zstd, as clients ask
// for it.
//
//	compressor, err := compress.New(compress.Options{})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, compressor.Handler(mux))
//
// By default it encodes text, JSON and the like from 1024 bytes on, with zstd at
// level 1 or gzip at level 5. [Compressor] says what is encoded, what changes in
// a response, and what to know about security.
//
// # Place in the chain
//
// Outside of everything whose answers it shall encode, inside of the access log
// and the recovery. Two of them, one in the other, encode once.
//
// Bodies of requests are not touched.
package compress
