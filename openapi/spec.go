package openapi

// The members of an OpenAPI 3.1 document that are used here.
// https://spec.openapis.org/oas/v3.1.1.html
type (
	spec struct {
		OpenAPI   string
		Info      info
		Servers   []server
		Tags      []tag
		Paths     map[string]map[string]*operation // by path and method
		Schemas   map[string]*schema               // components
		Responses map[string]*response             // components
	}
	info struct {
		Title       string `json:"title"`
		Description string `json:"description,omitempty"`
		Version     string `json:"version"`
	}
	server struct {
		URL string `json:"url"`
	}
	tag struct {
		Name string `json:"name"`
	}
	operation struct {
		ID          string
		Tags        []string
		Summary     string
		Description string
		Parameters  []parameter
		Body        *requestBody
		Success     *response // 200
		Missing     *response // 404, of files
		Errors      []failure // in order
	}
	parameter struct {
		Name        string
		In          string
		Description string
		Required    bool
		DeepObject  bool
		Schema      *schema
	}
	requestBody struct {
		Required bool
		Content  map[string]mediaType
	}
	mediaType struct {
		Schema      *schema
		Example     any
		DeepObjects []string // properties that are written so
	}
	// failure is an error that is a component.
	failure  struct{ Status, Name string }
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

	// deepObject writes an object in queries and forms as nested params are:
	// obj[member]=value.
	deepObject = "deepObject"
)

// retryAfter describes the header of answers that ask to come back.
var retryAfter = map[string]any{"Retry-After": map[string]any{
	"description": "After how many seconds to try again.",
	"schema":      map[string]any{"type": "integer"},
}}

// refTo refers to a schema among the components.
func refTo(name string) *schema { return &schema{ref: "#/components/schemas/" + name} }
