package sidekick_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

// server is a whole server with some parts replaced.
func server(store upload.Store, app fs.FS, trace func(action string) (end func(error)), actions ...dispatch.Action) (*sidekick.Kit, error) {
	cfg := sidekick.Production()
	cfg.Upload.Store = store // files go there as they arrive
	cfg.Compress = &compress.Options{}
	cfg.Paths.Root = "files"
	cfg.Static.Roots = []static.Root{static.FS(app)}
	cfg.Static.Fallback = "index.html" // the application has its own routes
	cfg.Static.Precompressed = []string{"br", "gzip"}
	cfg.Static.Cache = []static.CacheRule{{Pattern: "assets", Immutable: true}}
	cfg.Envelope.Errors.Serialize = func(_ context.Context, err *envelope.ClientError) any {
		return map[string]any{"code": err.Code, "message": err.Text}
	}
	cfg.Actions.Middleware = []dispatch.Middleware{{Name: "trace", Around: func(next dispatch.Runner) dispatch.Runner {
		return func(ctx context.Context, c *dispatch.Connection) (any, error) {
			name, _ := c.Action()
			end := trace(name)
			result, err := next(ctx, c)
			end(err)
			return result, err
		}
	}}}
	var kit *sidekick.Kit
	cfg.Chain.Actions = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer secret" {
				kit.Envelope().Render(w, r, nil, envelope.Errorf(http.StatusUnauthorized, "who are you?"))
				return
			}
			next.ServeHTTP(w, r)
		})
	}}
	kit, err := sidekick.New(cfg, actions...)
	return kit, err
}

// shelf is a store of uploads that keeps only their lengths.
type shelf map[string]int

func (s shelf) Create(_ context.Context, f *upload.File) (upload.Object, error) {
	return &parcel{shelf: s, name: f.Name}, nil
}

type parcel struct {
	strings.Builder
	shelf shelf
	name  string
}

func (p *parcel) Commit() error  { p.shelf[p.name] = p.Len(); return nil }
func (p *parcel) Discard() error { return nil } // it is kept

// Every piece takes its own options, and middleware goes where it belongs.
func Example_whole() {
	app := fstest.MapFS{
		"index.html":            {Data: []byte("<title>App</title>")},
		"assets/app.3f2a.js":    {Data: []byte("run()")},
		"assets/app.3f2a.js.br": {Data: []byte("(brotli)")},
	}
	trace := func(action string) func(error) {
		return func(err error) { fmt.Println("span", action, err) }
	}
	photo := dispatch.Action{Name: "photo", Inputs: dispatch.Inputs{"image": {File: true, Required: true}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			image, _ := c.Params.File("image")
			return map[string]any{"size": image.Size}, nil
		}}
	store := shelf{}
	kit, err := server(store, app, trace, photo)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()

	ask := func(method, target, body string, fields ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		kit.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
		return w
	}
	ask("GET", "/settings/profile", "")
	w := ask("GET", "/assets/app.3f2a.js", "", "Accept-Encoding: br")
	fmt.Println(w.Header().Get("Content-Encoding"), w.Header().Get("Cache-Control"))
	ask("GET", "/api/photo", "")
	ask("GET", "/api/photo", "", "Authorization: Bearer secret")
	form := "--b\r\nContent-Disposition: form-data; name=image; filename=a.png\r\n\r\npixels\r\n--b--\r\n"
	ask("POST", "/api/photo", form, "Authorization: Bearer secret", "Content-Type: multipart/form-data; boundary=b")
	fmt.Println(store)
	// Output:
	// 200 <title>App</title>
	// 200 (brotli)
	// br max-age=31536000, immutable, public
	// 401 {"error":{"code":"unauthorized","message":"who are you?"}}
	// span photo dispatch: image is a required parameter for this action
	// 422 {"error":{"code":"params_missing","message":"image is a required parameter for this action"}}
	// span photo <nil>
	// 200 {"size":6}
	// map[a.png:6]
}
