package actionhero_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/openapi"
)

func webRows() []row {
	return append(append(append(webBasics(), webErrors()...), append(webParams(), webHeaders()...)...), append(webStatus(), append(webFiles(), webConnection()...)...)...)
}

func plain(f func(s *site)) func(*testing.T) {
	return func(t *testing.T) { f(open(t, nil)) }
}

// with has the answer of one request held.
func with(request string, hold func(g *got)) func(*testing.T) {
	return plain(func(s *site) { hold(s.ask(request, nil)) })
}

func webBasics() []row {
	return []row{
		same(23, "the server answers", with("GET /api/randomNumber", func(g *got) { g.code(200) })),
		same(28, "an answer is JSON with metadata", with("GET /api/randomNumber", func(g *got) { g.has("requesterInformation.id") })),
		same(34, "no action is an error in JSON", with("GET /api", func(g *got) { g.code(404).has("requesterInformation.id") })),
		same(48, "a known parameter is shown", with("GET /api?key=value", func(g *got) { g.code(404).is(shown+"key", "value") })),
		same(62, "an unknown parameter is not", with("GET /api?crazyParam123=something", func(g *got) { g.code(404).hasNot(shown + "crazyParam123") })),
		otherwise(106, "a connection ends with its answer", "middleware sees connections come and go: Create and Destroy", connectionsEnd("/api/sleepTest?sleepDuration=1", true)),
		otherwise(117, "so with files", "files are no connections to begin with", connectionsEnd("/simple.html", false)),
		otherwise(124, "so where the action writes the answer itself", "Create and Destroy", connectionsEnd("/api/customRender", true)),
		same(253, "an unknown action is a 404", with("GET /api/IAMNOTANACTION", func(g *got) { g.code(404).is("error", unknown) })),
		same(267, "an action that exists has no error", with("GET /api/status", func(g *got) { g.code(200).hasNot("error") })),
		same(272, "GET", with("GET /api/randomNumber", func(g *got) { g.random() })),
		same(278, "PUT", with("PUT /api/randomNumber", func(g *got) { g.random() })),
		same(284, "POST", with("POST /api/randomNumber", func(g *got) { g.random() })),
		same(290, "DELETE", with("DELETE /api/randomNumber", func(g *got) { g.random() })),
		same(296, "a form", plain(func(s *site) {
			s.ask("POST /api/cacheTest", form{{"key", "key"}}).code(422).is("error", missing("value"))
			s.ask("POST /api/cacheTest", form{{"key", "key"}, {"value", "value"}}).code(200).is("cacheTestResults.saveResp", true)
		})),
		same(319, "JSON", plain(func(s *site) {
			s.ask("POST /api/cacheTest", values{"key": "key"}).code(422).is("error", missing("value"))
			s.ask("POST /api/cacheTest", values{"key": "key", "value": "value"}).code(200).is("cacheTestResults.saveResp", true)
		})),
		same(341, "message ids differ", plain(func(s *site) {
			a, b := s.ask("GET /api/randomNumber", nil).text("requesterInformation.messageId"), s.ask("GET /api/randomNumber", nil).text("requesterInformation.messageId")
			if a == "" || a == b {
				s.t.Errorf("got %q and %q", a, b)
			}
		})),
		same(349, "a message id is not the client's to choose", with("GET /api/randomNumber?messageId=aaa", func(g *got) {
			if id := g.text("requesterInformation.messageId"); id == "" || id == "aaa" {
				g.t.Errorf("got %q", id)
			}
		})),
		same(354, "the id is made of fingerprint and message id", with("GET /api/randomNumber", func(g *got) {
			g.is("requesterInformation.id", g.text("requesterInformation.fingerprint")+"-"+g.text("requesterInformation.messageId"))
		})),
		same(745, "the action swagger", func(t *testing.T) {
			open(t, nil, openapi.Swagger(openapi.SwaggerOptions{})).ask("GET /api/swagger", nil).code(200).has("paths")
		}),
	}
}

