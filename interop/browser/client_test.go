package browser_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The npm package whose client is compared.
const (
	reference          = "actionhero"
	referenceVersion   = "29.3.5"
	referenceIntegrity = "sha512-P1ai1UfQ64s2K4Nv99A1JjQsHHybh+9MRtaE+DVHrT09vUtLIovW1cB/ZlIFplK+++v6BaB2thxIfllVr8MMEg=="
)

// calls are expressions whose values, promises included, both clients must agree
// on. outcome keeps what does not differ between two calls, and leaves out the
// raw body, in which the reference sends httpMethod, too; ask is action with a
// callback of one parameter.
var calls = []struct{ name, expression, want string }{
	{"params", `ask("echo", { key: "k", list: [1, "2"], obj: { a: { b: true } } })`, `"params":{"action":"echo","apiVersion":1,"key":"k","list":[1,"2"],"obj":{"a":{"b":true}}}`},
	{"method", `ask("echo", {})`, `"method":"POST"`},
	{"no params", `ask("echo")`, `"params":{"action":"echo","apiVersion":1}`},
	{"null for params", `ask("echo", null)`, `"params":{"action":"echo","apiVersion":1}`},
	{"text beyond ASCII", `ask("echo", { key: "é 漢 \u{1f600} \"&=%" })`, `"key":"é 漢 😀 \"&=%"`},
	{"GET", `ask("echo", { key: "k", value: 12, httpMethod: "GET" })`, `"key":"k","value":"12"`},
	{"GET, in lower case", `ask("echo", { key: "a b", httpMethod: "get" })`, `"method":"GET"`},
	{"null by GET", `ask("echo", { key: "k", obj: null, httpMethod: "GET" })`, `"obj":"null"`},
	{"PUT", `ask("echo", { key: "k", httpMethod: "PUT" })`, `"method":"PUT"`},
	{"DELETE", `ask("echo", { key: "k", httpMethod: "DELETE" })`, `"method":"DELETE"`},
	{"the cache", `ask("cacheTest", { key: "foo", value: "bar" })`, `"value":"bar"`},
	{"a missing param", `ask("cacheTest", { value: "bar" })`, `"error":"key is a required parameter for this action"`},
	{"an unknown action", `ask("missing")`, `"error":"unknown action or invalid apiVersion"`},
	{"a version", `ask("status", { apiVersion: 9 })`, `"error":"unknown action or invalid apiVersion"`},
	{"an answer that is no JSON", `ask("status", {}, { apiPath: "/broken" })`, `{"error":{"statusText":"Bad Gateway","responseText":"<h1>broken</h1>"}}`},
	{"another server", `ask("echo", { key: "k" }, { url: elsewhere })`, `"key":"k"`},
	{"actionWeb", `new Promise((done) => new ActionheroWebsocketClient().actionWeb({ action: "echo", key: "k" }, done)).then(outcome)`, `"key":"k"`},
	{"before connecting", `(({ id, state, rooms, options }) => JSON.stringify([id, state, rooms, options.url === origin, options.apiPath]))(new ActionheroWebsocketClient())`, `[null,"disconnected",[],true,"/api"]`},
	{"options", `(({ options }) => JSON.stringify([options.url, options.apiPath, options.extra]))(new ActionheroWebsocketClient({ url: "http://x", extra: 1 }))`, `["http://x","/api",1]`},
}

const prelude = `
	window.outcome = (answer) => {
		const { serverInformation, requesterInformation, fingerprint, body, ...rest } = answer;
		return JSON.stringify(rest, (k, v) => (k === "createdAt" ? 0 : v));
	};
	window.ask = (name, params, options) => new Promise((done) => new ActionheroWebsocketClient(options).action(name, params, (answer) => done(answer))).then(outcome);
	0`

// TestClients holds that the client library and Actionhero's own from npm get
// the same answers over HTTP.
func TestClients(t *testing.T) {
	backend := serve(t)
	page := func(script string) stand {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Security-Policy", strict+"; connect-src 'self' "+backend)
			fmt.Fprintf(w, `<!doctype html><title>client</title><link rel="icon" href="/icon.svg"><script src="%s"></script>`, script)
		}
	}
	clients := []struct{ name, script string }{{"own", "/public/javascript/ActionheroWebsocketClient.js"}}
	stands := map[string]stand{
		"/own.html": page(clients[0].script),
		"/broken": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusBadGateway)
			io.WriteString(w, "<h1>broken</h1>")
		},
	}
	source, err := referenceClient(t.TempDir())
	switch {
	case err == nil:
		clients = append(clients, struct{ name, script string }{"reference", "/reference.js"})
		stands["/reference.html"], stands["/reference.js"] = page("/reference.js"), text("text/javascript", source)
	case os.Getenv("TEST_INTEROP") == "required":
		t.Errorf("the client of %s: %v", reference, err)
	default:
		t.Logf("without the client of %s: %v", reference, err)
	}
	origin := behind(t, backend, stands)
	first := map[string]string{}
	for _, client := range clients {
		t.Run(client.name, func(t *testing.T) {
			b := open(t)
			b.run(chromedp.Navigate(origin + "/" + client.name + ".html"))
			js[int](b, prelude+fmt.Sprintf(", window.elsewhere = %q, 0", backend))
			for _, tt := range calls {
				got := js[string](b, `Promise.resolve(`+tt.expression+`)`)
				if !strings.Contains(got, tt.want) {
					t.Errorf("%s: got\n%s\nwant in it\n%s", tt.name, got, tt.want)
				}
				if before, compared := first[tt.name]; compared && got != before {
					t.Errorf("%s: got\n%s\nand the client library\n%s", tt.name, got, before)
				}
				first[tt.name] = got
			}
			for _, f := range b.faults {
				if !strings.Contains(f, "Failed to load resource") { // as every status from 400 on
					t.Errorf("the page complains: %s", f)
				}
			}
		})
	}
}

