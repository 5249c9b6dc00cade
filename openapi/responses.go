package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
)

// The components that answers share. Actions cannot take their names:
// those of theirs end in Input, Upload or Output.
const (
	nameServer    = "ServerInformation"
	nameRequester = "RequesterInformation"
	nameError     = "Error"
	nameResult    = "Result"

	nameErrorParam = "ErrorParam"
)

// reserved are the members of an answer that are the envelope's.
func (b *builder) reserved() []string {
	names := []string{"error", "serverInformation", "requesterInformation"}
	if b.opts.ErrorDetails {
		names = append(names, "errorCode", "errorParams")
	}
	return names
}

// addEnvelope adds the schemas of what every answer has.
func (b *builder) addEnvelope() {
	if !b.opts.OmitServerInformation {
		s := typed("object").with("What the server tells of itself.")
		s.add("serverName", typed("string").with("The name of the server."), true)
		s.add("apiVersion", typed("string").with("The version of its API."), true)
		s.add("requestDuration", typed("integer").with("How long the request took, in milliseconds."), true)
		s.add("currentTime", typed("integer").with("The server's time, in milliseconds since 1970."), true)
		b.spec.Schemas[nameServer] = s
	}
	if !b.opts.OmitRequesterInformation {
		received := typed("object").with("The params that the action takes, as they were received.")
		received.additional = &schema{}
		s := typed("object").with("What the server knows of the request.")
		s.add("id", typed("string").with("The id of the connection."), true)
		s.add("fingerprint", typed("string").with("The id of the client, where clients are told apart."), false)
		s.add("messageId", typed("string").with("The id of the request."), true)
		s.add("remoteIP", typed("string").with("The address of the client."), true)
		s.add("receivedParams", received, true)
		b.spec.Schemas[nameRequester] = s
	}
	made := typed("object")
	made.additional = &schema{}
	what := (&schema{anyOf: []*schema{typed("string"), made}}).with("What went wrong: a text, or what the action has made of it.")
	if b.opts.ErrorSerialized {
		what = (&schema{}).with("What went wrong.")
	}
	failure := typed("object")
	failure.add("error", what, true)
	if b.opts.ErrorDetails {
		failure.add("errorCode", typed("string").with("What kind of error it is, for programs, such as not_found."), true)
		failure.add("errorParams", b.errorParams(), false)
	}
	b.spec.Schemas[nameError] = b.withMetadata(failure)
}

// errorParams is the list of what is wrong with the params.
func (b *builder) errorParams() *schema {
	one := typed("object")
	one.add("param", typed("string").with("The name of the param, such as lines[0].sku."), true)
	one.add("code", typed("string").with("What is wrong, for programs, such as required."), true)
	one.add("message", typed("string").with("What is wrong, for people."), true)
	one.add("expected", typed("string").with("What would be accepted; empty where that cannot be said."), true)
	b.spec.Schemas[nameErrorParam] = one
	list := typed("array").with("What is wrong with the params, where they are missing or invalid.")
	list.items = refTo(nameErrorParam)
	return list
}

// withMetadata adds the blocks of metadata to an object.
func (b *builder) withMetadata(s *schema) *schema {
	if !b.opts.OmitServerInformation {
		s.add("serverInformation", refTo(nameServer), true)
	}
	if !b.opts.OmitRequesterInformation {
		s.add("requesterInformation", refTo(nameRequester), true)
	}
	return s
}

// metadata is an example of the blocks.
func (b *builder) metadata(e *endpoint, example map[string]any) {
	if !b.opts.OmitServerInformation {
		example["serverInformation"] = map[string]any{
			"serverName": b.opts.Title, "apiVersion": b.opts.Version, "requestDuration": 1, "currentTime": int64(1700000000000),
		}
	}
	if !b.opts.OmitRequesterInformation {
		const fingerprint, message = "e0a21ae9aa37fc5b1a1a7bd8e0d1d2a3f4b5c6d7", "5d3b7c1e-6d0f-4d0c-9a55-0d6a2f3c9b11"
		example["requesterInformation"] = map[string]any{
			"id": fingerprint + "-" + message, "fingerprint": fingerprint, "messageId": message,
			"remoteIP": "192.0.2.1", "receivedParams": map[string]any{"action": e.action},
		}
	}
}

// output returns the schema of an answer of one version.
func (b *builder) output(a *dispatch.Action) (*schema, error) {
	if s, ok := b.outputs[ownerOf(a)]; ok {
		return s, nil
	}
	s, err := b.newOutput(a)
	b.outputs[ownerOf(a)] = s
	return s, err
}

func (b *builder) newOutput(a *dispatch.Action) (*schema, error) {
	own := &schema{}
	if out := a.OutputSchema(); out != nil {
		var err error
		if own, err = schemaOf(out); err != nil {
			return nil, fmt.Errorf("openapi: the result of action %q: %w", a.Name, err)
		}
	}
	name := b.versionName(a) + "Output"
	switch {
	case own.isAnything() && a.OutputExample != nil && !isJSONObject(a.OutputExample):
		return (&schema{}).with("The result as it is."), nil
	case own.isAnything():
		if b.spec.Schemas[nameResult] == nil {
			result := typed("object").with("The members of the result.")
			result.additional = &schema{}
			b.spec.Schemas[nameResult] = b.withMetadata(result)
		}
		return refTo(nameResult), nil
	case own.is("object") || slices.Equal(own.types, []string{"null", "object"}):
		ref := b.component(name, a, func() *schema {
			s := *own
			s.types = []string{"object"}
			s.closed = false // there is the metadata
			s.without(b.reserved())
			return b.withMetadata(&s)
		})
		if !own.is("object") {
			return &schema{anyOf: []*schema{ref, typed("null")}}, nil
		}
		return ref, nil
	default:
		return b.component(name, a, func() *schema { return own }), nil
	}
}

