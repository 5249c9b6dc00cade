package decimal_test

import (
	"math"
	"testing"

	"github.com/sidekick-http/sidekick/internal/decimal"
)

func TestFloat(t *testing.T) {
	for in, want := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1), "0.000": 0, "0e-999": 0, "1e3": 1000, "+1": 1, "1.5E-3": 0.0015, "5e-324": 5e-324,
	} {
		if got, ok := decimal.Float(in, 64); !ok || math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%q: got %v, %v, want %v", in, got, ok, want)
		}
	}
	if got, ok := decimal.Float("1e-50", 32); !ok || got != 0 {
		t.Errorf("what float32 alone makes 0 of: got %v, %v, want 0, as of encoding/json", got, ok)
	}
	if got, ok := decimal.Float("0.1", 32); !ok || got != float64(float32(0.1)) {
		t.Errorf("32 bits: got %v, %v", got, ok)
	}
	for _, in := range []string{"", " 1", "1e400", "-1e400", "1e-400", "-1E-400", "0.1e-330", "inf", "NaN", "0x1p4", "1_0", "1,5"} {
		if got, ok := decimal.Float(in, 64); ok {
			t.Errorf("%q: got %v, want it refused", in, got)
		}
	}
}
