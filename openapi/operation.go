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

// Operation adds to what an action declares about itself in a document. [Describe] attaches one
// to an action. If several versions form one operation, the newest version's counts.
type Operation struct {
	_ struct{}

	// ID is the operationId. If an action is reached in several ways, the first has it, and the
	// others have it with the method in front: "order", "postOrder". The default consists of the
	// method and the path.
	ID string
	// Tags are the action's groups. The default is one group: the part of its name before a
	// colon, or its whole name.
	Tags []string
	// Deprecated tells clients to avoid the action.
	Deprecated bool
	// Security lists alternative requirements for calling the action. nil means those of
	// [Options.Security] for its path; an empty list means none.
	Security []Requirement
}

// operationKey is the key of an action's Operation in its Meta.
const operationKey = "github.com/sidekick-http/sidekick/openapi"

// Describe returns a function that attaches an [Operation] to an action. Pass it to
// [dispatch.Typed], or call it with a pointer to any other action.
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

// operationFor returns the Operation of an action.
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

// checkOperations checks the Operations of all actions.
func (o *Options) checkOperations(bad *cfgerr.List) {
	ids := map[string]string{} // ids, and the actions that have them
	for _, a := range o.Dispatcher.Actions() {
		op := operationFor(&a)
		at := fmt.Sprintf("action %q, version %s: Operation", a.Name, a.Version)
		if op.ID != "" && strings.Trim(op.ID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			bad.Add(at+".ID", op.ID, "want ASCII letters, digits and _: code generators make names of it")
		}
		if other, taken := ids[op.ID]; taken && op.ID != "" && other != lower(a.Name) {
			bad.Add(at+".ID", op.ID, "another action has it")
		}
		ids[op.ID] = lower(a.Name)
		o.checkRequirements(bad, at+".Security", op.Security)
	}
}
