package failure

import (
	"errors"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Answer calls answer, a function from outside this package, to answer err. Then it calls log,
// unless err is logged already or something was logged meanwhile. It also does so if answer
// panics.
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

// Whole returns err joined with the error that, according to the record, it answers, if they
// differ.
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
