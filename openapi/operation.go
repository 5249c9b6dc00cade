package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Tag is a group of operations.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"` // in CommonMark
}

// Operation is what a document says of an action beyond what the action declares.
// [Describe] gives it to one. Of several versions that are one operation, the
// newest speaks.
type Operation struct {
	_ struct{}

	// ID is the operationId. An action that is reached in several ways has it for
	// the first of them, and with the method in front for the others: "order",
	// "postOrder". The default is made of the method and the path.
	ID string
	// Tags are the groups that the action belongs to. The default is one: the part
	// of its name before a colon, or all of its name.
	Tags []string
	// Deprecated tells that clients should do without it.
	Deprecated bool
	// Security is what it takes to call the action, any one of the list. nil means
	// what [Options.Security] says of its path; an empty list means nothing.
	Security []Requirement
}

// operationKey is where an action has its Operation among its Meta.
const operationKey = "github.com/sidekick-http/sidekick/openapi"

// Describe returns a function that gives an action its [Operation]: one more
// argument of [dispatch.Typed], or called with a pointer to any other action.
//
//	dispatch.Typed("order", order, openapi.Describe(openapi.Operation{ID: "placeOrder", Tags: []string{"shop"}}))
func Describe(o Operation) func(*dispatch.Action) {
	o.Tags, o.Security = slices.Clone(o.Tags), slices.Clone(o.Security)
	return func(a *dispatch.Action) {
		a.Meta = maps.Clone(a.Meta)
		if a.Meta == nil {
			a.Meta = map[string]any{}
		}
		a.Meta[operationKey] = o
	}
}

// operationFor returns what was said of an action.
func operationFor(a *dispatch.Action) Operation {
	o, _ := a.Meta[operationKey].(Operation)
	return o
}

// tagsOf returns the groups of an action.
func tagsOf(a *dispatch.Action) []string {
	if o := operationFor(a); len(o.Tags) > 0 {
		return o.Tags
	}
	if group, _, ok := strings.Cut(a.Name, ":"); ok && group != "" {
		return []string{group}
	}
	return []string{a.Name}
}

// checkOperations checks what was said of the actions.
func (o *Options) checkOperations(bad *cfgerr.List) {
	ids := map[string]string{} // the actions that have them
	for _, a := range o.Dispatcher.Actions() {
		op := operationFor(&a)
		at := fmt.Sprintf("action %q, version %s: Operation", a.Name, a.Version)
		if op.ID != "" && strings.Trim(op.ID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			bad.Add(at+".ID", op.ID, "want letters of ASCII, digits and _: programs make names of it")
		}
		if other, taken := ids[op.ID]; taken && op.ID != "" && other != lower(a.Name) {
			bad.Add(at+".ID", op.ID, "another action has it")
		}
		ids[op.ID] = lower(a.Name)
		o.checkRequirements(bad, at+".Security", op.Security)
	}
}
