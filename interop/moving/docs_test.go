package moving_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The document shows what the walk does.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "migrating.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nsidekick import -script > export-actionhero.cjs\nnode export-actionhero.cjs > actionhero.json\nsidekick import -project actionhero.json -module example.com/shelf -out ",
		"\nOLD_SERVER=http://127.0.0.1:8081 REPORT=127.0.0.1:9090 PORT=8080 go run .\n",
		"\n" + withMask + "\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("docs/migrating.md has no %q", want)
		}
	}
}
