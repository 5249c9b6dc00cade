package openapi

import "encoding/json"

// The members of an OpenAPI 3.1 document that are used here.
// https://spec.openapis.org/oas/v3.1.1.html
type (
	spec struct {
		OpenAPI   string
		Info      info
		Servers   []server
		Tags      []Tag
		Paths     map[string]map[string]*operation // by path and method
		Schemas   map[string]*schema               // components
		Responses map[string]*response             // components
		Security  map[string]SecurityScheme        // components
	}
	info struct {
		Title       string `json:"title"`
		Description string `json:"description,omitempty"`
		Version     string `json:"version"`
	}
	server struct {
		URL string `json:"url"`
	}
	operation struct {
		ID          string
		Tags        []string
		Summary     string
		Description string
		Deprecated  bool
		Security    []Requirement // nil for none
		Parameters  []parameter
		Body        *requestBody
		Responses   []answer                   // in order
		Extensions  map[string]json.RawMessage // see https://spec.openapis.org/oas/v3.1.1.html#specification-extensions
	}
	parameter struct {
		Name        string
		In          string
		Description string
		Required    bool
		Deprecated  bool
		Style       string // "" for the default, which is exploded
		Schema      *schema
	}
	requestBody struct {
		Required bool
		Content  map[string]mediaType
	}
	mediaType struct {
		Schema   *schema
		Example  any
		Encoding []encoding // of properties, in order
	}
	encoding struct {
		Property    string
		Style       string
		ContentType string
	}
	// answer is the response for a status; one with a name is a component.
	answer struct {
		Status string
		Name   string
		Own    *response
	}
	response struct {
		Description string
		RetryAfter  bool
		Content     map[string]mediaType
	}
)

const (
	typeJSON       = "application/json"
	typeURLEncoded = "application/x-www-form-urlencoded"
	typeMultipart  = "multipart/form-data"
	typeAny        = "*/*"

	// deepObject writes an object like nested parameters: obj[member]=value.
	styleDeepObject = "deepObject"
	// form, exploded, repeats the name of a list for each element.
	styleForm = "form"
)

// retryAfter describes the header of responses that ask clients to try again later.
var retryAfter = map[string]any{"Retry-After": map[string]any{
	"description": "After how many seconds to try again.",
	"schema":      map[string]any{"type": "integer"},
}}