// referenceClient lets npm bring the client, and puts it together as Actionhero
// does for its pages. The library for websockets is left out.
func referenceClient(dir string) (string, error) {
	source, err := npmFile(dir, reference, referenceVersion, referenceIntegrity, "client/ActionheroWebsocketClient.js")
	if err != nil {
		return "", err
	}
	defaults := strings.Replace(source, "%%DEFAULTS%%", `return { apiPath: "/api", cookieKey: "sessionID", url: window.location.origin }`, 1)
	return `window.Primus = { EventEmitter: function () {} };
		(function (exports) { ` + defaults + `; exports.ActionheroWebsocketClient = ActionheroWebsocketClient; })(window);`, nil
}

// npmFile returns a file of an npm package.
func npmFile(dir, name, version, integrity, path string) (string, error) {
	npm := exec.Command("npm", "pack", "--silent", name+"@"+version)
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm pack: %w %s", err, out)
	}
	archive, err := os.ReadFile(filepath.Join(dir, name+"-"+version+".tgz"))
	if err != nil {
		return "", err
	}
	sum := sha512.Sum512(archive)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != integrity {
		return "", fmt.Errorf("%s: got the integrity %s, want %s", name, got, integrity)
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return "", err
	}
	for files := tar.NewReader(z); ; {
		head, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("looking for %s in the package %s: %w", path, name, err)
		}
		if head.Name == "package/"+path {
			source, err := io.ReadAll(files)
			return string(source), err
		}
	}
}

