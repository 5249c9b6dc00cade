package browser_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sidekick-http/sidekick/internal/everykind"
)

// TestTryItOut sends an order from the documentation page, with a list of objects
// and without, by every way that the document has for it.
func TestTryItOut(t *testing.T) {
	handler, err := everykind.Server(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	const lines = `"lines":[{"sku":"a","n":1},{"sku":"b & c","n":2}]`
	for _, tt := range []struct {
		name, method, contentType string
		row                       string // of an input
	}{
		{"GET", "get", "", `tr[data-param-name="%s"]`},
		{"a form", "post", "application/x-www-form-urlencoded", `tr[data-property-name="%s"]`},
		{"a multipart form", "post", "multipart/form-data", `tr[data-property-name="%s"]`},
		{"JSON", "post", "application/json", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := open(t)
			b.run(chromedp.Navigate(server.URL + "/docs/"))
			block := ".opblock-" + tt.method
			path := block + ` [data-path="/order"]`
			b.until(fmt.Sprintf("document.querySelector(%q)", path))
			b.run(chromedp.Click(chromedp.CSS(path)), chromedp.Click(chromedp.CSS(".opblock.is-open .try-out__btn")), chromedp.WaitVisible(chromedp.CSS(".opblock.is-open button.execute")))
			if tt.contentType != "" {
				const choice = ".opblock.is-open .opblock-section-request-body .content-type"
				b.run(chromedp.SetValue(chromedp.CSS(choice), tt.contentType))
				js[bool](b, fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new Event("change", { bubbles: true }))`, choice))
			}
			if tt.row == "" {
				b.fill("textarea.body-param__text", `{"id":7,`+lines+`}`)
				b.execute(`"lines"`, `"sku": "b & c"`)
				return
			}
			row := func(name string) string { return fmt.Sprintf(tt.row, name) + " " }
			b.until(fmt.Sprintf("document.querySelector(%q)", ".opblock.is-open "+row("id")+"input"))
			b.fill(row("id")+"input", "7")
			b.execute(`"id": 7`) // what is not filled in is not sent
			if tt.contentType == "multipart/form-data" {
				b.fill(row("lines")+"textarea", `[{"sku":"a","n":1},{"sku":"b & c","n":2}]`)
			} else {
				for i, line := range []string{`{"sku":"a","n":1}`, `{"sku":"b & c","n":2}`} {
					if js[int](b, fmt.Sprintf("document.querySelectorAll(%q).length", ".opblock.is-open "+row("lines")+".json-schema-form-item input")) <= i {
						js[bool](b, fmt.Sprintf("document.querySelector(%q).click(), true", ".opblock.is-open "+row("lines")+".json-schema-form-item-add"))
					}
					item := fmt.Sprintf(".json-schema-form-item:nth-of-type(%d) input", i+1)
					b.until(fmt.Sprintf("document.querySelector(%q)", ".opblock.is-open "+row("lines")+item))
					b.fill(row("lines")+item, line)
				}
			}
			b.execute(`"sku": "a"`, `"sku": "b & c"`)
		})
	}
}

// fill types into a field of the open operation in the place of what it has.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	selector = ".opblock.is-open " + selector
	// React sees a value only where its own setter has not set it.
	js[bool](b, fmt.Sprintf(`(() => {
		const field = document.querySelector(%q);
		Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, %q);
		for (const name of ["input", "change", "focusout"]) field.dispatchEvent(new Event(name, { bubbles: true }));
		return true;
	})()`, selector, text))
}

// execute sends the request of the open operation, and looks for parts of the
// answer.
func (b *tab) execute(want ...string) {
	b.t.Helper()
	const answer = ".opblock.is-open .live-responses-table"
	js[bool](b, `document.querySelector(".opblock.is-open .btn-clear")?.click(), true`)
	b.until(fmt.Sprintf("!document.querySelector(%q)", answer))
	js[bool](b, `document.querySelector(".opblock.is-open button.execute").click(), true`)
	b.until(fmt.Sprintf("document.querySelector(%q)", answer+" .response-col_status"))
	shown := js[string](b, fmt.Sprintf("document.querySelector(%q).innerText", answer))
	for _, part := range append(want, "200") {
		if !strings.Contains(shown, part) {
			b.t.Errorf("the answer is shown as\n%.600s\nwant %q in it", shown, part)
		}
	}
}
