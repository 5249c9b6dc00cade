package sidekick_test

import (
	"fmt"
	"log"
	"log/slog"

	"github.com/sidekick-http/sidekick"
)

// A configuration from a file, with the environment over it.
func ExampleLoad() {
	file := "testdata/sidekick.json" // where yours is

	cfg, origins, err := sidekick.Load(sidekick.LoadOptions{File: file})
	if err != nil {
		log.Fatal(err) // a line for each problem: where, which key, what is accepted
	}
	cfg.Logger = slog.Default()

	fmt.Println(cfg.ServerName, "from", origins["serverName"])
	fmt.Println(cfg.ReadTimeout, cfg.EnableETag, origins["enableEtag"])
	// Output:
	// Shop from file testdata/sidekick.json
	// 30s true default
}

// Every problem is reported at once, by the path of its key.
func ExampleLoad_incorrect() {
	_, _, err := sidekick.Load(sidekick.LoadOptions{Environ: []string{
		"SIDEKICK_READ_TIMEOUT=30",
		"SIDEKICK_FORM_OPTIONS_MAX_FIELD=5",
	}})
	fmt.Println(err)
	// Output:
	// environment SIDEKICK_FORM_OPTIONS_MAX_FIELD: sidekick: SIDEKICK_FORM_OPTIONS_MAX_FIELD: unknown variable; did you mean SIDEKICK_FORM_OPTIONS_MAX_FIELDS?
	// environment SIDEKICK_READ_TIMEOUT: sidekick: readTimeout: invalid value "30": want a time such as "30s", "1m30s" or "500ms"
}
