package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick"
)

// Note is something that was not imported, with the reason.
type Note struct{ What, Why string }

// leftOut are options that are not imported, with the reason; "" if nobody needs to know.
var leftOut = map[string]string{
	"missingParamChecks": `null and "" always count as missing`,
	"enabled":            "", "servers": "", "paths": "",
	"port":                  "the old server uses it: set PORT",
	"bindIP":                "set bindIP in sidekick.json",
	"secure":                "set secure and serverOptions in sidekick.json",
	"serverOptions":         "set secure and serverOptions in sidekick.json",
	"formOptions.uploadDir": "the default is the system's folder for temporary files",
	"simultaneousActions":   "Actionhero counts by connection, which never limits a web request; here the limit is for an address",
}

// settings collects the options that this program supports, by Actionhero's names.
type settings struct {
	dir   string // for the files that Load reads
	out   map[string]any
	notes []Note
}

// settingsOf returns the configuration file of the new program.
func settingsOf(p *Project) (map[string]any, []Note, error) {
	dir, err := os.MkdirTemp("", "sidekick-import-")
	if err != nil {
		return nil, nil, err
	}
	s := &settings{dir: dir, out: map[string]any{}}
	for _, section := range []map[string]any{p.General, p.Web} {
		for _, name := range slices.Sorted(maps.Keys(section)) {
			s.take(nil, name, section[name], s.out)
		}
	}
	s.identity()
	s.alike()
	s.folders(p)
	if len(p.GlobalSafeParams) > 0 {
		s.take(nil, "postVariables", p.GlobalSafeParams, s.out)
	}
	s.actionsFirst()
	s.settle()
	return s.out, s.notes, os.RemoveAll(dir)
}

// take imports an option, or, if the whole is refused, its parts one by one.
func (s *settings) take(parents []string, name string, value any, into map[string]any) {
	path := strings.Join(append(slices.Clone(parents), name), ".")
	if why, known := leftOut[path]; known {
		if why != "" && !isEmpty(value) {
			s.notes = append(s.notes, Note{path, why})
		}
		return
	}
	if path == "httpHeaders" {
		value = headersOf(value)
	}
	err := s.try(parents, name, value)
	if err == nil {
		into[name] = value
		return
	}
	if parts, ok := value.(map[string]any); ok && len(parts) > 0 {
		inner := map[string]any{}
		for _, part := range slices.Sorted(maps.Keys(parts)) {
			s.take(append(slices.Clone(parents), name), part, parts[part], inner)
		}
		if len(inner) > 0 {
			into[name] = inner
		}
		return
	}
	s.notes = append(s.notes, Note{path, err.Error()})
}

// isEmpty reports whether an option has no effect.
func isEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return e != nil && e != "" }) // such as missingParamChecks
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// settle removes options that are refused only when a server is made from them.
func (s *settings) settle() {
	for {
		err := s.whole()
		if err == nil {
			return
		}
		if !s.takeOutOne(s.out, "", err) {
			s.notes = append(s.notes, Note{"sidekick.json", "it is refused as a whole: " + err.Error()})
			return
		}
	}
}

// takeOutOne removes the first option whose removal reduces the number of problems.
func (s *settings) takeOutOne(from map[string]any, parents string, why error) bool {
	for _, name := range slices.Sorted(maps.Keys(from)) {
		value := from[name]
		delete(from, name)
		if problems(s.whole()) < problems(why) {
			if parts, ok := value.(map[string]any); ok && len(parts) > 0 {
				from[name] = value
				if s.takeOutOne(parts, parents+name+".", why) {
					return true
				}
				delete(from, name)
			}
			s.notes = append(s.notes, Note{parents + name, firstReason(why).Error()})
			return true
		}
		from[name] = value
	}
	return false
}

// problems counts the joined errors.
func problems(err error) int {
	if err == nil {
		return 0
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		n := 0
		for _, e := range joined.Unwrap() {
			n += problems(e)
		}
		return n
	}
	return 1
}

