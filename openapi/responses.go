package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strconv"

	"github.com/sidekick-http/sidekick/dispatch"
)

// These are the components that responses share. They get their names before those of actions and
// types.
const (
	nameServer     = "ServerInformation"
	nameRequester  = "RequesterInformation"
	nameError      = "Error"
	nameErrorParam = "ErrorParam"
	nameResult     = "Result"
)

// reserved are the members of a response that belong to the envelope.
func (b *builder) reserved() []string {
	names := []string{"error", "serverInformation", "requesterInformation"}
	if b.opts.ErrorDetails {
		names = append(names, "errorCode", "errorParams")
	}
	return names
}

// addEnvelope adds the schemas that all responses share.
func (b *builder) addEnvelope() error {
	int64s := func() *schema { return &schema{types: []string{"integer"}, format: "int64"} }
	if b.opts.ServerInformation {
		s := typed("object").with("Information about the server.")
		s.add("serverName", typed("string").with("The name of the server."), true)
		s.add("apiVersion", typed("string").with("The version of its API."), true)
		s.add("requestDuration", int64s().with("How long the request took, in milliseconds."), true)
		s.add("currentTime", int64s().with("The server's time, in milliseconds since 1970."), true)
		b.named(nameServer, func() *schema { return s })
	}
	if b.opts.RequesterInformation {
		received := typed("object").with("The parameters that the action takes, as they were received.")
		received.additional = anything()
		s := typed("object").with("Information about the request.")
		s.add("id", typed("string").with("The id of the connection."), true)
		s.add("fingerprint", typed("string").with("The id of the client, if clients are told apart."), false)
		s.add("messageId", typed("string").with("The id of the request."), true)
		s.add("remoteIP", typed("string").with("The address of the client."), true)
		if b.opts.RateLimited {
			s.add("RequestsRemaining", typed("integer").with("How many requests the client has left, if they are counted."), false)
		}
		s.add("receivedParams", received, true)
		b.named(nameRequester, func() *schema { return s })
	}
	if given := b.opts.ErrorSchema; given != nil {
		c := converter{b: b}
		s, err := c.convert(given, place{name: nameError}, true)
		if err != nil {
			return fmt.Errorf("openapi: ErrorSchema: %w", err)
		}
		b.named(nameError, func() *schema { return s })
		return nil
	}
	failure := typed("object")
	failure.add("error", b.errorValue(), true)
	if b.opts.ErrorDetails {
		failure.add("errorCode", typed("string").with("What kind of error it is, for programs, such as not_found."), true)
		failure.add("errorParams", b.errorParams(), false)
	}
	b.named(nameError, func() *schema { return b.withMetadata(failure) })
	return nil
}

// errorValue describes the member "error".
func (b *builder) errorValue() *schema {
	if b.opts.ErrorSerialized {
		return anything().with("What went wrong.")
	}
	made, list := typed("object"), typed("array")
	made.additional, list.items = anything(), anything()
	return (&schema{anyOf: []*schema{typed("string"), made, list}}).with("What went wrong: a string, or any other value.")
}

// errorParams describes the list of parameter errors.
func (b *builder) errorParams() *schema {
	one := typed("object")
	one.add("param", typed("string").with("The name of the parameter, such as lines[0].sku."), true)
	one.add("code", typed("string").with("What is wrong, for programs, such as required."), true)
	one.add("message", typed("string").with("What is wrong, for people."), true)
	one.add("expected", typed("string").with("What would be accepted; empty if that is unknown."), true)
	list := typed("array").with("What is wrong with each missing or invalid parameter.")
	list.items = refTo(b.named(nameErrorParam, func() *schema { return one }))
	return list
}

// withMetadata adds the blocks of metadata to an object. They are never required, since a
// production server may leave them out.
func (b *builder) withMetadata(s *schema) *schema {
	if c := b.fixed[nameServer]; c != nil {
		s.add("serverInformation", refTo(c), false)
	}
	if c := b.fixed[nameRequester]; c != nil {
		s.add("requesterInformation", refTo(c), false)
	}
	return s
}

// metadata adds an example of the blocks.
func (b *builder) metadata(e *endpoint, example map[string]any) {
	if b.opts.ServerInformation {
		example["serverInformation"] = map[string]any{
			"serverName": b.opts.Title, "apiVersion": b.opts.Version, "requestDuration": 1, "currentTime": int64(1700000000000),
		}
	}
	if b.opts.RequesterInformation {
		const fingerprint, message = "e0a21ae9aa37fc5b1a1a7bd8e0d1d2a3f4b5c6d7", "5d3b7c1e-6d0f-4d0c-9a55-0d6a2f3c9b11"
		requester := map[string]any{
			"id": fingerprint + "-" + message, "fingerprint": fingerprint, "messageId": message,
			"remoteIP": "192.0.2.1", "receivedParams": map[string]any{"action": e.action},
		}
		if b.opts.RateLimited {
			requester["RequestsRemaining"] = 99
		}
		example["requesterInformation"] = requester
	}
}

