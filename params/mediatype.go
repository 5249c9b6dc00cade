package params

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/mediatype"
)

// kind is how a body is read.
type kind uint8

const (
	unparsed kind = iota // left to the handler
	jsonText
	urlencoded
	uploaded
)

const (
	contentType     = "Content-Type"
	contentEncoding = "Content-Encoding"

	multipartForm = "multipart/form-data"
)

// bodyKind returns how to read the body, judged by its Content-Type.
func (p *Parser) bodyKind(r *http.Request) (kind, error) {
	fields := r.Header[contentType]
	if len(fields) == 0 || len(fields) == 1 && fields[0] == "" {
		if p.cfg.Upload.Accepts(r) { // an option makes it accept bodies without a type
			return uploaded, nil
		}
		return unparsed, nil
	}
	if len(fields) > 1 {
		return unparsed, badContentType("there are several")
	}
	mediaType, parameters, err := mediatype.Parse(fields[0])
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return unparsed, badContentType(fmt.Sprintf("%.100q: %s", fields[0], strings.TrimPrefix(err.Error(), "mime: ")))
	}
	k := unparsed
	switch {
	case mediaType == "application/x-www-form-urlencoded":
		k = urlencoded
	case mediatype.ReadsAsJSON(mediaType) || slices.Contains(p.cfg.JSON.Types, mediaType):
		k = jsonText
	case mediaType == multipartForm:
		if k = uploaded; err != nil {
			return k, nil // perhaps only the boundary is invalid, which the upload parser can report
		}
	case p.cfg.Upload.Accepts(r):
		return uploaded, nil // a single file, whatever its charset
	default:
		return unparsed, nil
	}
	if err != nil {
		return unparsed, badContentType(fmt.Sprintf("%.100q: %s", fields[0], strings.TrimPrefix(err.Error(), "mime: ")))
	}
	switch charset := strings.ToLower(parameters["charset"]); charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return k, nil
	default:
		return unparsed, &Error{Kind: ErrUnsupported, From: "body", code: errcode.UnsupportedCharset,
			Reason: fmt.Sprintf("charset %.100q", charset), args: map[string]string{"charset": fmt.Sprintf("%.100q", charset)}}
	}
}

// isGzipped reports whether the body must be decoded. For any other encoding, the response says
// what would be accepted (RFC 9110, section 15.5.16).
func (p *Parser) isGzipped(w http.ResponseWriter, r *http.Request) (bool, error) {
	switch coding := strings.ToLower(strings.Join(r.Header[contentEncoding], ",")); coding {
	case "", "identity":
		return false, nil
	case "gzip", "x-gzip":
		if p.cfg.DecodeGzip {
			return true, nil
		}
		fallthrough
	default:
		accepted, field := "none", "identity"
		if p.cfg.DecodeGzip {
			accepted, field = "gzip or none", "gzip, identity"
		}
		w.Header().Set("Accept-Encoding", field)
		return false, &Error{Kind: ErrUnsupported, From: "body", code: errcode.UnsupportedCoding,
			Reason: fmt.Sprintf("Content-Encoding %.100q", coding), args: map[string]string{"coding": fmt.Sprintf("%.100q", coding), "accepted": accepted}}
	}
}

// isJSONType reports whether the media type of a part is JSON.
func isJSONType(contentType string) bool {
	return mediatype.ReadsAsJSON(mediatype.Essence(contentType))
}

// isMultipart distinguishes a multipart upload from a body that is a single file.
func isMultipart(r *http.Request) bool {
	return mediatype.Essence(r.Header.Get(contentType)) == multipartForm
}