// connectionsEnd holds that what a request begins ends with it.
func connectionsEnd(target string, begins bool) func(*testing.T) {
	return func(t *testing.T) {
		begun, ended := make(chan string, 1), make(chan string, 1)
		d, err := dispatch.New(dispatch.Options{
			Actions: []dispatch.Action{
				runs("sleepTest", func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }, "sleepDuration"),
				{Name: "customRender", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "0.5") })},
			},
			Prefixes: []string{"/api"},
			Middleware: []dispatch.Middleware{{
				Create:  func(_ context.Context, c *dispatch.Connection) { begun <- c.ID() },
				Destroy: func(_ context.Context, c *dispatch.Connection) { ended <- c.ID() },
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle("/api/", d)
		mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
		w := serveOne(mux, "GET", target)
		if w.Code != 200 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		if len(begun) != len(ended) || (len(begun) == 1) != begins {
			t.Fatalf("%d have begun and %d ended", len(begun), len(ended))
		}
		if begins {
			if a, b := <-begun, <-ended; a != b || a == "" {
				t.Errorf("%q has begun and %q ended", a, b)
			}
		}
	}
}

func webErrors() []row {
	fail := func(err error, hold func(g *got)) func(*testing.T) {
		return func(t *testing.T) {
			hold(open(t, nil, runs("fails", func(context.Context, *dispatch.Connection) (any, error) { return nil, err })).ask("GET /api/fails", nil).code(500))
		}
	}
	return []row{
		otherwise(186, "an error that is a string", "errors are errors in Go", fail(errors.New("broken"), func(g *got) { g.is("error", "broken") })),
		same(198, "an error that is an error", fail(errors.New("broken"), func(g *got) { g.is("error", "broken") })),
		otherwise(210, "an error that is an object", "envelope.Error has a Value", fail(&envelope.Error{Status: 500, Value: values{"error": "broken", "reason": "stuff"}}, func(g *got) {
			g.is("error", values{"error": "broken", "reason": "stuff"})
		})),
		same(237, "with disableParamScrubbing unknown parameters are shown", func(t *testing.T) {
			open(t, values{"disableParamScrubbing": true}).ask("GET /api/testAction/?crazyParam123=something", nil).code(404).is(shown+"crazyParam123", "something")
		}),
		same(417, "an error has a status", with("DELETE /api/", func(g *got) { g.code(404) })),
	}
}

// rawAction shows what was sent.
func rawAction() dispatch.Action {
	return runs("paramTestAction", func(_ context.Context, c *dispatch.Connection) (any, error) {
		body := c.RawBody()
		if body == nil {
			body = values{}
		}
		return values{"query": values{"crazyParam123": c.RawQuery().Get("crazyParam123")}, "body": body, "rawBody": string(c.RawBytes())}, nil
	})
}

func webParams() []row {
	const how = "c.RawQuery, c.RawBody and c.RawBytes"
	return []row{
		otherwise(389, "the query as it was sent", how, func(t *testing.T) {
			open(t, nil, rawAction()).ask("GET /api/paramTestAction/?crazyParam123=something", nil).code(200).is("query.crazyParam123", "something")
		}),
		otherwise(396, "the body as it was sent", how, func(t *testing.T) {
			open(t, nil, rawAction()).ask("POST /api/paramTestAction", values{"key": "value"}).code(200).is("body.key", "value")
		}),
		otherwise(404, "its bytes are not kept unless saveRawBody is set", how, func(t *testing.T) {
			open(t, nil, rawAction()).ask("POST /api/paramTestAction", `{"key":      "value"}`, "Content-Type", "application/json").code(200).is("body.key", "value").is("rawBody", "")
		}),
	}
}