func isJSONObject(v any) bool {
	text, err := json.Marshal(v)
	return err == nil && text[0] == '{'
}

// example returns the example of an answer; nil for none, also where it cannot
// be encoded.
func (b *builder) example(e *endpoint, a *dispatch.Action) any {
	if a.OutputExample == nil {
		return nil
	}
	text, err := json.Marshal(a.OutputExample)
	if err != nil {
		return nil
	}
	if text[0] != '{' {
		return json.RawMessage(text)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return nil
	}
	example := map[string]any{}
	for name, value := range members {
		if !slices.Contains(b.reserved(), name) {
			example[name] = value
		}
	}
	b.metadata(e, example)
	return example
}

// respond adds the answers that an endpoint may give.
func (b *builder) respond(op *operation, e *endpoint, all [][]field) error {
	success := &response{Description: "The result.", Content: map[string]mediaType{}}
	var schemas []*schema
	for i := range e.versions {
		a := &e.versions[i]
		if a.Handler != nil {
			success.Content[typeAny] = mediaType{}
			success.Description = "What the action answers with."
			continue
		}
		s, err := b.output(a)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(schemas, func(other *schema) bool { return sameSchema(s, other) }) {
			schemas = append(schemas, s)
		}
	}
	if b.opts.AlwaysOK {
		schemas = append(schemas, refTo(nameError))
	}
	if len(schemas) > 0 {
		success.Content[typeJSON] = mediaType{Schema: anyOf(schemas), Example: b.example(e, &e.versions[0])}
	}
	op.Success = success
	if b.opts.AlwaysOK {
		success.Description += " Errors have this status, too."
	}
	op.Errors = b.errors(b.statuses(op, e, all))
	return nil
}

// causes says when Sidekick itself answers with a status.
var causes = map[int]string{
	http.StatusBadRequest:            "The path, the query or the body cannot be read.",
	http.StatusNotFound:              "The action does not have the version that was asked for.",
	http.StatusRequestTimeout:        "The body was sent too slowly.",
	http.StatusRequestEntityTooLarge: "The body, a file in it, or their number is too large.",
	http.StatusUnsupportedMediaType:  "The body's coding or charset is not accepted, or it has files where none are taken.",
	http.StatusUnprocessableEntity:   "Params are missing or invalid.",
	http.StatusTooManyRequests:       "The client has too many requests pending.",
	http.StatusInternalServerError:   "The action failed.",
	http.StatusServiceUnavailable:    "The server is shutting down or has no room.",
	http.StatusGatewayTimeout:        "The action took too long.",
	http.StatusInsufficientStorage:   "There is no room for the files.",
}

// statuses returns the statuses of the errors that an endpoint may answer with,
// but for those that an action chooses.
func (b *builder) statuses(op *operation, e *endpoint, all [][]field) []int {
	if b.opts.AlwaysOK {
		return nil
	}
	out := []int{http.StatusBadRequest, b.opts.DefaultErrorStatus, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if op.Body != nil {
		out = append(out, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	checked, files := false, false
	for i := range e.versions {
		a := &e.versions[i]
		checked = checked || len(all[i]) > 0 && a.InputSchema() != nil || isChecked(a.Inputs)
		files = files || op.Body != nil && slices.ContainsFunc(all[i], func(f field) bool { return f.file })
	}
	if checked {
		out = append(out, http.StatusUnprocessableEntity)
	}
	if files {
		out = append(out, http.StatusInsufficientStorage)
	}
	asks := slices.ContainsFunc(e.variables(), func(v *variable) bool { return v.name == "apiVersion" })
	if asks || len(e.versions) > 1 {
		out = append(out, http.StatusNotFound)
	}
	if b.dispatch.MaxPending > 0 {
		out = append(out, http.StatusTooManyRequests)
	}
	if b.dispatch.Timeout > 0 {
		out = append(out, http.StatusGatewayTimeout)
	}
	return out
}

// isChecked tells whether inputs can be missing or invalid.
func isChecked(inputs dispatch.Inputs) bool {
	for _, in := range inputs {
		if in.Required || len(in.Formatters) > 0 || len(in.Validators) > 0 || len(in.Schema) > 0 {
			return true
		}
	}
	return false
}

// errors returns the errors of the statuses, and those that an action chooses,
// in order. Most operations have the same.
func (b *builder) errors(statuses []int) []failure {
	var key [12]int // as many as there are
	copy(key[:], statuses)
	if out, ok := b.failures[key]; ok {
		return out
	}
	out := []failure{
		b.failure("4XX", "ActionRefused", "The action refused the request with a status of its own."),
		b.failure("5XX", "ActionFailed", "The action failed with a status of its own."),
	}
	for _, status := range statuses {
		code := strconv.Itoa(status)
		name := cmp.Or(camel(http.StatusText(status)), "Status"+code)
		out = append(out, b.failure(code, name, cmp.Or(causes[status], "The action failed.")))
	}
	slices.SortFunc(out, func(a, b failure) int { return strings.Compare(a.Status, b.Status) })
	out = slices.Compact(out)
	b.failures[key] = out
	return out
}

// failure makes an error that is a component of that name.
func (b *builder) failure(status, name, description string) failure {
	if b.spec.Responses[name] == nil {
		r := &response{Description: description, Content: map[string]mediaType{typeJSON: {Schema: refTo(nameError)}}}
		r.RetryAfter = status == strconv.Itoa(http.StatusTooManyRequests) || status == strconv.Itoa(http.StatusServiceUnavailable)
		b.spec.Responses[name] = r
	}
	return failure{Status: status, Name: name}
}
