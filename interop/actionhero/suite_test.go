package actionhero_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verdict is how a test case of the original stands here.
type verdict string

const (
	asWritten     verdict = "as written"
	anotherWay    verdict = "another way"
	onPurpose     verdict = "on purpose"
	notApplicable verdict = "not applicable"
)

// row is one test case of the original.
type row struct {
	line    int
	says    string
	verdict verdict
	why     string // where the verdict is not asWritten
	check   func(t *testing.T)
}

// same is a row that holds as it is written.
func same(line int, says string, check func(t *testing.T)) row {
	return row{line, says, asWritten, "", check}
}

func otherwise(line int, says, how string, check func(t *testing.T)) row {
	return row{line, says, anotherWay, how, check}
}

func differs(line int, says, why string, check func(t *testing.T)) row {
	return row{line, says, onPurpose, why, check}
}

func none(line int, says, why string) row { return row{line, says, notApplicable, why, nil} }

// suite is all rows, by the file of the original.
func suite() map[string][]row {
	return map[string][]row{
		"servers/web/web.ts":                   webRows(),
		"servers/web/routes/routes.ts":         routeRows(),
		"servers/web/routes/deepRoutes.ts":     deepRows("namespace/actions", "namespace/files", 44, 55, 62, 73, 81, 88),
		"servers/web/routes/veryDeepRoutes.ts": deepRows("/craz/y/action/path", "/a/b/c", 44, 55, 62, 73, 79, 84),
		"servers/web/jsonp.ts":                 jsonpRows(),
		"servers/web/rawBody.ts":               rawBodyRows(),
		"servers/web/allowedRequestHosts.ts":   hostRows(),
		"servers/web/enableMultiples.ts":       multiplesRows(67, true),
		"servers/web/nonMultiples.ts":          multiplesRows(67, false),
		"servers/web/fileUpload.ts":            uploadRows(),
		"servers/web/returnErrorCodes.ts":      errorCodeRows(),
		"core/staticFile/staticFile.ts":        fileRows(),
		"core/staticFile/compression.ts":       compressionRows(),
		"core/middleware.ts":                   middlewareRows(),
		"core/errors.ts":                       errorRows(),
		"core/api.ts":                          apiRows(),
		"core/specHelper.ts":                   specHelperRows(),
		"core/log.ts":                          logRows(),
		"utils/utils.ts":                       utilsRows(),
		"modules/action.ts":                    inlineRows(),
		"actions/cacheTest.ts":                 cacheRows(),
		"actions/randomNumber.ts":              randomRows(),
		"actions/recursiveAction.ts":           recursiveRows(),
		"actions/sleepTest.ts":                 sleepRows(),
		"actions/status.ts":                    statusRows(),
		"actions/swagger.ts":                   swaggerRows(),
		"actions/validationTest.ts":            validationRows(),
		"integration/sendBuffer.ts":            sendBufferRows(),
		"integration/sendFile.ts":              sendFileRows(),
		"integration/sharedFingerprint.ts":     sharedFingerprintRows(),
	}
}

func TestSuite(t *testing.T) {
	for file, rows := range suite() {
		for _, r := range rows {
			t.Run(fmt.Sprintf("%s:%d %s", file, r.line, r.says), func(t *testing.T) {
				if r.check == nil {
					return // TestEveryCaseHasARow looks at it
				}
				t.Parallel()
				r.check(t)
			})
		}
	}
}

// Every test case of the original has one row, and every row that is not held as it
// is written says why.
func TestEveryCaseHasARow(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "suite.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		want[lines.Text()] = true
	}
	count := map[verdict]int{}
	for file, rows := range suite() {
		for _, r := range rows {
			at := fmt.Sprintf("%s %d", file, r.line)
			if !want[at] {
				t.Errorf("%s: the original has no such case, or it has two rows", at)
			}
			delete(want, at)
			if (r.verdict == asWritten) != (r.why == "") || (r.verdict == notApplicable) != (r.check == nil) || r.says == "" {
				t.Errorf("%s: the row is not complete", at)
			}
			count[r.verdict]++
		}
	}
	for at := range want {
		t.Errorf("%s has no row", at)
	}
	text := fmt.Sprintf("%d as written and %d in adapted form; %d differ on purpose, and %d do not apply", count[asWritten], count[anotherWay], count[onPurpose], count[notApplicable])
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), text) {
		t.Errorf("README does not say that of the cases %s", text)
	}
}
