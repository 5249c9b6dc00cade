package routing_test

import "testing"

// These are the routes of the reference application, in the order in which they are tried, and
// its recorded answers: which route, with which variables.
var referenceRoutes = []string{
	0:  "GET /user/:userID",
	1:  "GET /any/:key",
	2:  "GET /stuff/statusPage",
	3:  "GET /bogus/:bogusID",
	4:  "GET /search/:term/limit/:limit/offset/:offset",
	5:  "GET /c/:key/:value",
	6:  "GET /mime/:key",
	7:  "GET /first/:a",
	8:  "GET /first/:b",
	9:  "GET /thing",
	10: "GET /thing/stuff",
	11: "GET /v:apiVersion/login",
	12: "GET /login/v:apiVersion/stuff",
	13: "GET /login",
	14: "GET /old_login",
	15: "GET /new_login",
	16: "GET /game/:id(^[a-z]{0,10}$)",
	17: `GET /code/:id(\d+)`,
	18: "GET /a/wild/:key/:path(^.*$) ...",
	19: "GET /a/complex/:key/__:path(^.*$) ...",
	20: "GET /users/:userID/:path(.*) ...",
	21: "GET /trail/:id(.*) ...",
	22: "GET /notrail/:id(.*)",
	23: "GET /cache/:key/:value",
	24: "GET /:apiVersion/cache/:key/:value",
	25: "GET /my/special/folder ...",
	26: `POST /login/:userID(^(\d{3}|admin)$)`,
	27: "POST /payload/:key",
	28: "PUT /put/:key",
	29: "PATCH /patch/:key",
	30: "DELETE /delete/:key",
	31: "HEAD /headonly",
	32: "POST /user/:userID",
	33: "HEAD /user/:userID",
	34: "HEAD /any/:key",
	35: "GET /list", // added for the action of that name, after all others
	36: "PATCH /list",
}

func TestRecordedRoutes(t *testing.T) {
	table := compile(t, referenceRoutes...)
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/stuff/statusPage", "2"},
		{"GET", "/bogus/1", "3 bogusID=1"},
		{"GET", "/search/car/limit/10/offset/100", "4 term=car limit=10 offset=100"},
		{"GET", "/search/car/limit/10/offset", "none"},
		{"GET", "/c/key/log_me-in.com$123.", "5 key=key value=log_me-in.com$123."},
		{"GET", "/mime/val.png", "6 key=val.png"},
		{"GET", "/user/1234", "0 userID=1234"},
		{"GET", "/user/", "none"},
		{"GET", "/user", "none"},
		{"GET", "/user/1/2", "none"},
		{"POST", "/user/1234", "32 userID=1234"},
		{"HEAD", "/user/1234", "33 userID=1234"},
		{"GET", "/thing", "9"},
		{"GET", "/thing/stuff", "10"},
		{"GET", "/THING/Stuff", "10"},
		{"GET", "/first/one", "7 a=one"},
		{"GET", "/any/a%20b", "1 key=a b"},
		{"GET", "/any/a+b", "1 key=a+b"}, // Actionhero: "a b"
		{"GET", "/any/a%2Fb", "1 key=a/b"},
		{"GET", "/any/%E2%98%83", "1 key=☃"},
		{"GET", "/any/%zz", "routing: the path has a malformed escape"}, // Actionhero: without the variable
		{"GET", "/v1/login", "11 apiVersion=1"},
		{"GET", "/vthree/login", "11 apiVersion=three"},
		{"GET", "/v0/login", "11 apiVersion=0"},
		{"GET", "/1/login", "none"},
		{"GET", "/vv/login", "11 apiVersion=v"},
		{"GET", "/login/v1", "none"},
		{"GET", "/login/v1/stuff", "12 apiVersion=1"},
		{"GET", "/login", "13"},
		{"GET", "/old_login", "14"},
		{"GET", "/new_login", "15"},
		{"GET", "/login/1234", "none"},
		{"GET", "/game/abc", "16 id=abc"},
		{"GET", "/game/ABC", "none"},
		{"GET", "/game/abcdefghijkl", "none"},
		{"GET", "/code/12", "17 id=12"},
		{"GET", "/code/a12b", "none"}, // Actionhero: matches any part of the segment
		{"GET", "/code/abc", "none"},
		{"GET", "/a/wild/theKey/and/some/more/path", "18 key=theKey path=and/some/more/path"},
		{"GET", "/a/wild/theKey", "none"},
		{"GET", "/a/wild/theKey/one.png", "18 key=theKey path=one.png"},
		{"GET", "/a/complex/theKey/__path-stuff", "19 key=theKey path=path-stuff"},
		{"GET", "/a/complex/theKey/path-stuff", "none"},
		{"GET", "/users/123/should/do/a/thing", "20 userID=123 path=should/do/a/thing"},
		{"GET", "/users/123/one", "20 userID=123 path=one"},
		{"GET", "/users/123", "none"},
		{"GET", "/trail/123", "21 id=123"},
		{"GET", "/trail/123/admin", "21 id=123/admin"},
		{"GET", "/notrail/123", "22 id=123"},
		{"GET", "/notrail/123/admin", "none"},
		{"GET", "/cache/k/v", "23 key=k value=v"},
		{"GET", "/1/cache/k/v", "24 apiVersion=1 key=k value=v"},
		{"GET", "/headonly", "none"},
		{"HEAD", "/headonly", "31"},
		{"HEAD", "/stuff/statusPage", "2"}, // Actionhero: not for HEAD
		{"POST", "/login/123", "26 userID=123"},
		{"POST", "/login/admin", "26 userID=admin"},
		{"POST", "/login/1234", "none"},
		{"PUT", "/put/x", "28 key=x"},
		{"GET", "/put/x", "none"},
		{"DELETE", "/delete/x", "30 key=x"},
		{"PATCH", "/patch/x", "29 key=x"},
		{"PATCH", "/list", "36"},
		{"PROPFIND", "/list", "none"},
		{"GET", "/list", "35"},
		{"GET", "/list/", "35"},
		{"GET", "//list", "none"},
		{"GET", "/LIST", "35"},
		{"GET", "/list/extra", "none"},
		{"GET", "/list.html", "none"},
		{"GET", "", "none"},
		{"GET", "/", "none"},
		{"GET", "/my/special/folder/testfile.txt", "25 rest /testfile.txt"},
		{"GET", "/my/special/folder/inner/page.html", "25 rest /inner/page.html"},
		{"GET", "/my/special/folder/", "25 rest /"},
		{"GET", "/my/special/folder", "25"},
		{"GET", "/my/special/folder/../../secret.txt", "none"},
		{"GET", "/my/special/folder/..%2f..%2fsecret.txt", "none"},
	} {
		if got := find(t, table, tt.method, tt.path); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
}

// The routes of the reference application have one conflict: its second route for /first/ shows
// that the first wins.
func TestRecordedRoutesConflict(t *testing.T) {
	_, conflicts := compileAll(t, referenceRoutes...)
	if len(conflicts) != 1 || conflicts[0].Entry != 8 || conflicts[0].Earlier != 7 {
		t.Errorf("got %v, want route 8 after route 7", conflicts)
	}
}