// output returns the schema of one version's answer.
func (b *builder) output(a *dispatch.Action) (*schema, error) {
	key := [2]string{a.Name, a.Version}
	if s, ok := b.outputs[key]; ok {
		return s, nil
	}
	s, err := b.newOutput(a)
	if err != nil {
		return nil, fmt.Errorf("openapi: the result of action %q: %w", a.Name, err)
	}
	b.outputs[key] = s
	return s, nil
}

func (b *builder) newOutput(a *dispatch.Action) (*schema, error) {
	out := a.OutputSchema()
	switch {
	case out == nil && a.OutputExample != nil && isJSONObject(a.OutputExample):
		return refTo(b.result()), nil
	case out == nil:
		return anything().with("The result as it is."), nil
	}
	name := b.versionName(a) + "Output"
	c := converter{b: b, defs: out.Defs}
	own, err := c.convert(out, place{name: name}, true)
	if err != nil {
		return nil, err
	}
	whole := own.target()
	switch {
	case own.isAnything():
		return own.with("The result as it is."), nil
	case whole.is("object") || slices.Equal(whole.types, []string{"object", typeNull}):
		ref := b.ofAction(name, ownerOf(a), func() *schema { return b.inEnvelope(whole) })
		if len(whole.types) > 1 {
			return orNull(ref), nil
		}
		return ref, nil
	case len(own.anyOf) == 2 && own.anyOf[1].is(typeNull) && own.anyOf[0].isObject():
		ref := b.ofAction(name, ownerOf(a), func() *schema { return b.inEnvelope(own.anyOf[0].target()) })
		return orNull(ref), nil
	case own.isPlain():
		return own, nil
	}
	return b.ofAction(name, ownerOf(a), func() *schema { return own }), nil
}

// inEnvelope returns the schema of a result that is an object, in the envelope.
func (b *builder) inEnvelope(object *schema) *schema {
	s := object.clone()
	s.types = []string{"object"}
	s.propertyNames = nil // the names of the metadata may not fit it
	s.without(b.reserved())
	return b.withMetadata(s)
}

// result describes a result about which nothing is known.
func (b *builder) result() *component {
	return b.named(nameResult, func() *schema {
		s := typed("object").with("The members of the result.")
		s.additional = anything()
		return b.withMetadata(s)
	})
}

func ownerOf(a *dispatch.Action) string { return a.Name + "\x00" + a.Version }

// mergedOutputs describes a response of several versions: an object with the members of all. Few
// code generators can distinguish several objects.
func (b *builder) mergedOutputs(e *endpoint, all []*schema) *schema {
	if len(all) == 1 {
		return all[0]
	}
	if slices.ContainsFunc(all, func(s *schema) bool { return !s.isObject() }) {
		return anything().with("The result as it is.")
	}
	return b.ofAction(actionName(&e.versions[0])+"Output", ownersOf(e), func() *schema {
		out := typed("object")
		out.required = slices.Clone(all[0].target().required)
		for _, s := range all {
			t := s.target()
			out.additional = oneOrOther(out.additional, t.additional)
			out.required = slices.DeleteFunc(out.required, func(name string) bool { return !slices.Contains(t.required, name) })
			for _, p := range t.properties {
				if out.property(p.name) == nil {
					out.properties = append(out.properties, property{p.name, p.description, memberOf(all, p.name)})
				}
			}
		}
		return out
	})
}

// memberOf describes a member that several objects may have.
func memberOf(all []*schema, name string) *schema {
	var out *schema
	for _, s := range all {
		t := s.target()
		if p := t.property(name); p != nil {
			out = oneOrOther(out, p.schema)
		} else {
			out = oneOrOther(out, t.additional) // for members without a declared name
		}
	}
	return out
}

// oneOrOther is [either] for schemas that may be nil or the same.
func oneOrOther(a, b *schema) *schema {
	switch {
	case a == nil:
		return b
	case b == nil, sameSchema(a, b):
		return a
	}
	return either(a, b)
}

func isJSONObject(v any) bool {
	text, err := json.Marshal(v)
	return err == nil && text[0] == '{'
}

// example returns the example of a response, or nil if there is none or it cannot be encoded.
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

