package program

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/sidekick-http/sidekick/dispatch"
)

// showConfig prints the options with the values that hold, defaults included, and where
// those came from.
func showConfig(s *setup, stdout io.Writer) error {
	cfg := s.cfg.WithDefaults()
	if s.json {
		text, err := json.MarshalIndent(cfg, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%s\n", text)
		return err
	}
	rows := [][]string{{"OPTION", "VALUE", "FROM"}, {"(defaults)", s.mode, s.modeFrom}}
	for path, value := range cfg.Settings() {
		rows = append(rows, []string{path, clip(value), s.origins[path]})
	}
	return table(stdout, rows)
}

// showRoutes prints all ways to reach actions and folders, in the order in which
// they are tried.
func showRoutes(s *setup, stdout io.Writer) error {
	d := s.kit.Dispatcher()
	prefixes := d.Options().Prefixes
	about := map[string]string{} // by action and version
	for _, a := range d.Actions() {
		about[a.Name+" "+cmp.Or(a.Version, "1")] = a.Description
	}
	rows := [][]string{{"METHODS", "PATH", "ACTION", "VERSIONS", "BY", "DESCRIPTION"}}
	for _, w := range d.Ways() {
		text := "the folder " + w.Dir
		switch {
		case w.Action != "":
			text = about[w.Action+" "+w.Versions[0]]
		case w.Dir == "":
			text = "a file of the public folders"
		}
		rows = append(rows, []string{methods(w.Methods), prefixes[0] + wayPath(w), w.Action, strings.Join(w.Versions, ", "), string(w.By), text})
	}
	if err := table(stdout, rows); err != nil || len(prefixes) < 2 {
		return err
	}
	_, err := fmt.Fprintln(stdout, "\nAll of them are also served at the root.")
	return err
}

// methods lists the methods of a way. All that can be routed are listed as ALL.
func methods(list []string) string {
	const all = 6 // HEAD, GET, POST, PUT, PATCH and DELETE
	if len(list) == all {
		return "ALL"
	}
	return strings.Join(list, ", ")
}

// wayPath is the path of a way below the prefix, with "…" for the rest of a
// path.
func wayPath(w dispatch.Way) string {
	switch {
	case w.By == dispatch.ByParam:
		return "/?action=" + w.Action
	case w.Trailing:
		return "/" + strings.TrimLeft(w.Path, "/") + " …"
	}
	return "/" + strings.TrimLeft(w.Path, "/")
}

// table prints rows in columns.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		// Tabs and line ends in configured values must not break the table.
		for i := range row {
			row[i] = strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7f {
					return ' '
				}
				return r
			}, row[i])
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return t.Flush()
}

func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