func webHeaders() []row {
	set := runs("headerTestAction", func(_ context.Context, c *dispatch.Connection) (any, error) {
		for _, v := range []string{"A", "B", "C"} {
			c.SetHeader("thing", v)
		}
		c.AddCookie(&http.Cookie{Name: "value_1", Value: "1"})
		c.AddCookie(&http.Cookie{Name: "value_2", Value: "2"})
		return nil, nil
	})
	return []row{
		same(461, "of a header field the last value counts", func(t *testing.T) {
			open(t, nil, set).ask("GET /api/headerTestAction", nil).code(200).field("thing", "C")
		}),
		otherwise(467, "cookies are all sent", "in the order in which they were added", func(t *testing.T) {
			g := open(t, nil, set).ask("GET /api/headerTestAction", nil).code(200)
			if got := strings.Join(g.header["Set-Cookie"], "|"); !strings.Contains(got, "value_1=1|value_2=2") {
				t.Errorf("got %q", got)
			}
		}),
		same(477, "OPTIONS is answered by header fields alone", with("OPTIONS /api/cacheTest", func(g *got) {
			g.code(200).field("Access-Control-Allow-Methods", "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE").field("Access-Control-Allow-Origin", "*").field("Content-Length", "0").answers("")
		})),
		differs(488, "TRACE shows what was sent", "it would show cookies to scripts: it is refused", plain(func(s *site) {
			s.ask("TRACE /api/x", nil).code(405).hasNot("receivedParams")
		})),
		same(499, "HEAD is GET without a body", func(t *testing.T) {
			open(t, nil, set).ask("HEAD /api/headerTestAction", nil).code(200).answers("")
		}),
		same(505, "a client is known by its cookie", plain(func(s *site) {
			stranger := *s
			s.keepCookies()
			var first string
			for i, method := range []string{"POST", "GET", "PUT", "DELETE"} {
				g := s.ask(method+" /api/randomNumber", nil)
				who := g.text("requesterInformation.fingerprint")
				if first == "" {
					first = who
				}
				if id, _, _ := strings.Cut(g.text("requesterInformation.id"), "-"); who == "" || who != first || id != who {
					s.t.Errorf("%s: got %s", method, g.body)
				}
				if set := g.header.Get("Set-Cookie") != ""; set != (i == 0) {
					s.t.Errorf("%s: a cookie was set: %t", method, set)
				}
			}
			client := *s.client
			client.Jar = nil
			stranger.client = &client
			if g := stranger.ask("DELETE /api/randomNumber", nil); g.text("requesterInformation.fingerprint") == first || g.header.Get("Set-Cookie") == "" {
				s.t.Errorf("another client: got %s", g.body)
			}
		})),
	}
}

// statusAction fails as its parameters say.
func statusAction() dispatch.Action {
	return runs("statusTestAction", func(_ context.Context, c *dispatch.Connection) (any, error) {
		key, _ := c.Params.String("key")
		query, _ := c.Params.String("query")
		random, _ := c.Params.String("randomKey")
		switch {
		case key != "value":
			return nil, envelope.Errorf(402, "the key is wrong")
		case query != "" && query != "test" && query != "search":
			return nil, envelope.Errorf(404, "there is no filter %q", query)
		case random == "expired-key":
			return nil, &envelope.Error{Status: 999, Message: "it is expired"}
		case random != "" && !strings.HasPrefix(random, "key"):
			return nil, envelope.Errorf(402, "suspicious: %s", random)
		}
		return values{"good": true}, nil
	}, "key!", "query", "randomKey")
}

