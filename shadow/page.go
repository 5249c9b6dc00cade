package shadow

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Page returns a handler that shows the [Report] as plain HTML, or as JSON to a
// client that accepts application/json but not text/html. It answers GET and HEAD
// under any path. It is not meant for the public: protect it like your other
// operational pages.
func (c *Comparer) Page() http.Handler { return http.HandlerFunc(c.servePage) }

func (c *Comparer) servePage(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	report := c.Report()
	var body bytes.Buffer
	var err error
	if accept := r.Header.Get("Accept"); strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html") {
		h.Set("Content-Type", "application/json; charset=utf-8")
		e := json.NewEncoder(&body)
		e.SetIndent("", "  ")
		err = e.Encode(report)
	} else {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+c.style+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		err = page().Execute(&body, report)
	}
	if err != nil { // no report can cause it
		http.Error(w, "the report cannot be shown", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body.Bytes()) // the client may have gone
	}
}

const style = `body{font:1rem/1.5 system-ui,sans-serif;margin:2rem;max-width:80rem;color:#111;background:#fff}
table{border-collapse:collapse;margin:0 0 2rem;width:100%}caption{text-align:left;font-weight:bold;padding:.5rem 0}
th,td{border:1px solid #767676;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}td.n{text-align:right}`

// styleHash returns the hash that stands for the style in the policy.
func styleHash() string {
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func page() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"mean": func(sum time.Duration, n int64) string {
			if n == 0 {
				return "–"
			}
			return (sum / time.Duration(n)).Round(time.Microsecond * 10).String()
		},
		"time":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"sorted": sortedReasons,
	}).Parse(pageText))
}

type reason struct {
	Text  string
	Times int64
}

func sortedReasons(skipped map[string]int64) []reason {
	var out []reason
	for text, times := range skipped {
		out = append(out, reason{text, times})
	}
	slices.SortFunc(out, func(a, b reason) int { return strings.Compare(a.Text, b.Text) })
	return out
}

const pageText = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Old and new responses</title>
<style>` + style + `</style>
</head>
<body>
<main>
<h1>Old and new responses</h1>
{{if not .Names}}<p>Nothing was compared yet.</p>{{else}}
<table>
<caption>What was compared</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Compared</th><th scope="col">Different</th><th scope="col">Old takes</th><th scope="col">New takes</th><th scope="col">Left out</th></tr></thead>
<tbody>
{{range .Names}}<tr><th scope="row">{{.Name}}</th><td class="n">{{.Compared}}</td><td class="n">{{.Different}}</td><td class="n">{{mean .OldTime .Compared}}</td><td class="n">{{mean .NewTime .Compared}}</td><td>{{range $i, $s := sorted .Skipped}}{{if $i}}; {{end}}{{$s.Text}}: {{$s.Times}}{{end}}</td></tr>
{{end}}</tbody>
</table>
<h2>Differences</h2>
{{range .Names}}{{if .Found}}<table>
<caption>{{.Name}}</caption>
<thead><tr><th scope="col">What</th><th scope="col">Where</th><th scope="col">Old</th><th scope="col">New</th><th scope="col">Times</th><th scope="col">First (UTC)</th><th scope="col">Last (UTC)</th><th scope="col">Request</th></tr></thead>
<tbody>
{{range .Found}}<tr><td>{{.Kind}}</td><th scope="row">{{if .Path}}{{.Path}}{{else}}–{{end}}</th><td>{{.Old}}</td><td>{{.New}}</td><td class="n">{{.Times}}</td><td>{{time .First}}</td><td>{{time .Last}}</td><td>{{.URLPath}} {{.MessageID}}</td></tr>
{{end}}</tbody>
</table>
{{if .More}}<p>And {{.More}} more of other kinds.</p>
{{end}}{{end}}{{end}}{{end}}
</main>
</body>
</html>
`
