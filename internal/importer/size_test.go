package importer_test

import (
	"fmt"
	"testing"

	"github.com/sidekick-http/sidekick/internal/importer"
)

// sized returns a project with that many actions, each with a route of its own.
func sized(n int) *importer.Project {
	p := &importer.Project{}
	for i := range n {
		name := fmt.Sprintf("action%d", i)
		p.Actions = append(p.Actions, importer.Action{Name: name, Version: "1", Inputs: map[string]importer.Input{"id": {Required: true}}})
		p.Routes = append(p.Routes, importer.Route{Method: "get", Path: "/of/" + name + "/:id", Action: name})
	}
	return p
}

// Twice the actions cost twice as much, and not four times. AllocsPerRun forbids t.Parallel.
func TestCostGrowsWithTheProject(t *testing.T) {
	cost := func(n int) float64 {
		p := sized(n)
		return testing.AllocsPerRun(1, func() {
			if _, err := importer.Generate(p, importer.Options{Module: "example.com/a", Version: "v1.0.0"}); err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := cost(150), cost(300)
	if many > 2.5*few {
		t.Errorf("150 actions cost %.0f allocations, 300 cost %.0f", few, many)
	}
	t.Logf("150 actions cost %.0f allocations, 300 cost %.0f", few, many)
}
