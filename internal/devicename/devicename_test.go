package devicename_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/internal/devicename"
)

func TestIs(t *testing.T) {
	for name, want := range map[string]bool{
		"CON": true, "con.txt": true, "nul.tar.gz": true, "Aux .txt": true, "PRN": true, "conin$": true, "CONOUT$": true, "clock$.txt": true,
		"COM1": true, "lpt9.log": true, "com0": true, "COM¹": true, "LPT³.x": true,
		"": false, ".": false, ".con": false, "console": false, "COM": false, "COM10": false, "COMA": false, "COM⁴": false, "LPT": false, "a.con": false, "clock": false,
	} {
		if got := devicename.Is(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
