package program

import (
	"slices"
	"strings"
	"testing"
)

// TestOneMistakeIsOneMessage checks that each mistake in a file or a variable is reported once, all
// of them at once, and nothing that only follows from one.
func TestOneMistakeIsOneMessage(t *testing.T) {
	for _, tt := range []struct {
		name    string
		file    string
		environ []string
		want    []string // how each line ends, after where the option was set
	}{
		{"a wrong name", `{"rateLimit": {"limit": 5}}`, nil, []string{"rateLimit.limit: unknown key; did you mean rateLimit.limits?"}},
		{"a wrong name in a list", `{"rateLimit": {"limits": [{"rat": 5, "per": "1s"}]}}`, nil, []string{"rateLimit.limits[0].rat: unknown key; did you mean rateLimit.limits[0].rate?"}},
		{"a name without a likeness in a list", `{"rateLimit": {"limits": [{"requests": 5}]}}`, nil, []string{"rateLimit.limits[0].requests: unknown key; accepted are burst, name, per, rate"}},
		{"a wrong type", `{"rateLimit": {"limits": "5/s"}}`, nil, []string{`invalid value "5/s": want a list, in brackets`}},
		{"an object in place of a list", `{"rateLimit": {"limits": {"rate": 5}}}`, nil, []string{`invalid value {"rate":5}: want a list, in brackets`}},
		{"a list in place of an object", `{"static": ["public"]}`, nil, []string{`static: invalid value ["public"]: want an object of its options`}},
		{"a wrong unit", `{"rateLimit": {"limits": [{"rate": 5, "per": "1 minute"}]}}`, nil, []string{`invalid value "1 minute": want a time such as "30s", "1m30s" or "500ms"`}},
		{"a unit of bytes", `{"upload": {"maxFileBytes": "10MB"}}`, nil, []string{`invalid value "10MB": want a whole number of bytes, in digits`}},
		{"in a list, of each kind", `{"rateLimit": {"limits": [{"rate": -5, "per": "1m"}, 7, {"rat": 3, "per": "1s"}, {"rate": 1, "per": 5}]}}`, nil, []string{
			"limits[1] (SIDEKICK_RATE_LIMIT_LIMITS): invalid value 7: want an object", "did you mean rateLimit.limits[2].rate?", `limits[3].per (SIDEKICK_RATE_LIMIT_LIMITS): invalid value 5: want a time such as "30s", "1m30s" or "500ms"`,
			"limits[0].rate (SIDEKICK_RATE_LIMIT_LIMITS): invalid value -5: want 1 or more"}},
		{"in a list of origins", `{"hosts": {"allowed": ["ftp://x", 7]}}`, nil, []string{"hosts.allowed[1] (SIDEKICK_HOSTS_ALLOWED): invalid value 7: want a string", `hosts.allowed[0] (SIDEKICK_HOSTS_ALLOWED): invalid value "ftp://x": the scheme is neither http nor https: want an origin such as https://www.site.com`}},
		{"in a list of networks", `{"clientAddr": {"trustedProxies": ["loopback", "x"]}}`, nil, []string{`by a path that begins with / or ./`}},
		{"in one rule of a list", `{"static": {"cache": [{"pattern": "[", "maxAge": "1x"}]}}`, nil, []string{`invalid value "1x": want a time such as "30s", "1m30s" or "500ms"`, `invalid value "[": want a pattern of path.Match, such as "*.css" or "assets/*.js"`}},
		{"in routes by method", `{"routes": {"get": [{"path": "/x", "action": "nope"}], "gett": [{"pth": "/y", "action": "status"}]}}`, nil, []string{
			"routes.gett[0].pth: unknown key; did you mean routes.gett[0].path?", `routes[0] (get /x).action (SIDEKICK_ACTIONS_ROUTES): invalid value "nope": no action has this name`,
			`.method (SIDEKICK_ACTIONS_ROUTES): invalid value "gett": want head, get, post, put, patch, delete or all`}},
		{"in an object of lists", `{"actionRateLimits": {"status": [{"rate": "5", "per": "1s"}]}}`, nil, []string{`actionRateLimits.status[0].rate (SIDEKICK_ACTION_RATE_LIMITS): invalid value "5": want a whole number`}},
		{"an enum", `{"paths": {"root": "file"}}`, nil, []string{`invalid value "file": want "files" or "actions"`}},
		{"a duplicate", `{"server": {"port": 5, "port": 6}}`, nil, []string{"server.port: given twice"}},
		{"a file that is not there", `{"fingerprint": {"keysFile": "/nowhere"}}`, nil, []string{"no such file or directory"}},
		{"a limit below the default of another", `{"server": {"maxHeaderBytes": -1}}`, nil, []string{"invalid value -1: want 0 for the default, or up to 16777216"}},
		{"a path that is taken", `{"docs": {"path": "/api/"}}`, nil, []string{`it would hide the action "status", which is served at /api/status`}},
		{"a path that is none", `{"docs": {"path": "/api"}}`, nil, []string{"want a path that begins and ends with one slash"}},
		{"a group in place of an option", "", []string{"SIDEKICK_UPLOAD=5"}, []string{"sidekick: unknown variable: it would be a group of options, each of which has a variable of its own, such as SIDEKICK_UPLOAD_MAX_FILE_BYTES"}},
		{"a variable without its group", "", []string{"SIDEKICK_CHECK_INTERVAL=5s"}, []string{"did you mean SIDEKICK_STATIC_CHECK_INTERVAL?"}},
		{"a variable of a platform", "", []string{"SIDEKICK_ALLOWED_HOST=a"}, []string{"did you mean ALLOWED_HOSTS?"}},
		{"a variable that means something else", "", []string{"SIDEKICK_WHATEVER=x"}, []string{"there is one for each option, such as SIDEKICK_SERVER_PORT for server.port"}},
		{"a negative number in a variable", "", []string{"SIDEKICK_UPLOAD_MAX_FILES=-5"}, []string{"invalid value -5: want a positive number, 0 for the default, or -1 for no limit"}},
		{"what another option decides", `{"requestID": {"trustedProxies": ["private"]}}`, nil, []string{"the server takes it from clientAddr.trustedProxies: set that"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"check"}
			if tt.file != "" {
				args = append(args, "-config", write(t, "sidekick.json", tt.file))
			}
			code, _, stderr := runBinary(t, tt.environ, args...)
			lines := strings.Split(strings.TrimSpace(stderr), "\n")
			lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "level=WARN") })
			if code != exitFailed || len(lines) != len(tt.want) {
				t.Fatalf("got the status %d and\n%s\nwant %d lines", code, strings.Join(lines, "\n"), len(tt.want))
			}
			for _, want := range tt.want {
				if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasSuffix(line, want) }) {
					t.Errorf("got\n%s\nwant a line that ends with %s", strings.Join(lines, "\n"), want)
				}
			}
		})
	}
}
