package tus

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/mediatype"
)

const (
	pieceType = "application/offset+octet-stream"
	pastEnd   = "The piece extends past the end of the file."
)

// checkExtensions refuses a request that relies on an extension that is not offered. Ignoring it
// would store something other than the client means: a fragment as a file, or a piece that nobody
// has compared with its checksum.
func checkExtensions(r *http.Request) error {
	for _, other := range []struct{ field, instead string }{
		{"Upload-Defer-Length", "send Upload-Length"},
		{"Upload-Concat", "send each file as one upload, with tus-js-client without parallelUploads"},
	} {
		if len(r.Header.Values(other.field)) > 0 {
			return refuse(ErrMalformed, other.field+" is not supported: "+other.instead+".")
		}
	}
	if _, announced := r.Trailer["Upload-Checksum"]; announced {
		return refuse(ErrMalformed, "Upload-Checksum is not supported as a trailer: send it before the content.")
	}
	return nil
}

// bringsPiece reports whether the request that begins an upload has its first piece. It refuses
// any other body, so that nothing that was sent is lost.
func (h *Handler) bringsPiece(w http.ResponseWriter, r *http.Request) (bool, error) {
	if r.ContentLength == 0 {
		return false, nil
	}
	err := checkPiece(w, r)
	if err == nil || r.ContentLength > 0 {
		return err == nil, err
	}
	return false, h.receiveNothing(w, r, err) // a body of unknown length may be empty
}

// receiveNothing returns the refusal if the body has content.
func (h *Handler) receiveNothing(w http.ResponseWriter, r *http.Request, refusal error) error {
	_, err := h.opts.Parser.Receive(w, r, noContent{refusal})
	return err
}

// noContent refuses everything that is written to it.
type noContent struct{ error }

func (w noContent) Write([]byte) (int, error) { return 0, w.error }

// checkPiece refuses a body that is not a piece of a file as it is. An error lists in the header
// fields of the response what is accepted.
func checkPiece(w http.ResponseWriter, r *http.Request) error {
	types := r.Header.Values("Content-Type")
	if len(types) != 1 || mediatype.Essence(types[0]) != pieceType {
		w.Header().Set("Accept-Patch", pieceType)
		return refuse(ErrType, "")
	}
	coding := strings.Join(r.Header.Values("Content-Encoding"), ", ")
	if coding != "" && !strings.EqualFold(coding, "identity") {
		w.Header().Set("Accept-Encoding", "identity")
		return refuse(ErrType, fmt.Sprintf("The content coding %.40q is not accepted: send the bytes of the file.", coding))
	}
	return nil
}
