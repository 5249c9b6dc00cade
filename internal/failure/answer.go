package failure

import (
	"errors"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Answer calls answer, which is somebody else's, to answer err, and then log
// unless err is logged already or something was logged meanwhile: also when
// answer panics.
func Answer(rec *facts.Record, err error, answer, log func()) {
	before, outer := rec.BeginAnswer(err)
	defer func() {
		rec.EndAnswer(outer)
		if rec.Logs() == before && !rec.IsLogged(err) {
			log()
		}
	}()
	answer()
}

// Whole returns err together with the error that the record says is being
// answered by it, if that is another one.
func Whole(rec *facts.Record, err error) error {
	asked := rec.Answering()
	switch {
	case asked == nil || errors.Is(err, asked):
		return err
	case err == nil || errors.Is(asked, err):
		return asked
	}
	return errors.Join(asked, err)
}
