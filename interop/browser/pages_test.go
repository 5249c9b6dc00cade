package browser_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestStartPage calls an action from its form.
func TestStartPage(t *testing.T) {
	origin := behind(t, serve(t), nil)
	b := open(t)
	b.run(chromedp.Navigate(origin+"/"), chromedp.WaitVisible(chromedp.CSS("#docs")))
	b.picture("start")

	const card = `#cacheTest\@1 `
	b.run(
		chromedp.Click(chromedp.CSS(card+"summary")),
		chromedp.SendKeys(chromedp.CSS(card+".field:nth-of-type(2) input"), "from the page"),
		chromedp.SendKeys(chromedp.CSS(card+".field:nth-of-type(3) input"), "value"),
		chromedp.Click(chromedp.CSS(card+"button[type=submit]")),
		chromedp.WaitVisible(chromedp.CSS(card+".status.good")),
	)
	if text := js[string](b, "document.querySelector('"+strings.ReplaceAll(card, `\`, `\\`)+"').innerText"); !strings.Contains(text, `"cacheTestResults"`) {
		t.Errorf("the answer is shown as\n%s", text)
	}
	b.picture("start-tried")
	b.run(chromedp.Click(chromedp.CSS("#docs")), chromedp.WaitReady(chromedp.CSS(`#page[data-spec-url]`)))
	b.clean(origin)
}

// TestStartPageWithoutDocs holds that the page has no link that leads nowhere.
func TestStartPageWithoutDocs(t *testing.T) {
	origin := behind(t, serve(t, "-production"), nil)
	b := open(t)
	b.run(chromedp.Navigate(origin+"/"), chromedp.WaitVisible(chromedp.CSS(".card")))
	if js[bool](b, `document.getElementById("docs").checkVisibility()`) {
		t.Error("there is a link to the documentation")
	}
	b.clean(origin)
}

// TestUploadPage sends a file and looks at the progress bar while half of it is
// on its way.
func TestUploadPage(t *testing.T) {
	const size = 24 << 20
	half, rest := make(chan struct{}), make(chan struct{})
	origin := behind(t, serve(t), map[string]stand{"/api/uploader": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body := r.Body
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(body, size/2), &gate{reached: half, open: rest}, body), body}
		next.ServeHTTP(w, r)
	}})
	file := filepath.Join(t.TempDir(), "photo of a cat.bin")
	if err := os.WriteFile(file, bytes.Repeat([]byte("cat "), size/4), 0o600); err != nil {
		t.Fatal(err)
	}
	b := open(t)
	b.run(
		chromedp.Navigate(origin+"/uploader.html"),
		chromedp.WaitVisible(chromedp.CSS("#docs")),
		chromedp.SetUploadFiles(chromedp.CSS("#file1"), []string{file}),
		chromedp.SendKeys(chromedp.CSS("#key1"), "a text"),
		chromedp.Click(chromedp.CSS("button[type=submit]")),
		chromedp.WaitVisible(chromedp.CSS("#progress")),
	)
	select {
	case <-half:
	case <-b.ctx.Done():
		t.Fatal("half of the file did not arrive")
	}
	b.until(`document.getElementById("progress").value > 0.1`)
	if v := js[float64](b, `document.getElementById("progress").value`); v >= 1 {
		t.Errorf("half of the file is taken and the bar shows %v", v)
	}
	b.picture("uploader-sending")
	close(rest)
	b.run(chromedp.WaitVisible(chromedp.CSS("#answer .status.good")))
	text := js[string](b, `document.getElementById("answer").innerText`)
	for _, want := range []string{"photo of a cat.bin", "25,165,824 bytes", "a text"} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer is shown as\n%s\nwant %q in it", text, want)
		}
	}
	b.picture("uploader-done")
	b.clean(origin)
}

// gate is an empty part of a body: it tells that it is reached, and ends when it
// is opened.
type gate struct {
	reached chan<- struct{}
	open    <-chan struct{}
}

func (g *gate) Read([]byte) (int, error) {
	close(g.reached)
	<-g.open
	return 0, io.EOF
}

// TestJSONP calls an action from a script tag on another origin.
func TestJSONP(t *testing.T) {
	origin := serve(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, `<!doctype html><title>elsewhere</title><link rel="icon" href="data:,">
<script>window.got = (answer) => { window.answer = answer; }</script>
<script src="`+origin+`/api/cacheTest?key=foo%27s&value=bar&callback=got"></script>
<script src="`+origin+`/api/cacheTest?callback=got.failed"></script>`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(page.Close)
	b := open(t)
	b.run(chromedp.Navigate(page.URL + "/"))
	if got := js[string](b, `window.answer.cacheTestResults.loadResp.value`); got != "bar" {
		t.Errorf("got the value %q, want it from the action", got)
	}
}
