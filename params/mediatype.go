package params

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
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
)

// bodyKind tells by the Content-Type how the body is read.
func (p *Parser) bodyKind(r *http.Request) (kind, error) {
	fields := r.Header[contentType]
	if len(fields) == 0 || len(fields) == 1 && fields[0] == "" {
		return unparsed, nil
	}
	if len(fields) > 1 {
		return unparsed, malformed(errors.New("more than one Content-Type"))
	}
	mediaType, parameters, err := mime.ParseMediaType(fields[0])
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return unparsed, malformed(fmt.Errorf("Content-Type %.200q: %w", fields[0], err))
	}
	k := unparsed
	switch {
	case mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"):
		k = jsonText
	case mediaType == "application/x-www-form-urlencoded":
		k = urlencoded
	case mediaType == "multipart/form-data" || mediaType == "application/octet-stream" && p.Upload.Accepts(r):
		k = uploaded
	default:
		return unparsed, nil
	}
	if err != nil {
		return unparsed, malformed(fmt.Errorf("Content-Type %.200q: %w", fields[0], err))
	}
	switch charset := strings.ToLower(parameters["charset"]); charset {
	case "", "utf-8", "utf8", "us-ascii":
		return k, nil
	default:
		return unparsed, &Error{Kind: ErrUnsupported, From: "body", Cause: fmt.Errorf("charset %.100q", charset)}
	}
}

// isGzipped tells whether the body must be decoded.
func (p *Parser) isGzipped(r *http.Request) (bool, error) {
	switch coding := strings.ToLower(strings.Join(r.Header[contentEncoding], ",")); coding {
	case "", "identity":
		return false, nil
	case "gzip", "x-gzip":
		if p.DecodeGzip {
			return true, nil
		}
		fallthrough
	default:
		return false, &Error{Kind: ErrUnsupported, From: "body", Cause: fmt.Errorf("Content-Encoding %.100q", coding)}
	}
}

// isJSONType tells whether a media type, as a part declares it, is JSON.
func isJSONType(contentType string) bool {
	if contentType == "" {
		return false
	}
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// isMultipart tells an upload of parts from one of a whole body.
func isMultipart(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get(contentType), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "multipart/form-data")
}
