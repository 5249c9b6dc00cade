package browser_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// formPage is a form as people write them: a list, checkboxes, fields that are
// left blank, file inputs for one and for several files and one that is left
// alone.
const formPage = `<!doctype html><meta charset="utf-8"><title>form</title><link rel="icon" href="/icon.svg">
<iframe name="answer" id="answer"></iframe>
<form id="f" target="answer">
	<input name="name"> <input name="wait"> <input name="price" type="number" step="any"> <input name="due">
	<select name="tags" multiple><option>a<option>b c<option>d</select>
	<input name="ids" type="checkbox" value="1"> <input name="ids" type="checkbox" value="2"> <input name="ids" type="checkbox" value="3">
	<select name="color"><option value="">choose<option>red<option>green</select>
	<input name="on" type="checkbox">
	<input name="user[name]"> <input name="lines[0][sku]"> <input name="lines[0][n]" type="number"> <textarea name="raw"></textarea>
	<input name="image" type="file"> <input name="pics[]" type="file" multiple> <input name="user[avatar]" type="file"> <input name="file" type="file">
	<button>send</button>
</form>`

// What a browser sends of a form arrives as the inputs are declared.
func TestForms(t *testing.T) {
	origin := serveProgram(t, lab, "-port", "0", "-dir", t.TempDir())
	front := behind(t, origin, map[string]stand{"/form.html": text("text/html", formPage)})
	dir := t.TempDir()
	a, c := filepath.Join(dir, "a.txt"), filepath.Join(dir, "ç.txt")
	for name, content := range map[string]string{a: "aaa", c: "cc"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	type object = map[string]any
	type list = []any
	filled := object{"name": "Zoë", "tags": list{"a", "b c"}, "ids": list{1.0, 3.0}, "color": "green", "on": true, "user": object{"name": "u"}, "lines": list{object{"sku": "s", "n": 4.0}}}
	fill := `f.name.value = "Zoë", f.tags.options[0].selected = f.tags.options[1].selected = true, f.ids[0].checked = f.ids[2].checked = true,
		f.color.value = "green", f.on.checked = true, f["user[name]"].value = "u", f["lines[0][sku]"].value = "s", f["lines[0][n]"].value = "4"`
	for _, tt := range []struct {
		name, method, encoding, fill string
		files                        bool
		want                         object
	}{
		{"multipart", "post", "multipart/form-data", fill, true, filled},
		{"urlencoded", "post", "application/x-www-form-urlencoded", fill, false, filled},
		{"query", "get", "application/x-www-form-urlencoded", fill, false, filled},
		{"all blank, multipart", "post", "multipart/form-data", "0", false, object{"name": "", "user": object{"name": ""}, "lines": list{object{"sku": "", "n": 0.0}}}},
		{"all blank, urlencoded", "post", "application/x-www-form-urlencoded", "0", false, object{"name": "", "user": object{"name": ""}, "lines": list{object{"sku": "", "n": 0.0}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := open(t)
			b.run(chromedp.Navigate(front + "/form.html"))
			js[any](b, `window.f = document.getElementById("f"), f.method = "`+tt.method+`", f.enctype = "`+tt.encoding+`", f.action = "/api/form", `+tt.fill+`, 0`)
			want := object{}
			for name, v := range tt.want {
				want[name] = v
			}
			if tt.files {
				b.run(chromedp.SetUploadFiles(chromedp.CSS(`[name="image"]`), []string{a}), chromedp.SetUploadFiles(chromedp.CSS(`[name="pics[]"]`), []string{a, c}), chromedp.SetUploadFiles(chromedp.CSS(`[name="user[avatar]"]`), []string{c}))
				fileA, fileC := object{"name": "a.txt", "size": 3.0}, object{"name": "ç.txt", "size": 2.0}
				want["image"], want["pics"], want["user"] = fileA, list{fileA, fileC}, object{"name": "u", "avatar": fileC}
			} else if tt.encoding != "multipart/form-data" {
				js[any](b, `f.querySelectorAll("[type=file]").forEach((e) => e.remove()), 0`) // they would send names of files
			}
			b.run(chromedp.Click(chromedp.CSS("button")))
			const shown = `document.getElementById("answer").contentDocument?.body?.innerText`
			b.until(shown + `?.startsWith("{")`)
			var got object
			if err := json.Unmarshal([]byte(js[string](b, shown)), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(object{"got": want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
