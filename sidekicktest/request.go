package sidekicktest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
)

// Params are the parameters of a request, by name. Values may be anything that [encoding/json]
// encodes.
type Params map[string]any

// Request is what [Client.Send] sends. It may be sent many times.
type Request struct {
	// Action is the name of an action. Set exactly one of Action and Path.
	Action string
	// Path is a path on the host, used for routes. It begins with a slash, must be escaped, and
	// may have a query.
	Path string
	// Method is the request's method. The default is GET without parameters and files, otherwise
	// POST. If the action's routes only list other methods, the default request is repeated with
	// the first of POST, PUT, PATCH, DELETE and GET that the action answers by its name.
	Method string
	// Version asks for a version of the action, by the parameter apiVersion in the query.
	Version string
	// Params is a [Params], any other value whose JSON is an object, or nil for none. They are
	// sent as a JSON body, where an array is also allowed and becomes the parameter payload. With
	// GET and HEAD they are sent in the query, and with Files in a form: as strings, with nested
	// names in brackets and null as "". Empty lists and objects cannot be written in these
	// notations and are left out.
	Params any
	// Files are sent in a multipart form. GET and HEAD cannot send files.
	Files []File
	// Header is sent in addition to [Options.Header], and takes precedence over it.
	Header http.Header
}

// File is a file of a form.
type File struct {
	// Field is the name of the form field, and so of the input.
	Field string
	// Name is the client's name of the file.
	Name string
	// Type is its media type. The default is "application/octet-stream".
	Type string
	// Content is the content of the file.
	Content []byte
}

// build makes the request.
func (q Request) build(base *url.URL, prefix string) (*http.Request, error) {
	u, err := q.target(base, prefix)
	if err != nil {
		return nil, err
	}
	params, err := json.Marshal(q.Params)
	if err != nil {
		return nil, err
	}
	none := string(params) == "null" // also for a nil map or pointer
	method := q.Method
	if method == "" {
		if method = http.MethodGet; !none || len(q.Files) > 0 {
			method = http.MethodPost
		}
	}
	var body io.Reader
	var contentType string
	var query []pair
	bodyless := method == http.MethodGet || method == http.MethodHead
	switch {
	case len(q.Files) > 0 && bodyless:
		return nil, fmt.Errorf("%s takes no files", method)
	case len(q.Files) > 0:
		body, contentType, err = q.form(params)
	case none:
	case bodyless:
		query, err = flatten(params)
	default:
		body, contentType = bytes.NewReader(params), "application/json"
	}
	if err != nil {
		return nil, err
	}
	if q.Version != "" {
		query = append(query, pair{"apiVersion", q.Version})
	}
	for _, p := range query {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += url.QueryEscape(p.name) + "=" + url.QueryEscape(p.value)
	}
	r, err := http.NewRequest(method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for name, values := range q.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values // Do copies them
	}
	return r, nil
}

// target returns the URL of the request.
func (q Request) target(base *url.URL, prefix string) (*url.URL, error) {
	path := q.Path
	switch {
	case (q.Action == "") == (q.Path == ""):
		return nil, errors.New("a Request wants one of Action and Path")
	case q.Action != "":
		path = prefix + "/" + url.PathEscape(q.Action)
	case path[0] != '/':
		return nil, fmt.Errorf(`the path %q does not begin with "/"`, path)
	}
	return url.Parse(base.Scheme + "://" + base.Host + path)
}

// form encodes params and files as a multipart form.
func (q Request) form(params []byte) (body io.Reader, contentType string, err error) {
	fields, err := flatten(params)
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer // writing to it cannot fail
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		if err := w.WriteField(f.name, f.value); err != nil {
			return nil, "", err
		}
	}
	for i, f := range q.Files {
		if f.Field == "" {
			return nil, "", fmt.Errorf("a file without a Field: Files[%d]", i)
		}
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(f.Field, f.Name)},
			"Content-Type":        {cmp.Or(f.Type, "application/octet-stream")},
		})
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(f.Content); err != nil {
			return nil, "", err
		}
	}
	return &b, w.FormDataContentType(), w.Close()
}

// pair is one parameter of a query or form.
type pair struct{ name, value string }

// flatten converts JSON parameters to pairs, ordered by name, in the notation of node's qs.
func flatten(params []byte) ([]pair, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(params))
	d.UseNumber() // keeps the digits of large numbers
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if v != nil && !ok {
		return nil, fmt.Errorf("params of a query or a form must be an object, got %.100s", params)
	}
	var pairs []pair
	for _, name := range slices.Sorted(maps.Keys(object)) {
		pairs = appendPairs(pairs, name, object[name])
	}
	return pairs, nil
}

func appendPairs(pairs []pair, name string, v any) []pair {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			pairs = appendPairs(pairs, name+"["+key+"]", v[key])
		}
	case []any:
		for i, element := range v {
			pairs = appendPairs(pairs, name+"["+strconv.Itoa(i)+"]", element)
		}
	case nil:
		pairs = append(pairs, pair{name, ""})
	case string:
		pairs = append(pairs, pair{name, v})
	default: // a number or a bool
		pairs = append(pairs, pair{name, fmt.Sprint(v)})
	}
	return pairs
}
