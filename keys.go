package sidekick

import (
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// keysVariable is the environment variable that holds the keys of the
// fingerprint cookie where the configuration has none.
const keysVariable = "SIDEKICK_FINGERPRINT_KEYS"

const maxKeysFile = 64 << 10

// fingerprintOptions says how clients are told apart, and warns where that
// does not outlive the process.
func (k *Kit) fingerprintOptions(bad *cfgerr.List) fingerprint.Options {
	f := &k.cfg.FingerprintOptions
	o := fingerprint.Options{
		Keys:                f.Keys,
		DangerouslyUnsigned: f.DangerouslyUnsigned,
		StaticElements:      f.OnlyStaticElements,
		OmitCookie:          !f.ToSetCookie,
		AcceptHeader:        f.AcceptHeader,
		CookieName:          f.CookieKey,
		Path:                f.Settings.Path,
		Domain:              f.Settings.Domain,
		MaxAge:              time.Duration(f.Settings.Expires) * time.Millisecond,
		Secure:              f.Settings.Secure,
		DisableHTTPOnly:     f.Settings.HTTPOnly != nil && !*f.Settings.HTTPOnly,
		SameSite:            sameSite(f.Settings.SameSite),
	}
	if len(o.Keys) > 0 || f.DangerouslyUnsigned {
		return o
	}
	if f.KeysFile != "" {
		text, err := readAtMost(f.KeysFile, maxKeysFile)
		if o.Keys = keysOf(string(text)); err != nil {
			bad.Add("fingerprintOptions.keysFile", f.KeysFile, "%v", err)
		} else if len(o.Keys) == 0 {
			bad.Add("fingerprintOptions.keysFile", f.KeysFile, "it has no key")
		}
	} else {
		o.Keys = keysOf(os.Getenv(keysVariable))
	}
	if len(o.Keys) == 0 {
		o.RandomKeys = true
		if f.KeysFile == "" {
			k.logger.Warn("the fingerprint cookie is signed with a random key: clients get new ids when this server restarts, and on every other server; set " + keysVariable + ", FingerprintOptions.KeysFile or FingerprintOptions.Keys")
		}
	}
	return o
}

// keysOf parts keys at commas and blanks.
func keysOf(text string) [][]byte {
	var keys [][]byte
	for _, key := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		keys = append(keys, []byte(key))
	}
	return keys
}

func sameSite(text string) http.SameSite {
	switch strings.ToLower(text) {
	case "strict":
		return http.SameSiteStrictMode
	case "none":
		return http.SameSiteNoneMode
	}
	return http.SameSiteLaxMode
}
