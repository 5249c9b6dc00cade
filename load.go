package sidekick

import (
	"errors"
	"iter"
	"maps"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/bounded"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/config"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// LoadOptions say what [Load] reads.
type LoadOptions struct {
	_ struct{}

	// Base is the configuration that file and environment change. nil means the one
	// that the environment variable SIDEKICK_ENV names: [Development] for
	// "development", and [Production] for "production" or if it is not set.
	Base *Config

	// File is the path of a JSON file of at most 1 MiB, read by
	// [Config.UnmarshalJSON]. The default "" means no file. Paths in it are relative
	// to the working directory of the process.
	File string

	// Environ holds the variables, each as "name=value". nil means os.Environ().
	Environ []string
}

// Origins says where the value of each option comes from, by the option's path as
// in [Config.Settings]: "default" for the base; "file" with its name, line and
// column; or "environment" with the name of the variable. If one of Actionhero's
// names set the option, that name follows in parentheses.
type Origins map[string]string

// Locate adds to the problems in err, an error of [New], where their options were
// set. A nil err stays nil.
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

// schema returns the options that can be configured. It is built once.
var schema = sync.OnceValue(func() *config.Schema {
	s := config.New(reflect.TypeFor[Config](), "sidekick", variablePrefix, aliases, notOfferedAnywhere())
	s.Name(reflect.TypeFor[netip.Prefix](), namedNetworks)
	return s
})

// namedNetworks returns the networks that a name in a list of networks stands for.
func namedNetworks(name string) (any, error) {
	switch {
	case name == "loopback":
		return clientaddr.Loopback(), nil
	case name == "private":
		return clientaddr.PrivateRanges(), nil
	case strings.HasPrefix(name, "/"), strings.HasPrefix(name, "./"):
		return clientaddr.LoadPrefixes(name)
	}
	return nil, nil
}

// checkPart says what is wrong with the options of a part that is off.
func checkPart(_ string, options any) error {
	switch o := options.(type) {
	case *compress.Options:
		_, err := compress.New(*o)
		return under("compress", err)
	case *ratelimit.Options:
		_, err := ratelimit.New(*o)
		return under("rateLimit", err)
	case *idempotency.Options:
		_, err := idempotency.New(*o)
		return under("idempotency", err)
	}
	return nil
}

// UnmarshalJSON reads options over those in c. It is strict: unknown and repeated
// keys, values of another type and numbers out of range are errors. They are all
// reported at once, each a [ConfigError] with the path of its key, such as
// static.maxAge, and c is left as it was.
//
// Times are strings such as "30s" or "1m30s". A list replaces the old one; an
// object is merged into the old one, name by name. null means the default of an
// option. A part that can be off is true, false, or an object of its options, which
// switches it on. A network may be written as a single address. Actionhero's names
// are accepted as well, but not together with the option's own name. Unlike in
// Actionhero, the file is JSON, not a program, and certificates are given as file
// names, not as their contents.
func (c *Config) UnmarshalJSON(data []byte) error {
	next := *c
	if err := schema().ReadJSON(&next, "", data, nil, checkPart); err != nil {
		return err
	}
	*c = next
	return nil
}

// MarshalJSON writes every option that can be written as JSON, so that
// [Config.UnmarshalJSON] restores them over any Config. Secrets, and file systems
// among Static.Roots, are not written. What is not set is written as its zero value,
// which means the default: [Config.WithDefaults] fills those in.
func (c Config) MarshalJSON() ([]byte, error) { return schema().WriteJSON(c) }

// Settings lists the options by path, such as static.maxAge, with their values in
// JSON, in the order of Config. Options that cannot be written as JSON are left out.
// For secrets it gives only their number. As in [Config.MarshalJSON], what is not set is
// zero, unless [Config.WithDefaults] has filled it in.
func (c Config) Settings() iter.Seq2[string, string] { return schema().Settings(c) }

// Load reads a configuration: the base, overridden by a file, overridden by the
// environment.
//
// Every option has a variable: SIDEKICK_ followed by its path in capitals, with
// underscores between words, such as SIDEKICK_STATIC_MAX_AGE for static.maxAge.
// Strings, numbers, times, true and false are written plainly; lists of them
// separated by commas, or as JSON; other lists and objects as JSON; null means the
// default. An empty variable counts as not set. Actionhero's option names have
// variables as well, and PORT, ALLOWED_HOSTS and AUTOMATIC_ROUTES are read; setting
// one option by two variables with different values is an error. Any other variable
// with the prefix is an error, except those that Kubernetes makes for a service
// named sidekick.
//
// A loaded configuration implies an operator, so requests are logged: if there is
// no Logger, like everything else, as Config.Log says or to [slog.Default].
// Config.DisableAccessLog switches that off.
//
// The error joins all problems of file and environment, each a [ConfigError] that
// says where it is. The Config returned with an error has everything that could be
// read, so that [New] can check the rest.
func Load(o LoadOptions) (Config, Origins, error) {
	environ := variables(o.Environ)
	cfg, err := base(o.Base, environ)
	origins := Origins{}
	s := schema()
	for _, option := range s.Options() {
		origins[option.Path] = fromDefault
	}
	all := []error{err}
	if o.File != "" {
		text, err := bounded.ReadFile(o.File, maxFile)
		if err != nil {
			all = append(all, &ConfigError{Package: "sidekick", Field: "configuration", Where: "file " + o.File, Reason: err.Error(), Cause: err})
		} else {
			all = append(all, s.ReadJSON(&cfg, "file "+o.File, text, config.Origins(origins), checkPart))
		}
	}
	others := []string{envVariable}
	all = append(all, s.ReadEnviron(&cfg, environ, others, config.Origins(origins), checkPart))
	cfg.loaded = true
	return cfg, origins, errors.Join(cfgerr.All(errors.Join(all...))...)
}

// variables returns the variables by name, without empty ones and those that
// Kubernetes makes for a service. If a name is repeated, the first counts, as in
// os.Getenv.
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

// serviceLink reports whether Kubernetes made the variable for a service: for one
// named sidekick it makes SIDEKICK_PORT and others.
func serviceLink(name, value string) bool {
	return strings.HasPrefix(name, variablePrefix) && (linkValue.MatchString(value) || linkName.MatchString(name))
}

var (
	linkValue = regexp.MustCompile(`^(tcp|udp|sctp)://`)
	linkName  = regexp.MustCompile(`_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$`)
)

// base returns the configuration that file and environment change.
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