// respond adds the possible responses of an endpoint.
func (b *builder) respond(op *operation, e *endpoint, all [][]field) error {
	var schemas []*schema
	handler := false
	for i := range e.versions {
		a := &e.versions[i]
		if a.Handler != nil {
			handler = true
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
	content := map[string]mediaType{}
	if handler {
		content[typeAny] = mediaType{}
	}
	if len(schemas) > 0 {
		m := mediaType{Schema: b.mergedOutputs(e, schemas), Example: b.example(e, &e.versions[0])}
		if b.opts.AlwaysOK {
			m.Schema = &schema{anyOf: []*schema{m.Schema, refTo(b.fixed[nameError])}}
		}
		content[typeJSON] = m
	}
	b.addSuccesses(op, e, content, len(schemas) == 0)
	for _, status := range b.statuses(op, e, all) {
		b.addError(op, status)
	}
	op.Responses = append(op.Responses, b.failure("default", "Failure", "The action refused the request or failed, with a status of its own."))
	sort.SliceStable(op.Responses, func(i, j int) bool { return op.Responses[i].Status < op.Responses[j].Status })
	op.Responses = slices.CompactFunc(op.Responses, func(a, b answer) bool { return a.Status == b.Status })
	return nil
}

// addSuccesses adds the statuses of results, and those that the actions describe. Their
// descriptions of errors take precedence over the general ones.
func (b *builder) addSuccesses(op *operation, e *endpoint, content map[string]mediaType, handler bool) {
	described := map[int]string{}
	for i := range e.versions {
		for status, text := range e.versions[i].Responses {
			described[status] = cmp.Or(described[status], text)
		}
		if status := cmp.Or(e.versions[i].SuccessStatus, http.StatusOK); described[status] == "" {
			described[status] = "The result."
			if handler {
				described[status] = "The result of the action."
			}
		}
	}
	for _, status := range slices.Sorted(maps.Keys(described)) {
		r := &response{Description: described[status], Content: content}
		if b.opts.AlwaysOK && status == http.StatusOK {
			r.Description = join(r.Description, "Errors also have this status.")
		}
		switch {
		case status >= 400:
			r.Content = map[string]mediaType{typeJSON: {Schema: refTo(b.fixed[nameError])}}
		case status == http.StatusNoContent, status == http.StatusResetContent, status >= 300, e.method == "head":
			r.Content = nil
		}
		op.Responses = append(op.Responses, answer{Status: strconv.Itoa(status), Own: r})
	}
}

// causes describes when Sidekick itself responds with a status.
var causes = map[int]string{
	http.StatusBadRequest:            "The path, the query or the body cannot be read.",
	http.StatusUnauthorized:          "The request has no valid credentials.",
	http.StatusForbidden:             "The client may not do this.",
	http.StatusNotFound:              "The action does not have the requested version.",
	http.StatusRequestTimeout:        "The body was sent too slowly.",
	http.StatusRequestEntityTooLarge: "The body or a file in it is too large, or there are too many files.",
	http.StatusUnsupportedMediaType:  "The body's coding or charset is not accepted, or the action does not take its files.",
	http.StatusUnprocessableEntity:   "Parameters are missing or invalid.",
	http.StatusTooManyRequests:       "The client sends too many requests, or has too many pending.",
	http.StatusInternalServerError:   "The action failed.",
	http.StatusServiceUnavailable:    "The server is shutting down, or cannot accept the request at the moment.",
	http.StatusGatewayTimeout:        "The action took too long.",
	http.StatusInsufficientStorage:   "There is no room for the files.",
}

// statuses returns the error statuses that Sidekick itself may respond with at an endpoint,
// without those that an action chooses.
func (b *builder) statuses(op *operation, e *endpoint, all [][]field) []int {
	if b.opts.AlwaysOK {
		return nil
	}
	out := []int{http.StatusBadRequest, b.opts.DefaultErrorStatus, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if op.Body != nil {
		out = append(out, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if len(op.Security) > 0 {
		out = append(out, http.StatusUnauthorized, http.StatusForbidden)
	}
	checked, files, timeout := false, false, false
	for i := range e.versions {
		a := &e.versions[i]
		checked = checked || len(all[i]) > 0 && a.InputSchema() != nil || isChecked(a.Inputs)
		files = files || op.Body != nil && slices.ContainsFunc(all[i], func(f field) bool { return f.file || len(f.files) > 0 })
		timeout = timeout || a.Timeout > 0 || a.Timeout == 0 && b.dispatch.Timeout > 0
	}
	for status, when := range map[int]bool{
		http.StatusUnprocessableEntity: checked,
		http.StatusInsufficientStorage: files,
		http.StatusNotFound:            len(e.versions) > 1 || e.taken()["apiVersion"],
		http.StatusTooManyRequests:     b.dispatch.MaxPending > 0 || b.opts.RateLimited,
		http.StatusGatewayTimeout:      timeout,
	} {
		if when {
			out = append(out, status)
		}
	}
	return out
}

// isChecked reports whether inputs can be missing or invalid.
func isChecked(inputs dispatch.Inputs) bool {
	for _, in := range inputs {
		if in.Required || in.List || in.Map || in.File || len(in.Formatters) > 0 || len(in.Validators) > 0 || len(in.Schema) > 0 {
			return true
		}
	}
	return false
}

// addError adds an error of Sidekick itself.
func (b *builder) addError(op *operation, status int) {
	code := strconv.Itoa(status)
	name := cmp.Or(camel(http.StatusText(status)), "Status"+code)
	op.Responses = append(op.Responses, b.failure(code, name, cmp.Or(causes[status], "The action failed.")))
}

// failure returns an error that is a component with that name.
func (b *builder) failure(status, name, description string) answer {
	if b.spec.Responses[name] == nil {
		r := &response{Description: description, Content: map[string]mediaType{typeJSON: {Schema: refTo(b.fixed[nameError])}}}
		r.RetryAfter = status == strconv.Itoa(http.StatusTooManyRequests) || status == strconv.Itoa(http.StatusServiceUnavailable)
		b.spec.Responses[name] = r
	}
	return answer{Status: status, Name: name}
}
