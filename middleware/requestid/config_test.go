package requestid_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/middleware/requestid"
)

func TestNoSetterComesWithAnError(t *testing.T) {
	if s, err := requestid.New(requestid.Options{Header: "a b"}); s != nil || err == nil {
		t.Errorf("got %v, %v", s, err)
	}
}
