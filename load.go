package sidekick

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/config"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// LoadOptions say where [Load] reads from.
type LoadOptions struct {
	_ struct{}

	// Base is what file and environment change. nil means what the environment
	// variable SIDEKICK_ENV says, "development" or "production": [Development], or
	// [Production], also where it is not set.
	Base *Config

	// File is a JSON file of at most 1 MiB, read as [Config.UnmarshalJSON]
	// reads. The default "" is none. Paths in it are relative to the folder in
	// which the process runs.
	File string

	// Environ are variables, each as "name=value". nil means os.Environ().
	Environ []string
}

// Origins tells for the path of each option, as [Config.Settings] lists them,
// where its value is from: "default", which is the base; "file" and its name, with
// line and column; or "environment" and the name of the variable. A key of
// Actionhero's that it was set by stands behind that, in parentheses.
type Origins map[string]string

// Locate names in the problems of err, which [New] has returned, where the options
// were set that they speak of. An err that is nil stays nil.
func (o Origins) Locate(err error) error {
	if err == nil {
		return nil
	}
	set := maps.Clone(o)
	maps.DeleteFunc(set, func(_, from string) bool { return from == fromDefault })
	return schema().Locate(err, config.Origins(set))
}

const (
	fromDefault = "default"
	maxFile     = 1 << 20

	envVariable    = "SIDEKICK_ENV"
	variablePrefix = "SIDEKICK_"
)

// schema returns what there is to configure, which is found out once.
var schema = sync.OnceValue(func() *config.Schema {
	return config.New(reflect.TypeFor[Config](), "sidekick", variablePrefix, aliases(), notOffered)
})

// checkPart says what is wrong with the options of a part that is off.
func checkPart(_ string, options any) error {
	switch o := options.(type) {
	case *compress.Options:
		_, err := compress.New(*o)
		return under("compress", err)
	case *ratelimit.Options:
		_, err := ratelimit.New(*o)
		return under("rateLimit", err)
	}
	return nil
}

// UnmarshalJSON reads options over those that c has. It is strict: unknown and
// repeated keys, values of another type and numbers that do not fit are errors,
// all reported at once, each a [ConfigError] with the path of its key, such as
// static.maxAge; c is then left as it was.
//
// Times are strings such as "30s" or "1m30s". Lists take the place of what was
// there, objects are put over it, name by name. null is the default of an option. A
// part that can be off is true, false, or an object of its options, which switches
// it on. A network may be written as an address. Actionhero's names are taken as
// well, but for one option not both; unlike there the file is JSON and not a
// program, and certificates are named and not contained.
func (c *Config) UnmarshalJSON(data []byte) error {
	next := *c
	if err := schema().ReadJSON(&next, "", data, nil, checkPart); err != nil {
		return err
	}
	*c = next
	return nil
}

// MarshalJSON writes every option that has a place in JSON, so that
// [Config.UnmarshalJSON] reads the same again, over whatever Config. Secrets and
// file systems among Static.Roots are not written.
func (c Config) MarshalJSON() ([]byte, error) { return schema().WriteJSON(c) }

// Settings lists the options by their path, such as static.maxAge, with their
// values in JSON, in the order of Config; null is the default. Those that have no
// place in JSON are left out; of secrets it is told how many there are.
func (c Config) Settings() iter.Seq2[string, string] { return schema().Settings(c) }

// Load reads a configuration: the base, over it a file, over that the
// environment.
//
// Every option has a variable: SIDEKICK_ and its path in capitals, with
// underscores between words, as SIDEKICK_STATIC_MAX_AGE for static.maxAge. Strings,
// numbers, times, true and false stand as they are; lists of them have commas
// between them, or are JSON; other lists and objects are JSON; null is the default.
// An empty variable is as good as none. The names that Actionhero's options have
// make variables, too, and PORT, ALLOWED_HOSTS and AUTOMATIC_ROUTES are read; to
// give one option by two variables with other values is an error. Other variables
// with the prefix are errors, but for those that Kubernetes makes for a service
// named sidekick.
//
// The error joins all problems of file and environment, each a [ConfigError]
// that names where it is. The Config that is returned with it has everything
// else that could be read, so that [New] can be asked what it finds wrong.
func Load(o LoadOptions) (Config, Origins, error) {
	environ := variables(o.Environ)
	cfg, err := base(o.Base, environ)
	origins := Origins{}
	s := schema()
	for _, option := range s.Options() {
		origins[option.Path] = fromDefault
	}
	problems := []error{err}
	if o.File != "" {
		text, err := readAtMost(o.File, maxFile)
		if err != nil {
			problems = append(problems, fmt.Errorf("sidekick: the configuration: %w", err))
		} else {
			problems = append(problems, s.ReadJSON(&cfg, "file "+o.File, text, config.Origins(origins), checkPart))
		}
	}
	// The last is for the tests of this repository, which start servers.
	others := []string{envVariable, "SIDEKICK_INTEROP"}
	problems = append(problems, s.ReadEnviron(&cfg, environ, others, config.Origins(origins), checkPart))
	return cfg, origins, flatten(problems)
}

// flatten joins errors that are joined into one list.
func flatten(errs []error) error {
	var all []error
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			all = append(all, joined.Unwrap()...)
		} else {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// variables returns the variables that are not empty and not those that Kubernetes
// makes for a service. Of a name the first counts, as in os.Getenv.
func variables(environ []string) map[string]string {
	if environ == nil {
		environ = os.Environ()
	}
	out := map[string]string{}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if _, ok := out[name]; !ok {
			out[name] = value
		}
	}
	maps.DeleteFunc(out, func(name, value string) bool { return value == "" || serviceLink(name, value) })
	return out
}

// serviceLink tells whether Kubernetes has made the variable for a service: it
// makes SIDEKICK_PORT and others for one named sidekick.
func serviceLink(name, value string) bool {
	return strings.HasPrefix(name, variablePrefix) && (linkValue.MatchString(value) || linkName.MatchString(name))
}

var (
	linkValue = regexp.MustCompile(`^(tcp|udp|sctp)://`)
	linkName  = regexp.MustCompile(`_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$`)
)

// base returns what the file and the environment change.
func base(given *Config, environ map[string]string) (Config, error) {
	var err error
	name, ok := environ[envVariable]
	if ok && name != "development" && name != "production" {
		err = &cfgerr.Error{
			Package: "sidekick", Field: "configuration", Where: "environment " + envVariable, Value: name,
			Reason: `want "development" or "production"`,
		}
	}
	switch {
	case given != nil:
		return *given, err
	case name == "development":
		return Development(), err
	}
	return Production(), err
}

// readAtMost reads a file and refuses a longer one.
func readAtMost(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s has more than %d bytes", name, most)
	}
	return data, err
}
