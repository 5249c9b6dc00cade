package dispatch_test

import (
	"fmt"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

// Formatters accept the results of other formatters.
func TestFormattersTakeWhatOthersGive(t *testing.T) {
	for _, chain := range [][]dispatch.Formatter{
		{dispatch.ToInt, dispatch.ToString}, {dispatch.ToInt, dispatch.ToFloat}, {dispatch.ToFloat, dispatch.ToString}, {dispatch.ToFloat, dispatch.ToInt}, {dispatch.ToString, dispatch.ToInt},
	} {
		v := any("7")
		var err error
		for _, f := range chain {
			if v, err = f(t.Context(), v); err != nil {
				t.Errorf("got %v", err)
			}
		}
		if fmt.Sprint(v) != "7" {
			t.Errorf("got %v", v)
		}
	}
	for in, want := range map[string]any{"on": true, "off": false, "True": true, "FALSE": false, "1": true} {
		if got, err := dispatch.ToBool(t.Context(), in); got != want {
			t.Errorf("%s: got %v, %v", in, got, err)
		}
	}
}
