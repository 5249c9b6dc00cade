package sidekick_test

import (
	"fmt"
	"log"
	"log/slog"

	"github.com/sidekick-http/sidekick"
)

// A configuration from a file, overridden by the environment.
func ExampleLoad() {
	file := "testdata/sidekick.json" // yours

	cfg, origins, err := sidekick.Load(sidekick.LoadOptions{File: file})
	if err != nil {
		log.Fatal(err) // a line for each problem: where, which key, what is accepted
	}
	cfg.Logger = slog.Default()

	fmt.Println(cfg.Envelope.ServerName, "from", origins["envelope.serverName"])
	fmt.Println(cfg.Server.ReadTimeout, cfg.Static.DisableETag, origins["static.disableETag"])
	// Output:
	// Shop from file testdata/sidekick.json:2:17 (serverName)
	// 30s false default
}

// Every problem is reported at once, by the path of its key.
func ExampleLoad_incorrect() {
	_, _, err := sidekick.Load(sidekick.LoadOptions{Environ: []string{
		"SIDEKICK_SERVER_READ_TIMEOUT=30",
		"SIDEKICK_UPLOAD_MAX_FILE=5",
	}})
	fmt.Println(err)
	// Output:
	// environment SIDEKICK_SERVER_READ_TIMEOUT: sidekick: server.readTimeout: invalid value "30": want a time such as "30s", "1m30s" or "500ms"
	// environment SIDEKICK_UPLOAD_MAX_FILE: sidekick: unknown variable; did you mean SIDEKICK_UPLOAD_MAX_FILES?
}