// whole returns the error of all options together.
func (s *settings) whole() error {
	text, err := json.Marshal(s.out)
	if err != nil {
		return err
	}
	cfg, err := s.load(text)
	if err != nil {
		return err
	}
	cfg.Logger = slog.New(slog.DiscardHandler)
	kit, err := sidekick.New(cfg)
	if err != nil {
		return err
	}
	return kit.Close()
}

// load lets sidekick read a configuration, without this process's environment.
func (s *settings) load(text []byte) (sidekick.Config, error) {
	file := filepath.Join(s.dir, "sidekick.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return sidekick.Config{}, err
	}
	cfg, _, err := sidekick.Load(sidekick.LoadOptions{File: file, Environ: []string{"SIDEKICK_ENV=production"}})
	return cfg, err
}

// try returns the error of a single option, without the name of the file.
func (s *settings) try(parents []string, name string, value any) error {
	var doc any = map[string]any{name: value}
	for _, parent := range slices.Backward(parents) {
		doc = map[string]any{parent: doc}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	if _, err := s.load(text); err != nil {
		return firstReason(err)
	}
	return nil
}

// firstReason returns what is wrong, without the position.
func firstReason(err error) error {
	var bad *sidekick.ConfigError
	if errors.As(err, &bad) {
		reason, _, _ := strings.Cut(bad.Reason, "; accepted are ")
		return errors.New(reason)
	}
	return err
}

// headersOf converts header fields to strings, since Actionhero sends values of any type.
func headersOf(value any) any {
	fields, ok := value.(map[string]any)
	if !ok {
		return value
	}
	out := map[string]any{}
	for name, v := range fields {
		switch v := v.(type) {
		case bool, json.Number:
			out[name] = fmt.Sprint(v)
		default:
			out[name] = v
		}
	}
	return out
}

// identity makes the new server recognize the ids that clients have from the old one.
func (s *settings) identity() {
	s.out["fingerprint"] = map[string]any{"dangerouslyUnsigned": true}
	s.notes = append(s.notes, Note{"fingerprint.dangerouslyUnsigned", "it is set so that clients keep their ids; when the old server is off and ids may change, remove it and set SIDEKICK_FINGERPRINT_KEYS"})
}

// alike makes actions answer like Actionhero 29.3.5 where Sidekick's defaults differ, as
// sidekick.Actionhero29 does.
func (s *settings) alike() {
	s.out["actions"] = map[string]any{
		"missingFirst": true, "notFoundForMethods": true, "ignoreUndeclaredFiles": true, "disableNames": true, "disableActionParam": true,
	}
	s.notes = append(s.notes, Note{"actions.missingFirst, actions.notFoundForMethods, actions.ignoreUndeclaredFiles, actions.disableNames, actions.disableActionParam, static.omitCharset", "they are set because Actionhero responds this way; remove them when no client relies on it"})
}

// folders sets the folders of files that exist on this machine. As in Actionhero, text has no
// charset.
func (s *settings) folders(p *Project) {
	paths, _ := p.General["paths"].(map[string]any)
	public, _ := paths["public"].([]any)
	found := []string{}
	for _, folder := range public {
		name, _ := folder.(string)
		if info, err := os.Stat(name); err == nil && info.IsDir() && filepath.IsAbs(name) {
			found = append(found, name)
			continue
		}
		s.notes = append(s.notes, Note{"the folder " + name, "it is not on this machine; the old server sends its files"})
	}
	s.out["static"] = map[string]any{"roots": found, "omitCharset": true}
}

// actionsFirst switches files off where actions answer at or below their path. Actionhero prefers
// the actions there.
func (s *settings) actionsFirst() {
	files := prefixIn(s.out, "urlPathForFiles")
	if files != "" && strings.HasPrefix(prefixIn(s.out, "urlPathForActions")+"/", files+"/") {
		s.out["urlPathForFiles"] = nil
		s.notes = append(s.notes, Note{"urlPathForFiles", "actions answer at or below " + files + "; the old server sends the files: move one of the two before it is switched off"})
	}
}
