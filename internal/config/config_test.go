package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/config"
)

// color is a type that reads itself from a string.
type color string

func (c *color) UnmarshalText(text []byte) error {
	if *c = color(text); *c != "red" && *c != "blue" {
		return fmt.Errorf("want red or blue")
	}
	return nil
}

// folder is written as a path, or cannot be written.
type folder struct {
	path string
	own  bool
}

func (f *folder) UnmarshalText(text []byte) error { f.path = string(text); return nil }

func (f folder) MarshalText() ([]byte, error) {
	if f.own {
		return nil, errors.ErrUnsupported
	}
	return []byte(f.path), nil
}

type route struct {
	Method string `config:"by"`
	Path   string
	Any    any
	Rules  []struct{ Name string }
}

type embedded struct{ Lost bool }

type nested struct {
	_     struct{}
	Count int
	Deep  struct {
		_  struct{}
		On bool
	}
}

type options struct {
	_ struct{}
	embedded
	hidden bool //lint:ignore U1000 it is skipped

	Yes      bool
	Small    int8
	Unsigned uint16
	Float    float64
	Text     string
	Time     time.Duration
	Net      netip.Prefix
	Site     http.SameSite
	Mode     fs.FileMode
	Color    color
	Folders  []folder
	Numbers  []int
	Texts    []string
	Nets     []netip.Prefix
	Map      map[string]string `config:"fold"`
	Lists    map[string][]int
	Routes   []route
	Keys     [][]byte `config:"secret"`
	Other    int
	Group    nested
	Part     *nested

	Func     func()
	Logger   *slog.Logger
	Writer   io.Writer
	Handlers []http.Handler
	Foreign  *http.Server
	Kept     string `config:"from=site"`
}

func schema() *config.Schema {
	return config.New(reflect.TypeFor[options](), "test", "X_", []config.Alias{
		{Key: "old", To: "text"},
		{Key: "olds.one", To: "texts"},
		{Key: "both", To: "small"}, {Key: "both", To: "unsigned"},
		{Key: "no", To: "yes", Convert: func(raw []byte) ([]byte, string) {
			switch string(raw) {
			case "true":
				return []byte("false"), ""
			case "false":
				return []byte("true"), ""
			case "null":
				return nil, ""
			}
			return nil, "want true or false"
		}, Variables: []string{"NO"}},
		{Key: "word", To: "text", Convert: func(raw []byte) ([]byte, string) {
			if raw[0] != '"' {
				return nil, "want a word"
			}
			return []byte(`"word ` + string(raw[1:])), ""
		}},
		{Key: "parted", To: "part.count"},
	}, map[string]string{"gone": "it went", "lost.one": "it was lost"})
}

func read(text string) (options, config.Origins, error) {
	var o options
	origins := config.Origins{}
	err := schema().ReadJSON(&o, "file x", []byte(text), origins, nil)
	return o, origins, err
}

func environ(variables ...string) (options, config.Origins, error) {
	var o options
	origins, values := config.Origins{}, map[string]string{}
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		values[name] = value
	}
	err := schema().ReadEnviron(&o, values, []string{"X_ELSEWHERE"}, origins, nil)
	return o, origins, err
}

func TestWhatIsAnOption(t *testing.T) {
	var got []string
	for _, o := range schema().Options() {
		got = append(got, o.Path)
	}
	want := "yes small unsigned float text time net site mode color folders numbers texts nets map lists routes keys other group.count group.deep.on part part.count part.deep.on"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	var unsettable []string
	for _, o := range schema().Unsettable() {
		unsettable = append(unsettable, o.Field+o.From)
	}
	if s := strings.Join(unsettable, " "); s != "Func Logger Writer Handlers Foreign Keptsite" {
		t.Errorf("not as text: got %s", s)
	}
}

