package fingerprint

import (
	"io/fs"
	"strings"
	"unicode"

	"github.com/sidekick-http/sidekick/internal/bounded"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

const maxKeysFile = 64 << 10

// readKeys reads the file of keys, unless Keys are given.
func (o *Options) readKeys() error {
	if o.KeysFile == "" || len(o.Keys) > 0 {
		return nil
	}
	errs := cfgerr.For("fingerprint")
	text, err := bounded.ReadRegular(o.KeysFile, maxKeysFile)
	if err != nil {
		if named, ok := err.(*fs.PathError); ok {
			err = named.Err // the name is shown as the value
		}
		errs.Add("KeysFile", o.KeysFile, "%v", err)
		return errs.Err()
	}
	const byteOrderMark = '\uFEFF' // editors on Windows put it first, and it must not become part of a key
	for key := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return r == ',' || r == byteOrderMark || unicode.IsSpace(r) }) {
		o.Keys = append(o.Keys, []byte(key))
	}
	for i, key := range o.Keys {
		if len(key) < minKeyBytes { // a key must not be printed in an error
			errs.Add("KeysFile", o.KeysFile, "key %d in it has %d bytes: want %d or more", i+1, len(key), minKeyBytes)
		}
	}
	if len(o.Keys) == 0 {
		errs.Add("KeysFile", o.KeysFile, "it has no key")
	}
	if err = errs.Err(); err != nil {
		o.Keys = nil
	}
	return err
}
