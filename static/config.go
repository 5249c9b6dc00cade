package static

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/mediatype"
)

// config is checked options, with what is made from them.
type config struct {
	index           []string // empty if folders have no index
	redirectFolders bool
	cleanURLs       bool
	cacheControl    string // "" leaves it out
	rules           []cacheRule
	etags           bool
	contentETags    bool
	types           map[string]string
	defaultType     string
	omitCharset     bool
	notFound        string
	notFoundType    string // the Content-Type of notFound
	notFoundPage    string
	otherwise       http.Handler
	fallback        string
	fallbackDots    bool
	allowHidden     map[string]bool
	hide            []pattern
	attach          bool
	codings         []string
	alone           bool
	maxRanges       int
	checkInterval   time.Duration
	logger          *slog.Logger
}

type cacheRule struct {
	pattern pattern
	value   string
}

// extensionOf maps each content coding to its file name extension.
var extensionOf = map[string]string{"br": ".br", "zstd": ".zst", "gzip": ".gz"}

// compile checks options whose defaults are filled in, and makes what they lead to.
func (o *Options) compile(bad *cfgerr.List) config {
	c := config{
		redirectFolders: o.RedirectFolders,
		cleanURLs:       o.CleanURLs,
		etags:           !o.DisableETag,
		contentETags:    o.ContentETags,
		defaultType:     o.DefaultType,
		omitCharset:     o.OmitCharset,
		notFound:        cmp.Or(o.NotFound, DefaultNotFound), // of a NotFoundPage that is gone, too
		otherwise:       o.NotFoundHandler,
		fallbackDots:    o.FallbackDots,
		attach:          o.AttachActive,
		maxRanges:       o.MaxRanges,
		checkInterval:   o.CheckInterval,
		logger:          failure.Logger(o.Logger),
	}
	if o.DisableETag && o.ContentETags {
		bad.Add("ContentETags", nil, "DisableETag is set as well: leave one of them out")
	}
	o.compileIndex(&c, bad)
	o.compileCache(&c, bad)
	o.compileTypes(&c, bad)
	o.compileNotFound(&c, bad)
	o.compileHidden(&c, bad)
	o.compilePrecompressed(&c, bad)
	return c
}

func (o *Options) compileIndex(c *config, bad *cfgerr.List) {
	if o.DisableIndex {
		if len(o.Index) > 0 {
			bad.Add("Index", nil, "DisableIndex is set as well: leave one of them out")
		}
		if o.RedirectFolders {
			bad.Add("RedirectFolders", nil, "DisableIndex is set as well: leave one of them out")
		}
		return
	}
	c.index = slices.Clone(o.Index)
	for i, name := range c.index {
		field := "Index"
		if len(c.index) > 1 {
			field = fmt.Sprintf("Index[%d]", i)
		}
		if strings.Contains(name, "/") || !plainName(name) || slices.Contains(c.index[:i], name) {
			bad.Add(field, name, "want the name of a file, without folders, once")
		}
	}
}

func (o *Options) compileCache(c *config, bad *cfgerr.List) {
	switch {
	case !o.DisableCacheControl:
		c.cacheControl = maxAge(o.MaxAge)
	case o.MaxAge != 0:
		bad.Add("MaxAge", o.MaxAge.String(), "DisableCacheControl is set as well: leave one of them out")
	}
	if o.CheckInterval < 0 || o.CheckInterval > time.Hour {
		bad.Add("CheckInterval", o.CheckInterval.String(), "want between 0 and 1h")
	}
	for i, rule := range o.Cache {
		c.rules = append(c.rules, rule.compile(fmt.Sprintf("Cache[%d]", i), bad))
	}
}

func (o *Options) compileTypes(c *config, bad *cfgerr.List) {
	if !mediaType(c.defaultType) {
		bad.Add("DefaultType", o.DefaultType, `want a media type, such as "text/plain"`)
	}
	c.types = make(map[string]string, len(o.Types))
	for _, ext := range slices.Sorted(maps.Keys(o.Types)) {
		field := fmt.Sprintf("Types[%q]", ext)
		if len(ext) < 2 || ext[0] != '.' || strings.ContainsAny(ext[1:], "./\\") {
			bad.Add(field, nil, `want a key with its dot, such as ".md"`)
		}
		if !mediaType(o.Types[ext]) {
			bad.Add(field, o.Types[ext], `want a media type, such as "text/plain"`)
		}
		c.types[strings.ToLower(ext)] = o.Types[ext]
	}
}

