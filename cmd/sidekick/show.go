package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// showConfig shows the options with their values and where they are from.
func showConfig(s *setup, stdout io.Writer) error {
	if s.json {
		text, err := json.MarshalIndent(s.cfg, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%s\n", text)
		return err
	}
	rows := [][]string{{"OPTION", "VALUE", "FROM"}, {"(defaults)", s.mode, s.modeFrom}}
	for path, value := range s.cfg.Settings() {
		rows = append(rows, []string{path, clip(value), s.origins[path]})
	}
	// The keys themselves are nobody's business.
	if n := len(s.cfg.FingerprintOptions.Keys); n > 0 {
		rows = append(rows, []string{"fingerprintOptions.keys", fmt.Sprintf("(%d, not shown)", n), s.origins["fingerprintOptions.keys"]})
	}
	return table(stdout, rows)
}

// showRoutes shows what leads where, as it is tried: routes, then names, which
// are routes where there are automatic ones.
func showRoutes(s *setup, stdout io.Writer) error {
	d := s.kit.Dispatcher()
	o := d.Options()
	prefix := ""
	if len(o.Prefixes) > 0 {
		prefix = o.Prefixes[0]
	}
	about := map[string]string{} // by action, the newest version's
	names := [][]string{}
	for _, a := range d.Actions() {
		if _, ok := about[a.Name]; !ok {
			about[a.Name] = a.Description
		}
		names = append(names, []string{"ALL", prefix + "/" + a.Name, a.Name, cmp.Or(a.Version, "1"), a.Description})
	}
	rows := [][]string{{"METHOD", "PATH", "ACTION", "VERSION", "DESCRIPTION"}}
	for _, r := range d.Routes() {
		version, text := "", about[r.Action]
		if r.APIVersion != nil {
			version = fmt.Sprint(r.APIVersion)
		}
		if r.Dir != "" {
			text = "the folder " + r.Dir
		}
		path := prefix + "/" + strings.TrimLeft(r.Path, "/")
		if r.MatchTrailingPathParts {
			path += " …" // and what follows
		}
		rows = append(rows, []string{strings.ToUpper(r.Method), path, r.Action, version, text})
	}
	if len(o.AutomaticRoutes) == 0 {
		rows = append(rows, names...)
	}
	if err := table(stdout, rows); err != nil || len(o.Prefixes) < 2 {
		return err
	}
	_, err := fmt.Fprintln(stdout, "\nAll of them answer at the root, too.")
	return err
}

// table writes rows in columns.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		// Nothing that somebody has configured breaks the table.
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
