package openapi_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// TestAnswersFit sends requests to the running server, and holds them and what
// comes back against the document.
func TestAnswersFit(t *testing.T) {
	origin := everyKind(t)
	v := valid(t, get(t, origin+"/api/openapi.json"))
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, err := parts.CreateFormFile("cover", "cover.png")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(file, "12345")
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		method, target, contentType, body string
		status                            int
		refused                           bool // the document does not allow the request
	}{
		{method: "GET", target: "/order?id=7&price=2.5&tags=red&tags=blue", status: 200},
		{method: "GET", target: "/order?kind=gift", status: 422, refused: true},
		{method: "GET", target: "/order?id=7&kind=other", status: 422, refused: true},
		{method: "POST", target: "/order", contentType: asJSON, body: `{"id":7,"address":{"street":"Main"},"labels":{"a":"b"}}`, status: 200},
		{method: "POST", target: "/order", contentType: asJSON, body: `{"id":0}`, status: 422, refused: true},
		{method: "POST", target: "/order", contentType: asJSON, body: `{"id":`, status: 400, refused: true},
		{method: "GET", target: "/orders/12", status: 200},
		{method: "PUT", target: "/orders/12", contentType: asJSON, body: `{"count":2}`, status: 200},
		{method: "GET", target: "/plain?key=k", status: 200},
		{method: "GET", target: "/every/b", status: 200},
		{method: "GET", target: "/find?name=me", status: 200},
		{method: "GET", target: "/find", status: 404},
		{method: "GET", target: "/numbers?to=3", status: 200},
		{method: "GET", target: "/login?userID=me", status: 200},
		{method: "GET", target: "/login?apiVersion=three&userID=5", status: 200},
		{method: "GET", target: "/login?apiVersion=9", status: 404, refused: true},
		{method: "GET", target: "/v1/login?account=me", status: 200},
		{method: "POST", target: "/login", contentType: asJSON, body: `{"apiVersion":"1","account":"me"}`, status: 200},
		{method: "POST", target: "/old/login", contentType: asForm, body: "account=me", status: 200},
		{method: "POST", target: "/photos", contentType: parts.FormDataContentType(), body: form.String(), status: 200},
		{method: "GET", target: "/stream", status: 200},
	} {
		t.Run(tt.method+" "+tt.target+" "+tt.body[:min(len(tt.body), 40)], func(t *testing.T) {
			request := func() *http.Request {
				r, err := http.NewRequest(tt.method, origin+"/api"+tt.target, strings.NewReader(tt.body))
				if err != nil {
					t.Fatal(err)
				}
				if tt.contentType != "" {
					r.Header.Set("Content-Type", tt.contentType)
				}
				return r
			}
			answer, err := http.DefaultClient.Do(request())
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != tt.status {
				body, _ := io.ReadAll(answer.Body)
				t.Fatalf("got %d, want %d: %s", answer.StatusCode, tt.status, body)
			}
			if ok, problems := v.ValidateHttpRequest(request()); ok == tt.refused {
				t.Errorf("the document allows the request: %v, want %v", ok, !tt.refused)
				for _, p := range problems {
					t.Errorf("%s: %s", p.Message, p.Reason)
				}
			}
			if ok, problems := v.ValidateHttpResponse(request(), answer); !ok {
				for _, p := range problems {
					t.Errorf("the answer does not fit: %s: %s", p.Message, p.Reason)
					for _, s := range p.SchemaValidationErrors {
						t.Errorf("%s: %s", s.FieldPath, s.Reason)
					}
				}
			}
		})
	}
}
