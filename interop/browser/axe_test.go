package browser_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// The npm package that finds what keeps people from using a page.
const (
	axe          = "axe-core"
	axeVersion   = "4.11.1"
	axeIntegrity = "sha512-BASOg+YwO2C+346x3LZOeoovTIoTrRqEsqMa6fmfAV0P+U9mFr9NsyOEpiYvFjbc64NMrSswhV50WdXzdb/Z5A=="
)

// TestAccessibility holds that axe-core finds nothing wrong with any page, in
// windows of telephones, tablets and desks, by day and by night.
func TestAccessibility(t *testing.T) {
	origin := serve(t)
	source, err := npmFile(t.TempDir(), axe, axeVersion, axeIntegrity, "axe.min.js")
	if err != nil {
		if os.Getenv("TEST_INTEROP") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for _, page := range []struct {
		name, path, ready string
		open              []string // what is clicked before
	}{
		{name: "start", path: "/", ready: `document.querySelector("#actions details")`},
		{name: "start, an action", path: "/", ready: `document.querySelector("#actions details")`, open: []string{"#actions summary"}},
		{name: "upload", path: "/uploader.html", ready: `document.querySelector("form")`},
		{name: "docs", path: "/docs/", ready: `document.querySelector(".opblock")`},
		{name: "docs, trying", path: "/docs/", ready: `document.querySelector(".opblock")`,
			open: []string{`.opblock-post [data-path="/cacheTest"]`, ".opblock.is-open .try-out__btn"}},
	} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(page.name+" "+scheme, func(t *testing.T) {
				b := open(t)
				_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
				b.check(err)
				b.run(chromedp.Navigate(origin + page.path))
				b.until(page.ready)
				for _, selector := range page.open {
					b.until(fmt.Sprintf("document.querySelector(%q)", selector))
					js[bool](b, fmt.Sprintf("document.querySelector(%q).click(), true", selector))
				}
				js[int](b, source+"; 0")
				for _, width := range []int64{390, 768, 1280} {
					b.run(chromedp.EmulateViewport(width, 900))
					b.until(fmt.Sprintf(`innerWidth === %d`, width))
					found := js[[]string](b, `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) =>
						v.id + " (" + v.nodes.length + "): " + v.nodes.slice(0, 8).map((n) => n.target.join(" ") + " " + JSON.stringify(n.any[0]?.data ?? n.html.slice(0, 120))).join("\n\t")))`)
					if len(found) > 0 {
						t.Errorf("%d pixels wide:\n%s", width, strings.Join(found, "\n"))
					}
				}
			})
		}
	}
}
