package sidekick_test

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
)

// TestWhichRequestsAreLogged checks where requests are logged: to the logger that is
// given; without one to slog.Default, if the configuration was loaded.
func TestWhichRequestsAreLogged(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	loaded := func(base sidekick.Config, environ ...string) sidekick.Config {
		cfg, _, err := sidekick.Load(sidekick.LoadOptions{Base: &base, Environ: environ})
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	standard, standardLog := newLogger()
	own, ownLog := newLogger()
	given := func(c sidekick.Config) sidekick.Config { c.Logger = own; return c }
	ofPiece := sidekick.Production()
	ofPiece.AccessLog = accesslog.Options{Logger: own}
	for name, tt := range map[string]struct {
		cfg           sidekick.Config
		standard, own int
	}{
		"for production":                 {sidekick.Production(), 0, 0},
		"loaded":                         {loaded(sidekick.Production()), 1, 0},
		"loaded, switched off":           {loaded(sidekick.Production(), "SIDEKICK_DISABLE_ACCESS_LOG=true"), 0, 0},
		"a logger":                       {given(sidekick.Production()), 0, 1},
		"a logger in the base":           {loaded(given(sidekick.Production())), 0, 1},
		"a logger after loading":         {given(loaded(sidekick.Production())), 0, 1},
		"a logger, switched off":         {given(loaded(sidekick.Production(), "SIDEKICK_DISABLE_ACCESS_LOG=true")), 0, 0},
		"a logger of the piece":          {ofPiece, 0, 1},
		"a logger of the piece, loaded":  {loaded(ofPiece), 0, 1},
		"nothing but the access log off": {sidekick.Config{DisableAccessLog: true}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			slog.SetDefault(before)
			tt.cfg.Fingerprint.DangerouslyUnsigned = true
			kit := must[*sidekick.Kit](t)(sidekick.New(tt.cfg))
			defer kit.Close()
			slog.SetDefault(standard) // programs often do this late
			kit.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/none", nil))
			_, inStandard := standardLog.take()
			_, inOwn := ownLog.take()
			if len(inStandard) != tt.standard || len(inOwn) != tt.own {
				t.Errorf("got %v by default and %v in the logger, want %d and %d", inStandard, inOwn, tt.standard, tt.own)
			}
		})
	}
}

// TestLogOptions checks what a logger writes, and that the environment reaches it.
func TestLogOptions(t *testing.T) {
	for name, tt := range map[string]struct {
		environ []string
		want    string // for a record at info and one at warn
	}{
		"none":    {nil, "level=INFO msg=info took=1.5s\nlevel=WARN msg=warn took=1.5s\n"},
		"JSON":    {[]string{"SIDEKICK_LOG_FORMAT=json"}, `{"level":"INFO","msg":"info","took":1.5}` + "\n" + `{"level":"WARN","msg":"warn","took":1.5}` + "\n"},
		"text":    {[]string{"SIDEKICK_LOG_FORMAT=text", "SIDEKICK_LOG_LEVEL=debug"}, "level=INFO msg=info took=1.5s\nlevel=WARN msg=warn took=1.5s\n"},
		"a level": {[]string{"SIDEKICK_LOG_LEVEL=WARN"}, "level=WARN msg=warn took=1.5s\n"},
		"both":    {[]string{"SIDEKICK_LOG_LEVEL=error", "SIDEKICK_LOG_FORMAT=json"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _, err := sidekick.Load(sidekick.LoadOptions{Base: &sidekick.Config{}, Environ: append([]string{"X="}, tt.environ...)})
			if err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			logger := must[*slog.Logger](t)(cfg.Log.Logger(&log))
			logger.Info("info", "took", 1500*time.Millisecond)
			logger.Warn("warn", "took", 1500*time.Millisecond)
			got := regexp.MustCompile(`("time":"[^"]*",|time=\S+ )`).ReplaceAllString(log.String(), "")
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestWrongLogOptions checks that New and Logger report all that is wrong, wherever it was set.
func TestWrongLogOptions(t *testing.T) {
	t.Parallel()
	cfg, origins, _, err := load(t, sidekick.Production(), `{"log": {"format": "xml"}}`, "SIDEKICK_LOG_LEVEL=loud")
	if err != nil {
		t.Fatal(err)
	}
	_, err = sidekick.New(cfg)
	_, ofLogger := cfg.Log.Logger(io.Discard)
	for _, err := range []error{origins.Locate(err), ofLogger} {
		if err == nil || !strings.Contains(err.Error(), `: invalid value "xml": want "json" or "text"`) || !strings.Contains(err.Error(), `: invalid value "loud": want "debug", "info", "warn" or "error"`) {
			t.Errorf("got %v", err)
		}
	}
	if err := origins.Locate(err); !strings.Contains(err.Error(), "environment SIDEKICK_LOG_LEVEL: sidekick: log.level: ") || !strings.Contains(err.Error(), "sidekick.json:1:20: sidekick: log.format (SIDEKICK_LOG_FORMAT): ") {
		t.Errorf("got %v", err)
	}
}

// TestAnOwnLoggerMakesTheLogOptionsMoot checks that an operator who sets them learns that the
// program does not use them.
func TestAnOwnLoggerMakesTheLogOptionsMoot(t *testing.T) {
	t.Parallel()
	logger, log := newLogger()
	cfg := sidekick.Config{Logger: logger, Log: sidekick.LogOptions{Level: "error"}}
	cfg.Fingerprint.DangerouslyUnsigned = true
	kit := must[*sidekick.Kit](t)(sidekick.New(cfg))
	defer kit.Close()
	if got, _ := log.take(); len(got) != 1 || got[0]["level"] != "WARN" || got[0]["msg"] != "log.format and log.level have no effect: this program brings its own logger" {
		t.Errorf("got %v", got)
	}
}