// TestClientLibrary runs what the documentation of the client library says.
func TestClientLibrary(t *testing.T) {
	origin := behind(t, serve(t), map[string]stand{
		"/page.html": text("text/html", `<!doctype html><title>client</title><link rel="icon" href="/icon.svg">
<script src="/public/javascript/ActionheroWebsocketClient.js"></script>
<script src="/page.js"></script>`),
		// As on Actionhero's page.
		"/page.js": text("text/javascript", `
var client = new ActionheroWebsocketClient();
client.action("cacheTest", { key: "foo", value: "bar" }, function (error, data) {
  window.seen = [error, data.cacheTestResults.loadResp.value];
});`),
	})
	b := open(t)
	b.run(chromedp.Navigate(origin + "/page.html"))
	b.until(`window.seen`)
	const viaHTTP = "() needs a websocket, but this server and its client use HTTP: call action() without connecting"
	for _, tt := range []struct{ name, expression, want string }{
		{"the page's own call", `window.seen`, `[null,"bar"]`},
		{"a promise", `client.action("cacheTest", { key: "foo", value: "bar" }).then((data) => data.cacheTestResults.loadResp.value)`, `"bar"`},
		{"a callback in the place of params", `new Promise((done) => client.action("status", (data) => done(data.nodeStatus)))`, `"Node Healthy"`},
		{"with a callback there is no promise", `String(client.action("status", () => {}))`, `"undefined"`},
		{"escaping", `client.action("echo", { key: "a&value=b#c", httpMethod: "GET" }).then((data) => data.params)`, `{"action":"echo","apiVersion":1,"key":"a&value=b#c"}`},
		{"objects by GET", `client.action("echo", { obj: { a: { "b&c": true }, list: [1, 2], none: undefined }, list: [{ x: 1 }, "y"], httpMethod: "GET" }).then((data) => data.params)`, `{"action":"echo","apiVersion":1,"list":[{"x":"1"},"y"],"obj":{"a":{"b&c":"true"},"list":["1","2"]}}`},
		{"lists by GET", `client.action("echo", { list: [1, "b,c"], httpMethod: "GET" }).then((data) => data.params.list)`, `["1","b,c"]`},
		{"a list of one by GET", `client.action("echo", { list: ["a"], httpMethod: "GET" }).then((data) => data.params.list)`, `["a"]`},
		{"lists of lists by GET", `client.action("echo", { list: [[1], [2, 3]], httpMethod: "GET" }).then((data) => data.params.list)`, `[["1"],["2","3"]]`},
		{"dates by GET", `client.action("echo", { key: new Date(0), list: [new Date(1)], httpMethod: "GET" }).then((data) => [data.params.key, data.params.list])`, `["1970-01-01T00:00:00.000Z",["1970-01-01T00:00:00.001Z"]]`},
		{"dates by POST", `client.action("echo", { key: new Date(0) }).then((data) => data.params.key)`, `"1970-01-01T00:00:00.000Z"`},
		{"what JSON cannot have", `Promise.all([new File(["x"], "a.txt"), new Map([[1, 2]]), new Set(), new FormData(), new Uint8Array(2), () => {}].map((value, i) => client.action("echo", { obj: { it: value }, httpMethod: i % 2 ? "GET" : "POST" }).catch((error) => error.message.split(",")[0])))`, `["it is a File","it is a Map","it is a Set","it is a FormData","it is a Uint8Array","it is a Function"]`},
		{"a file with a callback", `new Promise((done) => client.action("echo", { file: new File([], "a") }, (error, data) => done([error, data.error])))`, `["file is a File, which JSON cannot have: send a FormData by fetch()","file is a File, which JSON cannot have: send a FormData by fetch()"]`},
		{"params that cannot be sent", `Promise.all([{ key: "\ud800", httpMethod: "GET" }, { key: 1n }].map((params) => client.action("echo", params).catch((error) => error.name)))`, `["URIError","TypeError"]`},
		{"params stay as they are", `(() => { const params = { httpMethod: "GET" }; client.action("status", params); return params; })()`, `{"httpMethod":"GET"}`},
		{"connect with a callback", `new Promise((done) => client.connect((error, details) => done([error.message, details === undefined])))`, `["connect` + viaHTTP + `",true]`},
		{"connect by itself", `(client.connect(), 0)`, `0`},
		{"connect with a promise", `client.connect().catch((error) => error.message)`, `"connect` + viaHTTP + `"`},
		{"connect and the event", `new Promise((done) => { client.once("error", (error) => done(error.message)); client.connect(() => {}); })`, `"connect` + viaHTTP + `"`},
		{"a listener after connect", `new Promise((done) => { client.connect().catch(() => {}); client.once("error", (error) => done(error.message)); })`, `"connect` + viaHTTP + `"`},
		{"roomAdd", `new Promise((done) => client.roomAdd("a", (data) => done([data.error, data.status === data.error, data.context])))`, `["roomAdd` + viaHTTP + `",true,"response"]`},
		{"detailsView with a promise", `client.detailsView().catch((error) => error.message)`, `"detailsView` + viaHTTP + `"`},
		{"say with (error, data)", `new Promise((done) => client.say("a", "b", (error, data) => done([error === data.error, error])))`, `[true,"say` + viaHTTP + `"]`},
		{"every call for websockets", `Promise.all(["file", "roomView", "roomLeave", "documentation", "send"].map((name) => client[name]("x").then(() => "answered", (error) => error.data.error.split("()")[0])))`, `["file","roomView","roomLeave","documentation","send"]`},
		{"disconnect", `(() => { let n = 0; client.on("disconnected", () => n++); client.disconnect(); return [n, client.state, client.id]; })()`, `[1,"disconnected",null]`},
		{"events", `(() => {
			const got = [], note = (...values) => got.push(values);
			client.on("a", note).once("a", note);
			const heard = [client.emit("a", 1, 2), client.listeners("a").length];
			client.off("a", note);
			return [got, heard, client.emit("a"), client.removeAllListeners().listeners("disconnected").length];
		})()`, `[[[1,2],[1,2]],[true,1],false,0]`},
	} {
		if got := js[string](b, `Promise.resolve(`+tt.expression+`).then((v) => JSON.stringify(v))`); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	b.clean(origin)

	// A failed answer is a line in every browser's console, so these come last.
	for _, tt := range []struct{ name, expression, want string }{
		{"(error, data)", `new Promise((done) => client.action("cacheTest", { value: "bar" }, (error, data) => done([error, data.error === error, "serverInformation" in data])))`, `["key is a required parameter for this action",true,true]`},
		{"a promise", `client.action("cacheTest", { value: "bar" }).catch((error) => [error.message, error.status, error.data.error === error.message])`, `["key is a required parameter for this action",422,true]`},
		{"no JSON", `client.action("status", { httpMethod: "HEAD" }).catch((error) => error.data.error)`, `{"statusText":"OK","responseText":""}`},
		{"no answer", `new ActionheroWebsocketClient({ url: "http://127.0.0.1:1" }).action("status").catch((error) => [error.message, error.status, error.data])`, `["no answer",0,{"error":{"statusText":"no answer","responseText":""}}]`},
	} {
		if got := js[string](b, tt.expression+`.then((v) => JSON.stringify(v))`); got != tt.want {
			t.Errorf("an error as %s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
