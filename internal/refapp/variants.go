package main

import (
	"path/filepath"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/params"
)

// variants are the changes to the configuration under which responses were
// recorded.
var variants = map[string]func(*sidekick.Config){
	"default": func(c *sidekick.Config) {},
	"production": func(c *sidekick.Config) {
		c.Envelope.Padding, c.Envelope.ServerInformation, c.Envelope.RequesterInformation = 0, false, false
	},
	"padding4":     func(c *sidekick.Config) { c.Envelope.Padding = 4 },
	"noErrorCodes": func(c *sidekick.Config) { c.Envelope.AlwaysOK = true },
	"error400":     func(c *sidekick.Config) { c.Envelope.DefaultErrorStatus = 400 },
	"hosts": func(c *sidekick.Config) {
		c.Hosts.Allowed = []string{"https://www.site.com", "http://api.site.com:8080"}
	},
	"rootApi":   func(c *sidekick.Config) { c.Paths.Root = "actions" },
	"noApiPath": func(c *sidekick.Config) { c.Paths.Root, c.Paths.Actions = "actions", "/" },
	"noFiles":   func(c *sidekick.Config) { c.DisableStatic = true },
	"deep":      func(c *sidekick.Config) { c.Paths.Actions, c.Paths.Files = "/craz/y/action/path", "/a/b/c" },
	"multiples": func(c *sidekick.Config) { c.Params.Multiples = true },
	"rawBody":   func(c *sidekick.Config) { c.Params.SaveRawBody = true },
	"compress":  func(c *sidekick.Config) { c.Compress = &compress.Options{} },
	"noEtag":    func(c *sidekick.Config) { c.Static.DisableETag, c.Static.MaxAge = true, 2*time.Minute },
	"noScrub":   func(c *sidekick.Config) { c.Actions.DisableParamScrubbing = true },
	"headers": func(c *sidekick.Config) {
		c.Headers.Set = map[string]string{
			"X-Custom": "yes", "Access-Control-Allow-Methods": "", "Access-Control-Allow-Origin": "",
			"Strict-Transport-Security": "", "X-Powered-By": "Somebody",
		}
	},
	"limits": func(c *sidekick.Config) {
		c.Params.MaxBodyBytes, c.Params.MaxFields = 2048, 5
		c.Upload.MaxFieldsBytes, c.Upload.MaxFields = 2048, 5
		c.Upload.MaxFileBytes, c.Upload.MaxTotalFileBytes, c.Upload.MaxFiles = 4096, 8192, 2
	},
	"keepExtensions": func(c *sidekick.Config) {
		c.UploadDir.KeepExtensions, c.Upload.Hash = true, "sha1"
	},
	"queryOptions": func(c *sidekick.Config) {
		c.Params.Query = params.QueryOptions{AllowDots: true, Depth: 2, ArrayLimit: 3, ParameterLimit: 5, Comma: true}
	},
	"patchRoutes": func(c *sidekick.Config) { c.Actions.AutomaticRoutes = []string{"patch"} },
}

// routes are those of the recorded app; some lead nowhere, on purpose.
func routes(dir string) dispatch.Routes {
	get := func(path, action string) dispatch.Route {
		return dispatch.Route{Method: "get", Path: path, Action: action}
	}
	trailing := func(r dispatch.Route) dispatch.Route { r.MatchTrailingPathParts = true; return r }
	version := func(r dispatch.Route, v any) dispatch.Route { r.APIVersion = v; return r }
	return dispatch.Routes{
		{Method: "all", Path: "/user/:userID", Action: "user"},
		{Method: "all", Path: "/any/:key", Action: "echo"},
		get("/stuff/statusPage", "list"),
		get("/bogus/:bogusID", "bogusAction"),
		get("/search/:term/limit/:limit/offset/:offset", "echo"),
		get("/c/:key/:value", "cacheTest"),
		get("/mime/:key", "mime"),
		get("/first/:a", "echo"),
		get("/first/:b", "list"),
		get("/thing", "thing"),
		get("/thing/stuff", "thingStuff"),
		get("/v:apiVersion/login", "login"),
		get("/login/v:apiVersion/stuff", "login"),
		get("/login", "login"),
		version(get("/old_login", "login"), "1"),
		version(get("/new_login", "login"), 2),
		get("/game/:id(^[a-z]{0,10}$)", "echo"),
		get(`/code/:id(\d+)`, "echo"),
		trailing(version(get("/a/wild/:key/:path(^.*$)", "mime"), "1")),
		trailing(version(get("/a/complex/:key/__:path(^.*$)", "mime"), "1")),
		trailing(get("/users/:userID/:path(.*)", "echo")),
		trailing(get("/trail/:id(.*)", "echo")),
		get("/notrail/:id(.*)", "echo"),
		get("/cache/:key/:value", "echo"),
		get("/:apiVersion/cache/:key/:value", "echo"),
		{Method: "get", Path: "/my/special/folder", Dir: filepath.Join(dir, "public", "special"), MatchTrailingPathParts: true},
		{Method: "post", Path: `/login/:userID(^(\d{3}|admin)$)`, Action: "login"},
		{Method: "post", Path: "/payload/:key", Action: "echo"},
		{Method: "put", Path: "/put/:key", Action: "echo"},
		{Method: "patch", Path: "/patch/:key", Action: "echo"},
		{Method: "delete", Path: "/delete/:key", Action: "echo"},
		{Method: "head", Path: "/headonly", Action: "list"},
	}
}
