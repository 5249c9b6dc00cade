package dispatch_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

// closing counts how often folders are closed.
type closing struct {
	namedFiles
	closed *int
}

func (c closing) Close() error { *c.closed++; return nil }

func TestCloseClosesFolders(t *testing.T) {
	closed := 0
	o := dispatch.Options{
		Routes: dispatch.Routes{{Method: "get", Path: "/d", Dir: "one"}, {Method: "get", Path: "/e", Dir: "one"}, {Method: "get", Path: "/f", Dir: "two"}},
		Folder: func(string) (dispatch.Files, error) { return closing{closed: &closed}, nil },
	}
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil || closed != 2 {
		t.Errorf("closed %d folders, want 2 (%v)", closed, err)
	}
	o.Timeout = -1
	if _, err := dispatch.New(o); err == nil || closed != 4 {
		t.Errorf("a dispatcher that cannot be made: closed %d folders in all, want 4 (%v)", closed, err)
	}
}
