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

// TestDocsUpload sends a file from the documentation page.
func TestDocsUpload(t *testing.T) {
	origin := serve(t)
	file := filepath.Join(t.TempDir(), "cat.txt")
	if err := os.WriteFile(file, []byte("meow"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := open(t)
	b.run(chromedp.Navigate(origin + "/docs/"))
	const path = `.opblock-post .opblock-summary-path[data-path="/uploader"]`
	b.until(fmt.Sprintf("document.querySelector(%q)", path))
	b.run(
		chromedp.Click(chromedp.CSS(path)),
		chromedp.Click(chromedp.CSS(".opblock.is-open .try-out__btn")),
		chromedp.WaitVisible(chromedp.CSS(".opblock.is-open button.execute")),
		chromedp.SetValue(chromedp.CSS(".opblock.is-open .opblock-section-request-body .content-type"), "multipart/form-data"),
	)
	js[bool](b, `document.querySelector(".opblock.is-open .opblock-section-request-body .content-type").dispatchEvent(new Event("change", { bubbles: true }))`)
	b.run(
		chromedp.SetUploadFiles(chromedp.CSS(".opblock.is-open tr[data-property-name=file1] input[type=file]"), []string{file}),
		chromedp.Click(chromedp.CSS(".opblock.is-open button.execute")),
		chromedp.WaitVisible(chromedp.CSS(".opblock.is-open .live-responses-table .response-col_status")),
	)
	answer := js[string](b, `document.querySelector(".opblock.is-open .live-responses-table").innerText`)
	for _, want := range []string{"200", `"name": "cat.txt"`, `"size": 4`} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer is shown as\n%s\nwant %q in it", answer, want)
		}
	}
	b.clean(origin)
}

// TestDocsShowOneDocument holds that a link cannot choose what the page shows.
func TestDocsShowOneDocument(t *testing.T) {
	origin := behind(t, serve(t), map[string]stand{"/other.json": text("application/json", `{"openapi": "3.1.0", "info": {"title": "Other", "version": "1"}, "paths": {}}`)})
	b := open(t)
	b.run(chromedp.Navigate(origin + "/docs/?url=/other.json&configUrl=/other.json&urls.primaryName=Other"))
	b.until(`document.querySelector(".info .title")`)
	if title := js[string](b, `document.querySelector(".info .title").innerText`); !strings.HasPrefix(title, "Sidekick API") {
		t.Errorf("the page shows %q", title)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if strings.HasSuffix(r, origin+"/other.json") {
			t.Errorf("the page asks %s", r)
		}
	}
}

// TestDocsFiles holds that the files of the page are those that its generator
// makes of the npm package.
func TestDocsFiles(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil && os.Getenv("TEST_INTEROP") != "required" {
		t.Skip("npm is not installed")
	}
	check := exec.Command("go", "run", "generate.go", "-check")
	check.Dir = filepath.Join("..", "..", "openapi", "ui")
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
