package sidekick_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"

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
		"the zero value":                 {sidekick.Config{}, 0, 0},
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