func webStatus() []row {
	send := func(params values, hold func(g *got)) func(*testing.T) {
		return func(t *testing.T) { hold(open(t, nil, statusAction()).ask("POST /api/statusTestAction", params)) }
	}
	return []row{
		same(620, "an unknown action is a 404", with("POST /api/aFakeAction", func(g *got) { g.code(404) })),
		same(631, "a missing parameter is a 422", send(values{}, func(g *got) { g.code(422) })),
		otherwise(642, "an error chooses its status", "envelope.Errorf has it", send(values{"key": "banana"}, func(g *got) { g.code(402).is("error", "the key is wrong") })),
		same(654, "without an error it is 200", send(values{"key": "value"}, func(g *got) { g.code(200).is("good", true) })),
		same(663, "an error of another status", send(values{"key": "value", "query": "guess"}, func(g *got) { g.code(404).is("error", `there is no filter "guess"`) })),
		same(680, "and of one more", send(values{"key": "value", "randomKey": "guess"}, func(g *got) { g.code(402).is("error", "suspicious: guess") })),
		same(697, "none for what is right", func(t *testing.T) {
			s := open(t, nil, statusAction())
			for _, params := range []values{{"key": "value", "query": "test"}, {"key": "value", "randomKey": "key1"}, {"key": "value", "query": "search", "randomKey": "key2"}} {
				s.ask("POST /api/statusTestAction", params).code(200).is("good", true)
			}
		}),
		same(724, "what is no status of an error is a 500", send(values{"key": "value", "randomKey": "expired-key"}, func(g *got) { g.code(500).is("error", "it is expired") })),
	}
}

func webFiles() []row {
	mapped := func(target string, hold func(g *got)) func(*testing.T) {
		return func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "testFile.html"), []byte("a mapped file"), 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, values{"routes": values{"get": []any{values{"path": "/my/public/route", "dir": dir, "matchTrailingPathParts": true}}}})
			hold(s.ask("GET "+target, nil))
		}
	}
	return []row{
		same(752, "a page", with("GET /public/simple.html", func(g *got) { g.code(200).answers(page) })),
		same(758, "a file that is not there", with("GET /public/notARealFile", func(g *got) { g.code(404) })),
		same(769, "so with a condition", plain(func(s *site) {
			s.ask("GET /0.5", nil, "If-Modified-Since", "Thu, 19 Apr 2012 09:51:20 GMT").code(404).answers(noFile)
		})),
		same(784, "nothing outside of the folder", with("GET /public/../config.json", func(g *got) { g.code(404).answers(noFile) })),
		same(796, "the index of a folder, with a slash", with("GET /public/", func(g *got) { g.code(200).contains("The first page") })),
		same(804, "and without", with("GET /public", func(g *got) { g.code(200).contains("The first page") })),
		otherwise(844, "a route to a folder", "below urlPathForActions, as all routes", mapped("/api/my/public/route/testFile.html", func(g *got) { g.code(200).answers("a mapped file") })),
		otherwise(852, "a file that is not in it", "below urlPathForActions", mapped("/api/my/public/route/fileNotFound.html", func(g *got) { g.code(404).answers(noFile) })),
		otherwise(863, "nothing outside of it", "below urlPathForActions", mapped("/api/my/public/route/../../config/servers/web.js", func(g *got) {
			g.code(404)
			if strings.Contains(g.body, "module") {
				g.t.Errorf("got %s", g.body)
			}
		})),
		same(890, "a second folder", func(t *testing.T) {
			first, second := t.TempDir(), t.TempDir()
			if err := os.WriteFile(filepath.Join(second, "more.html"), []byte(page), 0o600); err != nil {
				t.Fatal(err)
			}
			open(t, values{"static": values{"roots": []string{first, second}}}).ask("GET /public/more.html", nil).code(200).answers(page)
		}),
	}
}

