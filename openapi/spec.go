package openapi

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
		Responses   []answer // in order
	}
	parameter struct {
		Name        string
		In          string
		Description string
		Required    bool
		Deprecated  bool
		Style       string // "" for what is usual, which is exploded
		Schema      *schema
	}
	requestBody struct {
		Required bool
		Content  map[string]mediaType
	}
	mediaType struct {
		Schema   *schema
		Example  any
		Encoding []encoding // of properties, in their order
	}
	encoding struct {
		Property    string
		Style       string
		ContentType string
	}
	// answer is a response by its status; one with a name is a component.
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

	// deepObject writes an object as nested params are: obj[member]=value.
	styleDeepObject = "deepObject"
	// form, exploded, writes a list as its name once more for each element.
	styleForm = "form"
)

// retryAfter describes the header of answers that ask to come back.
var retryAfter = map[string]any{"Retry-After": map[string]any{
	"description": "After how many seconds to try again.",
	"schema":      map[string]any{"type": "integer"},
}}
