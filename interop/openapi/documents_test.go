package openapi_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// TestDocuments holds that two independent validators find nothing wrong with
// the OpenAPI documents, and Node's two nothing with the Swagger documents.
func TestDocuments(t *testing.T) {
	every := everyKind(t)
	for name, origin := range map[string]string{
		"sidekick":  program(t, "./cmd/sidekick", "-address", "127.0.0.1:0"),
		"reference": program(t, "./internal/refapp", "-port", "0"),
		"every":     every,
	} {
		t.Run(name, func(t *testing.T) {
			document := get(t, origin+"/api/openapi.json")
			t.Run("libopenapi", func(t *testing.T) { valid(t, document) })
			t.Run("node", func(t *testing.T) {
				node(t)
				run(t, ".", "node", "validate.mjs", file(t, document))
			})
			if name == "reference" {
				return // it has the actions of the recorded app alone
			}
			t.Run("swagger", func(t *testing.T) {
				node(t)
				run(t, ".", "node", "validate.mjs", file(t, withoutMetadata(t, get(t, origin+"/api/swagger"))))
			})
		})
	}
}

// valid holds a document against the Go validator.
func valid(t *testing.T, document []byte) validator.Validator {
	t.Helper()
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, problems := v.ValidateDocument(); !ok {
		for _, p := range problems {
			t.Errorf("%s: %s", p.Message, p.Reason)
			for _, s := range p.SchemaValidationErrors {
				t.Errorf("%s: %s", s.FieldPath, s.Reason)
			}
		}
	}
	return v
}

// withoutMetadata takes out of an answer what the envelope adds to an action's
// result.
func withoutMetadata(t *testing.T, answer []byte) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(answer, &members); err != nil {
		t.Fatal(err)
	}
	delete(members, "serverInformation")
	delete(members, "requesterInformation")
	out, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// file returns the path of a new file with the content.
func file(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document.json")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