func webConnection() []row {
	piped := runs("pipe", func(_ context.Context, c *dispatch.Connection) (any, error) {
		switch mode, _ := c.Params.String("mode"); mode {
		case "string":
			return nil, c.Pipe("a string", map[string]string{"Custom-Header": "cool"})
		case "buffer":
			return nil, c.Pipe([]byte("a buffer"), map[string]string{"Custom-Header": "still-cool"})
		}
		return nil, c.Pipe("plain words", map[string]string{"Content-Type": "text/plain", "Custom-Header": "words"})
	}, "mode!")
	pipe := func(mode string, hold func(g *got)) func(*testing.T) {
		return func(t *testing.T) { hold(open(t, nil, piped).ask("GET /api/pipe?mode="+mode, nil).code(200)) }
	}
	return []row{
		same(988, "an action sets a header field", func(t *testing.T) {
			set := runs("proxyHeaders", func(_ context.Context, c *dispatch.Connection) (any, error) {
				c.SetHeader("X-Foo", "bar")
				return nil, nil
			})
			open(t, values{"routes": values{"get": []any{values{"path": "/proxy", "action": "proxyHeaders", "apiVersion": 1}}}}, set).ask("GET /api/proxy", nil).code(200).field("X-Foo", "bar")
		}),
		same(993, "an action sets its status", func(t *testing.T) {
			set := dispatch.Action{Name: "proxyStatusCode", Inputs: dispatch.Inputs{"code": {Required: true, Default: 200, Formatters: []dispatch.Formatter{dispatch.ToInt}}},
				Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
					c.SetStatus(int(c.Params["code"].(int64)))
					return nil, nil
				}}
			s := open(t, nil, set)
			s.ask("GET /api/proxyStatusCode", nil).code(200)
			s.ask("GET /api/proxyStatusCode?code=404", nil).code(404)
		}),
		same(1007, "a string with header fields", pipe("string", func(g *got) { g.field("Custom-Header", "cool").field("Content-Length", "8").answers("a string") })),
		same(1014, "bytes with header fields", pipe("buffer", func(g *got) { g.field("Custom-Header", "still-cool").field("Content-Length", "8").answers("a buffer") })),
		same(1021, "and with a type", pipe("contentType", func(g *got) {
			g.field("Custom-Header", "words").field("Content-Type", "text/plain").field("Content-Length", "11").answers("plain words")
		})),
	}
}

func jsonpRows() []row {
	conf := values{"metadataOptions": values{"serverInformation": true}}
	return []row{
		same(41, "JSONP", func(t *testing.T) {
			open(t, conf).ask("GET /api/randomNumber?callback=myCallback", nil).code(200).contains("myCallback({").contains("Your random number is")
		}),
		differs(49, "a callback cannot be a script", "what is no name of a function is refused, not rewritten", func(t *testing.T) {
			g := open(t, conf).ask("GET /api/randomNumber?callback=alert(%27hi%27);foo", nil).code(400)
			if strings.Contains(g.body, "alert(") {
				t.Errorf("got %s", g.body)
			}
		}),
	}
}

func rawBodyRows() []row {
	send := func(body, mediaType string, hold func(g *got)) func(*testing.T) {
		return func(t *testing.T) {
			hold(open(t, values{"saveRawBody": true}, rawAction()).ask("POST /api/paramTestAction", body, "Content-Type", mediaType))
		}
	}
	const xml = "<p>some text</p>"
	return []row{
		same(69, "the bytes of a body are kept", send(`{"key":      "value"}`, "application/json", func(g *got) { g.code(200).is("body.key", "value").is("rawBody", `{"key":      "value"}`) })),
		same(83, "a body of an unknown type is kept, and not read", send(xml, "text/xml", func(g *got) { g.code(200).is("body", values{}).is("rawBody", xml) })),
		differs(97, "a body that is not what its type says (skipped in the original)", "it is a 400", send(xml, "application/json", func(g *got) { g.code(400).has("error") })),
		same(110, "text is kept", send("two \r\n lines", "text/plain", func(g *got) { g.code(200).is("body", values{}).is("rawBody", "two \r\n lines") })),
		same(124, "a body that comes in parts (skipped in the original)", inParts("text/xml", "<p>more than", " two words</p>", func(t *testing.T, answer string) {
			if !strings.Contains(answer, `"rawBody":"<p>more than two words</p>"`) || strings.Contains(answer, `"error"`) {
				t.Errorf("got %s", answer)
			}
		})),
		same(151, "JSON that comes in parts (skipped in the original)", inParts("application/json", `{"a":1,`, `"b":"two"}`, func(t *testing.T, answer string) {
			if !strings.Contains(answer, `"body":{"a":1,"b":"two"}`) || !strings.Contains(answer, `"rawBody":"{\"a\":1,\"b\":\"two\"}"`) {
				t.Errorf("got %s", answer)
			}
		})),
		same(181, "a body that ends early does not hang (skipped in the original)", inParts("text/xml", "<p>more than", "", func(t *testing.T, answer string) {
			if !strings.Contains(answer, `"rawBody":"<p>more than"`) {
				t.Errorf("got %s", answer)
			}
		})),
	}
}

