package sidekick

import (
	"fmt"
	"strings"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// makeIdempotency sets the Replayer of actions that have none: of all of them, or only
// of those that are named.
func (k *Kit) makeIdempotency(bad *cfgerr.List) {
	c := &k.cfg
	if c.Idempotency == nil {
		return
	}
	o := *c.Idempotency
	if o.Store == nil {
		o.Store = k.stores.Idempotency
	}
	if o.Logger == nil {
		o.Logger = k.logger
	}
	k.replayer = piece(bad, "idempotency", idempotency.New, o)
	found := make([]bool, len(c.IdempotentActions))
	for i := range c.Actions.Actions {
		a := &c.Actions.Actions[i]
		meant := len(found) == 0
		for j, name := range c.IdempotentActions {
			if strings.EqualFold(name, a.Name) {
				meant, found[j] = true, true
			}
		}
		if meant && k.replayer != nil && a.Idempotency == nil {
			a.Idempotency = k.replayer
		}
	}
	for i, name := range c.IdempotentActions {
		if !found[i] {
			bad.Add(fmt.Sprintf("idempotentActions[%d]", i), name, "no action has this name")
		}
	}
}