func (o *Options) compilePrecompressed(c *config, bad *cfgerr.List) {
	c.codings, c.alone = slices.Clone(o.Precompressed), o.PrecompressedAlone
	for i, coding := range c.codings {
		if extensionOf[coding] == "" || slices.Contains(c.codings[:i], coding) {
			bad.Add(fmt.Sprintf("Precompressed[%d]", i), coding, `want each of "br", "zstd" and "gzip" at most once`)
		}
	}
	if c.alone && len(c.codings) == 0 {
		bad.Add("PrecompressedAlone", nil, "list the codings in Precompressed")
	}
}

func (o *Options) compileNotFound(c *config, bad *cfgerr.List) {
	set := 0
	for _, is := range []bool{o.NotFound != "", o.NotFoundPage != "", o.NotFoundHandler != nil} {
		if is {
			set++
		}
	}
	if set > 1 {
		bad.Add("NotFound", nil, "want at most one of NotFound, NotFoundPage and NotFoundHandler")
	}
	for _, f := range []struct {
		field, value string
		name         *string
	}{
		{"NotFoundPage", o.NotFoundPage, &c.notFoundPage},
		{"Fallback", o.Fallback, &c.fallback},
	} {
		name := strings.TrimPrefix(f.value, "/")
		if f.value != "" && (name == "" || !plainName(name)) {
			bad.Add(f.field, f.value, "want the name of a file in the roots")
		}
		*f.name = name
	}
	c.notFoundType = "text/html"
	if omit := o.OmitCharset && c.notFound == DefaultNotFound; !omit && utf8.ValidString(c.notFound) {
		c.notFoundType += "; charset=utf-8"
	}
	if o.FallbackDots && o.Fallback == "" {
		bad.Add("FallbackDots", nil, "name the file in Fallback")
	}
}

func (o *Options) compileHidden(c *config, bad *cfgerr.List) {
	c.allowHidden = make(map[string]bool, len(o.AllowHidden))
	for i, name := range o.AllowHidden {
		clean := strings.Trim(name, "/")
		last := clean[strings.LastIndexByte(clean, '/')+1:]
		if !plainName(clean) || !strings.HasPrefix(last, ".") {
			bad.Add(fmt.Sprintf("AllowHidden[%d]", i), name, `want a name whose last part begins with a dot, such as ".well-known"`)
		}
		c.allowHidden[clean] = true
	}
	for i, glob := range o.Hide {
		field := fmt.Sprintf("Hide[%d]", i)
		if strings.ContainsFunc(glob, func(r rune) bool { return r >= 0x80 }) {
			bad.Add(field, glob, "want ASCII: other letters can be encoded in several ways")
		}
		c.hide = append(c.hide, compilePattern(field, fold(glob), bad))
	}
}

func (rule *CacheRule) compile(field string, bad *cfgerr.List) cacheRule {
	c := cacheRule{pattern: compilePattern(field+".Pattern", rule.Pattern, bad), value: rule.Value}
	switch {
	case rule.Value != "":
		if rule.MaxAge != 0 || rule.Immutable {
			bad.Add(field+".Value", rule.Value, "MaxAge or Immutable is set as well: leave one of them out")
		}
		if strings.ContainsFunc(rule.Value, func(r rune) bool { return r < ' ' || r > '~' }) {
			bad.Add(field+".Value", rule.Value, "want printable ASCII")
		}
	case rule.Immutable:
		c.value = "max-age=" + seconds(rule.MaxAge) + ", immutable, public"
	case rule.MaxAge != 0:
		c.value = maxAge(rule.MaxAge)
	default:
		bad.Add(field, nil, "want one of MaxAge, Immutable and Value")
	}
	return c
}

// openRoots opens every root.
func (o *Options) openRoots(bad *cfgerr.List, logger *slog.Logger) []root {
	var roots []root
	for i, r := range o.Roots {
		field := fmt.Sprintf("Roots[%d]", i)
		switch {
		case r.fsys != nil:
			roots = append(roots, fsRoot{r.fsys})
		case r.dir == "":
			bad.Add(field, nil, "want static.Dir with a path or static.FS with a file system")
		default:
			path, err := filepath.Abs(r.dir)
			if err != nil {
				bad.Add(field, r.dir, "%v", err)
				continue
			}
			dir, err := newFolderRoot(path, logger)
			if err != nil {
				bad.Add(field, r.dir, "want a folder that can be opened: %v", err)
				continue
			}
			roots = append(roots, dir)
		}
	}
	return roots
}

func maxAge(d time.Duration) string { return "max-age=" + seconds(d) + ", must-revalidate, public" }

func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(max(d, 0)/time.Second), 10)
}

func mediaType(s string) bool {
	t, _, err := mediatype.Parse(s)
	return err == nil && strings.Contains(t, "/")
}
