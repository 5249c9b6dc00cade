// Command params measures how nested queries are read, beside url.ParseQuery
// (which does not nest) and gorilla/schema (which fills a struct), and prints
// the ratios to url.ParseQuery. Run it in benchmarks/:
//
//	go run ./params
//
// The contenders take turns in short rounds, so that what disturbs the machine
// disturbs all of them; the time of each is its quickest round's.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gorilla/schema"

	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/params"
)

// A contender reads the query and returns what it made of it.
type contender struct {
	name string
	read func(query string) (any, error)
}

type work struct {
	name  string
	most  float64 // the ratio to url.ParseQuery that qs must reach
	query string
	want  map[string]any
}

var works = []work{
	{"2 flat keys", 0, "key=value&a=1", map[string]any{"key": "value", "a": "1"}},
	{"3 keys", 1.5, "user[name]=bob&user[age]=30&page=2",
		map[string]any{"user": map[string]any{"name": "bob", "age": "30"}, "page": "2"}},
	{"20 keys", 1.25, twenty(), twentyWant()},
}

// twenty is the query of a list view: five filters of three fields, and five
// plain keys.
func twenty() string {
	var pairs []string
	for i := range 5 {
		for _, field := range []string{"name", "op", "value"} {
			pairs = append(pairs, fmt.Sprintf("f%d[%s]=%s%d", i, field, field, i))
		}
		pairs = append(pairs, fmt.Sprintf("plain%d=text%d", i, i))
	}
	return strings.Join(pairs, "&")
}

func twentyWant() map[string]any {
	want := map[string]any{}
	for i := range 5 {
		filter := map[string]any{}
		for _, field := range []string{"name", "op", "value"} {
			filter[field] = fmt.Sprint(field, i)
		}
		want[fmt.Sprint("f", i)] = filter
		want[fmt.Sprint("plain", i)] = fmt.Sprint("text", i)
	}
	return want
}

// form is what gorilla/schema fills. It knows names with dots, not brackets.
type form struct {
	Key    string `schema:"key"`
	A      string `schema:"a"`
	Page   string `schema:"page"`
	User   user   `schema:"user"`
	F0     filter `schema:"f0"`
	F1     filter `schema:"f1"`
	F2     filter `schema:"f2"`
	F3     filter `schema:"f3"`
	F4     filter `schema:"f4"`
	Plain0 string `schema:"plain0"`
	Plain1 string `schema:"plain1"`
	Plain2 string `schema:"plain2"`
	Plain3 string `schema:"plain3"`
	Plain4 string `schema:"plain4"`
}

type user struct {
	Name string `schema:"name"`
	Age  string `schema:"age"`
}

type filter struct {
	Name  string `schema:"name"`
	Op    string `schema:"op"`
	Value string `schema:"value"`
}

var sink any

func newContenders() []contender {
	parser, err := params.New(params.Options{})
	if err != nil {
		log.Fatal(err)
	}
	decoder := schema.NewDecoder()
	options := qs.Options{Depth: 5, ArrayLimit: 20, ParameterLimit: 1000}
	request := http.Request{Method: http.MethodGet, URL: new(url.URL)}
	return []contender{
		{"url.ParseQuery", func(q string) (any, error) { return url.ParseQuery(q) }},
		{"sidekick qs", func(q string) (any, error) { return qs.Parse(q, options) }},
		{"sidekick params", func(q string) (any, error) {
			request.URL.RawQuery = q
			return parser.Query(&request)
		}},
		{"gorilla/schema", func(q string) (any, error) {
			values, err := url.ParseQuery(q)
			if err != nil {
				return nil, err
			}
			into := new(form)
			return into, decoder.Decode(into, values)
		}},
	}
}

func main() {
	rounds := flag.Int("rounds", 200, "rounds of each contender and work")
	round := flag.Duration("round", 2*time.Millisecond, "length of a round")
	flag.Parse()
	debug.SetGCPercent(400) // so small a heap would be collected more often than a server's

	contenders := newContenders()
	fmt.Printf("%s, %s/%s, %d CPUs\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "query\tcontender\tns\tallocs\tratio\tmust reach")
	for _, w := range works {
		query := func(i int) string {
			if contenders[i].name == "gorilla/schema" {
				return strings.NewReplacer("[", ".", "]", "").Replace(w.query)
			}
			return w.query
		}
		best := make([]time.Duration, len(contenders))
		allocs := make([]float64, len(contenders))
		for i, c := range contenders {
			verify(w, c, query(i))
			best[i] = time.Hour
			allocs[i] = allocations(c, query(i))
		}
		for range *rounds {
			for i, c := range contenders {
				best[i] = min(best[i], measure(c, query(i), *round))
			}
		}
		for i, c := range contenders {
			must := ""
			if c.name == "sidekick qs" && w.most > 0 {
				must = fmt.Sprintf("≤ %.2f", w.most)
			}
			fmt.Fprintf(table, "%s\t%s\t%d\t%.0f\t%.2f\t%s\n", w.name, c.name, best[i].Nanoseconds(), allocs[i], float64(best[i])/float64(best[0]), must)
		}
	}
	if err := table.Flush(); err != nil {
		log.Fatal(err)
	}
}

// measure returns the time of one call in a round.
func measure(c contender, query string, round time.Duration) time.Duration {
	const batch = 32
	calls := 0
	start := time.Now()
	for {
		for range batch {
			sink, _ = c.read(query)
		}
		calls += batch
		if took := time.Since(start); took >= round {
			return took / time.Duration(calls)
		}
	}
}

func allocations(c contender, query string) float64 {
	var before, after runtime.MemStats
	const calls = 1000
	runtime.ReadMemStats(&before)
	for range calls {
		sink, _ = c.read(query)
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / calls
}

// verify ends the program if a contender does not read what was sent.
func verify(w work, c contender, query string) {
	got, err := c.read(query)
	if err != nil {
		log.Fatalf("%s, %s: %v", c.name, w.name, err)
	}
	var ok bool
	switch got := got.(type) {
	case url.Values:
		ok = len(got) == strings.Count(query, "=")
	case map[string]any:
		ok = reflect.DeepEqual(got, w.want)
	case *params.Set:
		ok = reflect.DeepEqual(map[string]any(got.Values), w.want)
	case *form:
		want := form{Key: "value", A: "1"}
		switch w.name {
		case "3 keys":
			want = form{Page: "2", User: user{"bob", "30"}}
		case "20 keys":
			f := func(i string) filter { return filter{"name" + i, "op" + i, "value" + i} }
			want = form{F0: f("0"), F1: f("1"), F2: f("2"), F3: f("3"), F4: f("4"),
				Plain0: "text0", Plain1: "text1", Plain2: "text2", Plain3: "text3", Plain4: "text4"}
		}
		ok = *got == want
	}
	if !ok {
		log.Fatalf("%s, %s: got %v", c.name, w.name, got)
	}
}