// everything has a value for every option.
const everything = `{"yes":true,"small":-7,"unsigned":65535,"float":1.5,"text":"a <b>","time":"1m30s","net":"10.0.0.0/8","site":"strict","mode":"0644",
	"color":"blue","folders":["a","b"],"numbers":[1,2],"texts":["x","y"],"nets":["::1/128"],"map":{"A":"1","b":""},"lists":{"l":[1]},
	"routes":[{"method":"get","path":"/a","any":2,"rules":[{"name":"n"}]},{"method":"post","path":"/b","any":"two","rules":[]}],
	"other":9,"group":{"count":3,"deep":{"on":true}},"part":{"count":4,"deep":{"on":true}}}`

func TestEveryOptionIsReadAndWritten(t *testing.T) {
	o, origins, err := read(everything)
	if err != nil {
		t.Fatal(err)
	}
	if !o.Yes || o.Small != -7 || o.Time != 90*time.Second || o.Site != http.SameSiteStrictMode || o.Mode != 0o644 || o.Color != "blue" ||
		o.Folders[1].path != "b" || o.Routes[0].Any != json.Number("2") || o.Group.Deep.On != true || o.Part.Count != 4 {
		t.Errorf("got %+v", o)
	}
	for _, opt := range schema().Options() {
		if !opt.Secret && !strings.HasPrefix(origins[opt.Path], "file x:") {
			t.Errorf("%s: from %q", opt.Path, origins[opt.Path])
		}
	}
	text, err := schema().WriteJSON(o)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.NewReplacer("\n", "", "\t", "").Replace(everything); string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// TestNothingSetIsWrittenWhole checks that the written form of zero options resets other options.
func TestNothingSetIsWrittenWhole(t *testing.T) {
	text, err := schema().WriteJSON(options{})
	if err != nil {
		t.Fatal(err)
	}
	full, _, _ := read(everything)
	if err := schema().ReadJSON(&full, "", text, nil, nil); err != nil {
		t.Fatal(err)
	}
	full.Map = nil // maps are merged
	full.Lists = nil
	if got, want := fmt.Sprintf("%+v", full), fmt.Sprintf("%+v", options{}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLayers(t *testing.T) {
	base, _, err := read(`{"texts": ["a", "b"], "map": {"X-A": "1", "X-B": "1"}, "part": {"count": 1}, "group": {"count": 1}}`)
	if err != nil {
		t.Fatal(err)
	}
	over := base
	if err := schema().ReadJSON(&over, "", []byte(`{"texts": ["c"], "map": {"x-a": "2", "X-C": null}, "part": {"deep": {"on": true}}, "group": {"deep": {"on": true}}}`), nil, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(over.Texts, []string{"c"}) || !maps.Equal(over.Map, map[string]string{"x-a": "2", "X-B": "1", "X-C": ""}) || over.Part.Count != 1 || !over.Part.Deep.On || over.Group.Count != 1 {
		t.Errorf("got %+v, %+v", over, over.Part)
	}
	if len(base.Map) != 2 || base.Part.Deep.On || base.Part == over.Part {
		t.Errorf("the layer below was changed: %+v, %+v", base, base.Part)
	}
	if err := schema().ReadJSON(&over, "", []byte(`{"texts": null, "part": null, "group": {"count": null}}`), nil, nil); err != nil {
		t.Fatal(err)
	}
	if over.Texts != nil || over.Part != nil || over.Group.Count != 0 {
		t.Errorf("null: got %+v", over)
	}
}

func TestParts(t *testing.T) {
	on := &nested{Count: 1}
	for _, tt := range []struct {
		name      string
		was       *nested
		file      string
		variables []string
		want      string // the count, or "off"
	}{
		{"nothing, off", nil, `{}`, nil, "off"},
		{"nothing, on", on, `{}`, nil, "1"},
		{"true", nil, `{"part": true}`, nil, "0"},
		{"true over options", on, `{"part": true}`, nil, "1"},
		{"false", on, `{"part": false}`, nil, "off"},
		{"null", on, `{"part": null}`, nil, "off"},
		{"no options", nil, `{"part": {}}`, nil, "0"},
		{"options", nil, `{"part": {"count": 2}}`, nil, "2"},
		{"deep options", nil, `{"part": {"deep": {"on": true}}}`, nil, "0"},
		{"an alias", nil, `{"parted": 3}`, nil, "3"},
		{"an alias, and off", on, `{"parted": 3, "part": false}`, nil, "off"},
		{"an alias over options", on, `{"parted": 3}`, nil, "3"},
		{"a variable", nil, `{}`, []string{"X_PART=true"}, "0"},
		{"a variable of an option", nil, `{}`, []string{"X_PART_COUNT=5"}, "5"},
		{"off, whatever its options", on, `{"part": {"count": 2}}`, []string{"X_PART=false", "X_PART_COUNT=5"}, "off"},
		{"null in a variable", on, `{}`, []string{"X_PART=null"}, "off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options{Part: tt.was}
			if err := schema().ReadJSON(&o, "", []byte(tt.file), nil, nil); err != nil {
				t.Fatal(err)
			}
			values := map[string]string{}
			for _, v := range tt.variables {
				name, value, _ := strings.Cut(v, "=")
				values[name] = value
			}
			if err := schema().ReadEnviron(&o, values, nil, nil, nil); err != nil {
				t.Fatal(err)
			}
			got := "off"
			if o.Part != nil {
				got = fmt.Sprint(o.Part.Count)
			}
			if got != tt.want || on.Count != 1 {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestOriginOfAPart checks that a part which one of its options switches on has the origin of
// that option.
func TestOriginOfAPart(t *testing.T) {
	for _, environ := range []map[string]string{{"X_PART_COUNT": "5"}, {"X_PARTED": "5"}} {
		var o options
		origins := config.Origins{}
		if err := schema().ReadEnviron(&o, environ, nil, origins, nil); err != nil {
			t.Fatal(err)
		}
		if got := origins["part"]; o.Part == nil || got == "" || got != origins["part.count"] {
			t.Errorf("%v: the part is from %q, its option from %q", environ, got, origins["part.count"])
		}
	}
}

// TestOptionsOfPartsThatAreOffAreChecked checks that errors are found in parts that are off, too.
func TestOptionsOfPartsThatAreOffAreChecked(t *testing.T) {
	check := func(path string, o any) error {
		if n := o.(*nested).Count; n > 2 {
			return &cfgerr.Error{Package: "test", Field: path + ".count", Value: n, Reason: "too many"}
		}
		return nil
	}
	var o options
	origins := config.Origins{}
	err := schema().ReadJSON(&o, "file x", []byte(`{"parted": 3, "part": false}`), origins, check)
	if want := `file x:1:12 (parted): test: part.count (X_PART_COUNT): invalid value 3: too many`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := schema().ReadEnviron(&o, map[string]string{"X_PART": "false", "X_PART_COUNT": "3"}, nil, origins, check); err == nil || !strings.Contains(err.Error(), "environment X_PART_COUNT: test: part.count: invalid value 3: too many") {
		t.Errorf("got %v", err)
	}
}

// TestPasswordsAreNotShown holds that a URL is shown without its password, and not
// written with one.
func TestPasswordsAreNotShown(t *testing.T) {
	type linked struct {
		_   struct{}
		URL string `config:"password"`
	}
	s := config.New(reflect.TypeFor[linked](), "test", "X_", nil, nil)
	for _, tt := range []struct{ url, shown, written string }{
		{"a://h:1/2?b=c", `"a://h:1/2?b=c"`, `{"url":"a://h:1/2?b=c"}`},
		{"a://u@h", `"a://u@h"`, `{"url":"a://u@h"}`},
		{"a://u:p@h", `"a://u:xxxxx@h"`, `{"url":null}`},
		{"a:u:p@h", `"(not shown)"`, `{"url":null}`},
		{"a://u:p@h:x", `"(not shown)"`, `{"url":null}`},
		{"", `""`, `{"url":""}`},
	} {
		written, err := s.WriteJSON(linked{URL: tt.url})
		if err != nil || string(written) != tt.written {
			t.Errorf("%s: got %s, %v", tt.url, written, err)
		}
		for _, shown := range s.Settings(linked{URL: tt.url}) {
			if shown != tt.shown {
				t.Errorf("%s: got %s, want %s", tt.url, shown, tt.shown)
			}
		}
	}
	var o linked
	const want = "file x:1:9: test: url (X_URL): want a URL, as a string"
	if err := s.ReadJSON(&o, "file x", []byte(`{"url": ["a://u:p@h"]}`), nil, nil); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if err := s.ReadEnviron(&o, map[string]string{"X_URL": "a://u:p@h"}, nil, nil, nil); err != nil || o.URL != "a://u:p@h" {
		t.Errorf("got %q, %v", o.URL, err)
	}
}

func TestListsByAField(t *testing.T) {
	o, _, err := read(`{"routes": {"post": [{"path": "/b"}], "get": [{"path": "/a"}, {"path": "/c", "any": "x"}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range o.Routes {
		got = append(got, r.Method+r.Path)
	}
	if s := strings.Join(got, " "); s != "post/b get/a get/c" {
		t.Errorf("got %s", s)
	}
}

func TestElementsWithoutTextAreNotWritten(t *testing.T) {
	text, err := schema().WriteJSON(options{Folders: []folder{{path: "a"}, {own: true}, {path: "b"}}})
	if err != nil || !strings.Contains(string(text), `"folders":["a","b"],`) {
		t.Errorf("got %s, %v", text, err)
	}
}

// TestProblems checks the content of error messages: where, which option, the value and what is
// accepted; and that all problems are reported at once.
func TestProblems(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"not JSON", "{\n  \"yes\": 1,\n  b}", []string{`file x:3:3: test: configuration: want JSON: invalid character 'b'`}},
		{"cut", `{"yes": true`, []string{`file x:1:12: test: configuration: want JSON: unexpected end`}},
		{"more than one value", `{} x`, []string{`file x:1:4: test: configuration: want JSON: invalid character 'x'`}},
		{"not UTF-8", "{\"text\": \"é\xff\"}", []string{`file x:1:12: test: configuration: want UTF-8`}},
		{"a list", ` []`, []string{`file x:1:2: test: configuration: invalid value []: want an object`}},
		{"empty", ``, []string{`want JSON: unexpected end`}},
		{"an unknown key", `{"zzzzzz": 1}`, []string{`file x:1:2: test: zzzzzz: unknown key; accepted are color, `}},
		{"a typo", `{"smal": 1}`, []string{`test: smal: unknown key; did you mean small?`}},
		{"a typo of an alias", `{"bothe": 1}`, []string{`test: bothe: unknown key; did you mean both?`}},
		{"a typo in a group", `{"group": {"cuont": 1}}`, []string{`file x:1:12: test: group.cuont: unknown key; did you mean group.count?`}},
		{"a typo in a list", `{"routes": [{}, {"pth": "/"}]}`, []string{`file x:1:18: test: routes[1].pth: unknown key; did you mean routes[1].path?`}},
		{"a typo in a group of aliases", `{"olds": {"on": 1}}`, []string{`test: olds.on: unknown key; did you mean olds.one, group.deep.on or part.deep.on?`}},
		{"unknown in a list", `{"routes": {"get": [{"where": "/"}]}}`, []string{`test: routes.get[0].where: unknown key; accepted are any, method, path, rules`}},
		{"in another place", `{"on": true, "group": {"yes": true, "one": "x"}}`, []string{`test: on: unknown key; did you mean no, group.deep.on or part.deep.on?`, `test: group.yes: unknown key; did you mean yes?`, `test: group.one: unknown key; did you mean olds.one?`}},
		{"in another place and another case", `{"COUNT": 1, "part": {"TEXT": "x"}}`, []string{`test: COUNT: unknown key; did you mean group.count or part.count?`, `test: part.TEXT: unknown key; did you mean text?`}},
		{"with its group in the name", `{"group.count": 1, "DEEP.on": true}`, []string{`test: "group.count": unknown key; did you mean group.count?`, `test: "DEEP.on": unknown key; did you mean group.deep.on or part.deep.on?`}},
		{"as in a variable", `{"group_count": 1, "DEEP_ON": true, "partCount": 1}`, []string{`test: group_count: unknown key; did you mean group.count?`, `test: DEEP_ON: unknown key; did you mean group.deep.on or part.deep.on?`, `test: partCount: unknown key; did you mean part.count?`}},
		{"a group in another place", `{"deep": {"on": true}}`, []string{`test: deep: unknown key; did you mean group.deep or part.deep?`}},
		{"a name that ends in the same letters", `{"unt": 1, ".count": 1, "": 1}`, []string{`test: unt: unknown key; accepted are`, `test: ".count": unknown key; accepted are`, `test: "": unknown key; accepted are`}},
		{"no name", `{"a\n\u001b[31m": 1}`, []string{`test: "a\n\x1b[31m": unknown key`}},
		{"something else is there", `{"gone": 1, "lost": {"one": 1, "two": 2}}`, []string{`test: gone: not offered: it went`, `test: lost.one: not offered: it was lost`, `test: lost.two: unknown key`}},
		{"for Go alone", `{"logger": "x"}`, []string{`test: logger: this can only be set in Go: Logger`}},
		{"taken from another option", `{"kept": "x"}`, []string{`test: kept: the server takes it from site: set that`}},
		{"a secret", `{"keys": ["hush"]}`, []string{`test: keys: a secret must not be in a file: set X_KEYS`}},
		{"given twice", `{"small": 1, "small": 2, "group": {"count": 1, "count": 2}, "map": {"a": "1", "A": "2"}}`, []string{`file x:1:14: test: small: given twice`, `test: group.count: given twice`, `test: map.A (X_MAP): given twice: names are the same in upper and lower case`}},
		{"by two names", `{"text": "a", "old": "a"}`, []string{`file x:1:22: test: old (text): text means the same: leave one of them out`}},
		{"by two aliases", `{"word": "a", "old": "a"}`, []string{`test: old (text): word means the same: leave one of them out`}},
		{"a switch and options of it", `{"no": "x", "parted": "y"}`, []string{`test: no (yes): invalid value "x": want true or false`, `test: parted (part.count): invalid value "y": want a whole number`}},
		{"boolean", `{"yes": "yes", "part": 1}`, []string{`file x:1:9: test: yes (X_YES): invalid value "yes": want true or false`, `test: part (X_PART): invalid value 1: want true, false or an object of its options`}},
		{"numbers", `{"small": 128, "unsigned": -1, "numbers": [1.5, "1", 1e2], "float": "1"}`, []string{
			`small (X_SMALL): invalid value 128: want a whole number`, `unsigned (X_UNSIGNED): invalid value -1: want a whole number that is not negative`,
			`numbers[0] (X_NUMBERS): invalid value 1.5: want a whole number`, `numbers[1] (X_NUMBERS): invalid value "1"`, `numbers[2] (X_NUMBERS): invalid value 1e2`, `float (X_FLOAT): invalid value "1": want a number`}},
		{"strings", `{"text": 1, "color": "green", "time": 30, "site": "both", "mode": "0999", "net": "10.0.0.0/33"}`, []string{
			`text (X_TEXT): invalid value 1: want a string`, `color (X_COLOR): invalid value "green": want red or blue`, `time (X_TIME): invalid value 30: want a time such as "30s"`,
			`site (X_SITE): invalid value "both": want "lax"`, `mode (X_MODE): invalid value "0999": want permissions`, `net (X_NET): invalid value "10.0.0.0/33": want a network`}},
		{"lists and objects", `{"texts": "x", "map": [], "routes": {"get": {}}, "group": 1, "lists": {"a": 1}, "folders": [null]}`, []string{
			`texts (X_TEXTS): invalid value "x": want a list`, `map (X_MAP): invalid value []: want an object`, `routes.get (X_ROUTES): invalid value {}: want a list`,
			`test: group: invalid value 1: want an object`, `lists.a (X_LISTS): invalid value 1: want a list`, `folders[0] (X_FOLDERS): invalid value null: want a string`}},
		{"a version", `{"routes": [{"any": true}, {"any": []}]}`, []string{`routes[0].any (X_ROUTES): invalid value true: want a string or a number`, `routes[1].any`}},
		{"a long value", `{"small": [` + strings.Repeat("1,", 500) + `1]}`, []string{`small (X_SMALL): invalid value [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1…: want`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, _, err := read(strings.Replace(tt.text, "{", `{"other": 5, `, 1))
			if !strings.Contains(tt.text, `"`) || tt.name == "not JSON" || tt.name == "cut" || tt.name == "not UTF-8" {
				o, _, err = read(tt.text)
			} else if o.Other != 5 {
				t.Error("what is good was not read")
			}
			if err == nil {
				t.Fatal("got no error")
			}
			_, _, err = read(tt.text)
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Errorf("got %d problems, want %d:\n%v", len(lines), len(tt.want), err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
			var problem *cfgerr.Error
			if !errors.As(err, &problem) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	key := strings.Repeat("k", 4)
	o, origins, err := environ("X_YES=true", "X_SMALL= 7 ", "X_TEXT= a,b ", "X_TIME= 1s", "X_NUMBERS=1, 2,", "X_TEXTS=a, b,,c", `X_NETS=["::1"]`, "X_NET=::1", `X_MAP={"a": "1"}`,
		`X_ROUTES={"get": [{"path": "/"}]}`, "X_KEYS="+key+", x\ny", "X_COLOR=red", "X_SITE=lax", "X_MODE=0600", "X_GROUP_DEEP_ON=true", "X_OTHER=null", "X_FLOAT=", "NO=false", "X_OLDS_ONE=solo", "HOME=/", "X_ELSEWHERE=1", "X_BOTH=7")
	if err == nil || err.Error() != "environment X_TEXTS: test: texts: X_OLDS_ONE means the same: leave one of them out" {
		t.Errorf("got %v", err)
	}
	if !o.Yes || o.Small != 7 || o.Unsigned != 7 || o.Text != " a,b " || o.Time != time.Second || !slices.Equal(o.Numbers, []int{1, 2}) || len(o.Nets) != 1 || o.Net.String() != "::1/128" ||
		o.Map["a"] != "1" || o.Routes[0].Method != "get" || len(o.Keys) != 3 || string(o.Keys[2]) != "y" || o.Color != "red" || o.Site != http.SameSiteLaxMode || o.Mode != 0o600 || !o.Group.Deep.On {
		t.Errorf("got %+v", o)
	}
	if origins["yes"] != "environment X_YES" && origins["yes"] != "environment NO (no)" {
		t.Errorf("from %q", origins["yes"])
	}
	if settings := maps.Collect(schema().Settings(o)); settings["keys"] != "(3, not shown)" || settings["part"] != "false" || settings["text"] != `" a,b "` || settings["part.count"] != "" {
		t.Errorf("got %v", settings)
	}
	if text, err := schema().WriteJSON(o); err != nil || strings.Contains(string(text), key) || strings.Contains(string(text), "keys") {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestProblemsOfVariables(t *testing.T) {
	for _, tt := range []struct{ variable, want string }{
		{"X_SMAL=1", "environment X_SMAL: test: unknown variable; did you mean X_SMALL?"},
		{"X_SOMETHING_ELSE=1", "unknown variable; there is one for each option, such as X_SMALL for small"},
		{"X_GROUP={}", "unknown variable: it would be a group of options, each of which has a variable of its own, such as X_GROUP_COUNT"},
		{"X_LOGGER=x", "environment X_LOGGER: test: this can only be set in Go: Logger"},
		{"X_KEPT=x", "environment X_KEPT: test: the server takes it from site: set that"},
		{"X_GROUPDEEPON=x", "environment X_GROUPDEEPON: test: unknown variable; did you mean X_GROUP_DEEP_ON?"},
		{"X_TEX=x", "environment X_TEX: test: unknown variable; did you mean X_TEXT?"},
		{"X_DEEP=x", "unknown variable; there is one for each option"},
		{"X_COUNT=1", "environment X_COUNT: test: unknown variable; did you mean X_GROUP_COUNT or X_PART_COUNT?"},
		{"X_DEEP_ON=true", "unknown variable; did you mean X_GROUP_DEEP_ON or X_PART_DEEP_ON?"},
		{"X_UNT=1", "unknown variable; there is one for each option"},
		{"X_YES=yes", `environment X_YES: test: yes: invalid value "yes": want true or false`},
		{"X_YES=1", `yes: invalid value 1: want true or false`},
		{"X_SMALL=many", `small: invalid value "many": want a whole number`},
		{"X_SMALL=1e3", `small: invalid value 1e3: want a whole number`},
		{"X_TIME=30", `time: invalid value "30": want a time`},
		{"X_COLOR=green", `color: invalid value "green": want red or blue`},
		{"X_NETS=10.0.0.0/8,all", `nets[1]: invalid value "all": want a network`},
		{"X_NUMBERS=1,x", `numbers[1]: invalid value "x": want a whole number`},
		{"X_NUMBERS=[1", `numbers: invalid value "[1": want a list, in brackets, as JSON`},
		{"X_TEXTS=,", `texts: invalid value ",": the list is empty: want values separated by commas`},
		{"X_TEXTS=[1]", `texts[0]: invalid value 1: want a string`},
		{"X_MAP=X-A: 1", `map: invalid value "X-A: 1": want an object, as JSON`},
		{`X_ROUTES={"get": [{"pth": "/"}]}`, `environment X_ROUTES: test: routes.get[0].pth: unknown key; did you mean routes.get[0].path?`},
		{"X_TEXT=\xff", `text: invalid value "\xff": want UTF-8`},
		{"X_KEYS=, ,", `keys: the list is empty`},
		{"X_KEYS=[hush", `keys: want a list`},
		{"X_KEYS=[5]", `environment X_KEYS: test: keys[0]: want a string`},
		{"NO=maybe", `environment NO: test: no: invalid value "maybe": want true or false`},
		{"X_WORD=1", ""},
		{"X_PART=maybe", `part: invalid value "maybe": want true or false; each of its options has a variable`},
	} {
		_, _, err := environ(tt.variable)
		if tt.want == "" && err == nil {
			continue
		}
		if err == nil || tt.want == "" || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got  %v\nwant %s", tt.variable, err, tt.want)
		}
	}
	if _, _, err := environ("X_NO=true", "NO=true"); err != nil {
		t.Errorf("two variables that say the same: got %v", err)
	}
	if o, origins, err := environ("X_OLD=a"); err != nil || o.Text != "a" || origins["text"] != "environment X_OLD (old)" {
		t.Errorf("got %q from %q, %v", o.Text, origins["text"], err)
	}
}

func TestLocate(t *testing.T) {
	problem := func(field string) error {
		return &cfgerr.Error{Package: "test", Field: field, Reason: "wrong"}
	}
	s, origins := schema(), config.Origins{"numbers": "file x:2:3", "yes": "environment X_YES"}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{problem("numbers[3]"), "file x:2:3: test: numbers[3] (X_NUMBERS): wrong"},
		{problem("yes"), "environment X_YES: test: yes: wrong"},
		{problem("group.count"), "test: group.count (X_GROUP_COUNT): wrong"},
		{problem("nowhere.at.all"), "test: nowhere.at.all: wrong"},
		{errors.New("other"), "other"},
		{&cfgerr.Error{Package: "piece", Field: "yes", Reason: "wrong"}, "piece: yes: wrong"},
		{errors.Join(problem("yes"), errors.Join(problem("small"))), "environment X_YES: test: yes: wrong\ntest: small (X_SMALL): wrong"},
		{fmt.Errorf("around: %w", os.ErrNotExist), "around: file does not exist"},
	} {
		if got := s.Locate(tt.err, origins); got.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", got, tt.want)
		}
	}
	if !errors.Is(s.Locate(errors.Join(os.ErrNotExist, problem("yes")), nil), os.ErrNotExist) {
		t.Error("an error was lost")
	}
}

func TestAnAliasLeadsToAnOption(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic for an alias of nothing")
		}
	}()
	config.New(reflect.TypeFor[options](), "test", "X_", []config.Alias{{Key: "a", To: "nothing"}}, nil)
}

// FuzzReadJSON checks that every input is handled, and that accepted options are the same after
// writing and reading them.
func FuzzReadJSON(f *testing.F) {
	f.Add(everything)
	f.Add(`{"routes": {"get": [{"any": 1e400}], "": [{}]}, "map": {"": null, "é": "\ud800"}, "part": {}, "parted": 1}`)
	f.Add(`{"time": "-1.5h", "nets": ["::ffff:1.2.3.4", "1.2.3.4/1"], "lists": {"a": [], "b": null}, "float": -0.0}`)
	f.Fuzz(func(t *testing.T, text string) {
		o, _, err := read(text)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
				t.Errorf("%q: control characters in %q", text, err)
			}
			return
		}
		first, err := schema().WriteJSON(o)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, _, err := read(string(first))
		if err != nil {
			t.Fatalf("%q: written as %s, which is refused: %v", text, first, err)
		}
		if second, err := schema().WriteJSON(again); err != nil || string(second) != string(first) {
			t.Fatalf("%q: written as\n%s\nand then as\n%s, %v", text, first, second, err)
		}
	})
}

// FuzzReadEnviron gives one value to options of every type: each is set, or at least one problem
// is reported for it.
func FuzzReadEnviron(f *testing.F) {
	for _, value := range []string{"", "null", "[", "[]", "{}", "1", "-0", "99999", "true", "1s", "a,b", ",", "\x00", "\xff", `{"get":[{}]}`, `["::1"]`, "1e400", "\n\""} {
		f.Add(value)
	}
	names := strings.Fields("X_YES X_SMALL X_FLOAT X_TEXT X_TIME X_NET X_SITE X_COLOR X_FOLDERS X_NUMBERS X_TEXTS X_MAP X_LISTS X_ROUTES X_KEYS X_PART X_GROUP_COUNT")
	f.Fuzz(func(t *testing.T, value string) {
		values := map[string]string{}
		for _, name := range names {
			values[name] = value
		}
		var o options
		origins := config.Origins{}
		err := schema().ReadEnviron(&o, values, nil, origins, nil)
		set := len(origins)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("control characters in %q", err)
			}
			for _, name := range names {
				if strings.Contains(err.Error(), "environment "+name+":") {
					set++
				}
			}
		}
		if value != "" && set < len(names) {
			t.Errorf("%q: of %d options %d are set or reported: %v\n%v", value, len(names), set, origins, err)
		}
		text, err := schema().WriteJSON(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(string(text)); err != nil {
			t.Errorf("written as %s, which is refused: %v", text, err)
		}
	})
}

// Editors on Windows write a byte order mark, or UTF-16: the first is skipped, the second named.
func TestFilesOfWindowsEditors(t *testing.T) {
	if o, _, err := read("\ufeff{\r\n\"small\": 5\r\n}\r\n"); err != nil || o.Small != 5 {
		t.Errorf("got %v, %v", o.Small, err)
	}
	if _, _, err := read("\ufeff{\"smal\": 5}"); err == nil || !strings.Contains(err.Error(), "file x:1:2: test: smal: unknown key") {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}", "\xfc{}"} {
		if _, _, err := read(text); err == nil || !strings.Contains(err.Error(), "file x:1:1: test: configuration: want UTF-8") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