// inParts sends a body in two chunks, the second once the first has been sent.
func inParts(mediaType, first, second string, hold func(t *testing.T, answer string)) func(*testing.T) {
	return func(t *testing.T) {
		s := open(t, values{"saveRawBody": true, "padding": nil}, rawAction())
		conn := s.dial()
		chunk := func(p string) string {
			if p == "" {
				return ""
			}
			return fmt.Sprintf("%x\r\n%s\r\n", len(p), p)
		}
		fmt.Fprintf(conn, "POST /api/paramTestAction HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n%s", mediaType, chunk(first))
		fmt.Fprintf(conn, "%s0\r\n\r\n", chunk(second))
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		hold(t, string(answer))
	}
}

func (s *site) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// raw sends bytes and returns the answer's status and body.
func (s *site) raw(request string) (status int, body string) {
	s.t.Helper()
	conn := s.dial()
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, b.String()
}

func hostRows() []row {
	conf := values{"allowedRequestHosts": []string{"https://www.site.com"}, "clientAddr": values{"trustedProxies": []string{"127.0.0.1/32"}}}
	redirected := func(host string) func(*testing.T) {
		return func(t *testing.T) {
			open(t, conf).ask("GET /api/randomNumber", nil, "Host", host).code(302).field("Location", "https://www.site.com/api/randomNumber")
		}
	}
	const how = "the Location is the same; the body does not repeat it"
	return []row{
		otherwise(42, "another host is redirected", how, redirected("lalala.site.com")),
		otherwise(59, "another protocol is redirected", how, redirected("www.site.com")),
		otherwise(76, "the right ones are answered", "X-Forwarded-Proto counts from trustedProxies", func(t *testing.T) {
			open(t, conf).ask("GET /api/randomNumber", nil, "Host", "www.site.com", "X-Forwarded-Proto", "https").random()
		}),
	}
}

func multiplesRows(line int, on bool) []row {
	return []row{same(line, fmt.Sprintf("a field that is sent twice, with multiples %t", on), func(t *testing.T) {
		echo := runs("paramTestAction", func(_ context.Context, c *dispatch.Connection) (any, error) { return values{"data": c.Params}, nil }, "key!")
		g := open(t, values{"formOptions": values{"multiples": on}}, echo).ask("POST /api/paramTestAction", form{{"key", "value"}, {"key", "value1"}}).code(200)
		if on {
			g.is("data.key", []any{"value", "value1"})
		} else {
			g.is("data.key", "value1")
		}
	})}
}

func uploadRows() []row {
	return []row{otherwise(51, "an upload", "an input says that it takes a file; its fields are Name, Type and Size", func(t *testing.T) {
		take := dispatch.Action{Name: "uploadAction", Inputs: dispatch.Inputs{"file": {File: true, Required: true}, "stringParam": {Required: true}},
			Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				f, _ := c.Params.File("file")
				return values{"text": c.Params["stringParam"], "name": f.Name, "type": f.Type, "size": f.Size}, nil
			}}
		open(t, nil, take).ask("POST /api/uploadAction", form{{"stringParam", "hello world"}, {"file", "@" + strings.Repeat("x", 59273)}}).code(200).
			is("text", "hello world").is("name", "logo.png").is("type", "image/png").is("size", 59273)
	})}
}

func errorCodeRows() []row {
	return []row{same(49, "without returnErrorCodes an error is 200", func(t *testing.T) {
		open(t, values{"returnErrorCodes": false}).ask("DELETE /api/", nil).code(200).has("error")
	})}
}
