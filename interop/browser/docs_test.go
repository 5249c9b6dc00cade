package browser_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestDocs reads the documentation page, and calls an action from it.
func TestDocs(t *testing.T) {
	origin := serve(t)
	b := open(t)
	b.run(chromedp.Navigate(origin + "/docs")) // the slash is added
	const path = `.opblock-get .opblock-summary-path[data-path="/cacheTest"]`
	b.until(fmt.Sprintf("document.querySelector(%q)", path))
	b.picture("docs")

	b.run(chromedp.Click(chromedp.CSS(path)))
	b.until(`document.querySelector(".opblock.is-open .try-out__btn")`)
	within := func(selector string) chromedp.CSS { return chromedp.CSS(".opblock.is-open " + selector) }
	b.run(
		chromedp.Click(within(".try-out__btn")),
		chromedp.WaitVisible(within("button.execute")), // only then are the inputs open
		chromedp.SendKeys(within(`tr[data-param-name="key"] input`), "from the page"),
		chromedp.SendKeys(within(`tr[data-param-name="value"] input`), "a&b"),
		chromedp.Click(within("button.execute")),
		chromedp.WaitVisible(within(".live-responses-table .response-col_status")),
	)
	answer := js[string](b, `document.querySelector(".opblock.is-open .live-responses-table").innerText`)
	for _, want := range []string{"200", `"cacheTestResults"`, `"value": "a&b"`} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer is shown as\n%s\nwant %q in it", answer, want)
		}
	}
	b.picture("docs-tried")
	b.clean(origin)
}

// TestDocsFiles holds that the files of the page are those that its generator
// makes of the npm package.
func TestDocsFiles(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil && os.Getenv("SIDEKICK_INTEROP") != "required" {
		t.Skip("npm is not installed")
	}
	check := exec.Command("go", "run", "generate.go", "-check")
	check.Dir = filepath.Join("..", "..", "docs")
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFaultsAreSeen holds that the tests see what they look for.
func TestFaultsAreSeen(t *testing.T) {
	origin := behind(t, serve(t), map[string]stand{
		"/bad.html": text("text/html", `<!doctype html><title>bad</title><script>window.ran = true</script><img src="http://elsewhere.invalid/x.png" alt=""><script src="/bad.js"></script>`),
		"/bad.js":   text("text/javascript", `console.error("said"); throw new Error("thrown")`),
	})
	b := open(t)
	b.run(chromedp.Navigate(origin + "/bad.html"))
	b.mu.Lock()
	defer b.mu.Unlock()
	faults := strings.Join(b.faults, "\n")
	for _, want := range []string{"inline script", "elsewhere.invalid", "said", "thrown"} {
		if !strings.Contains(faults, want) {
			t.Errorf("got the faults\n%s\nwant %q among them", faults, want)
		}
	}
}
