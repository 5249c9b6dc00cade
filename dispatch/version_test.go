package dispatch_test

import (
	"context"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func TestVersionsOfSeveralParts(t *testing.T) {
	versions := func(vs ...string) dispatch.Options {
		var o dispatch.Options
		for _, v := range vs {
			a := action("a", nil)
			a.Version = v
			a.Run = func(context.Context, *dispatch.Connection) (any, error) { return map[string]any{"version": v}, nil }
			o.Actions = append(o.Actions, a)
		}
		return o
	}
	for _, tt := range []struct {
		versions []string
		newest   string
	}{
		{[]string{"1.9.0", "1.10.0"}, "1.10.0"},
		{[]string{"1.10.0", "1.9.0", "1.9.12"}, "1.10.0"},
		{[]string{"2", "1.10.0"}, "2"},
		{[]string{"1.2", "1.10.0"}, "1.10.0"},
		{[]string{"10", "9"}, "10"},
		{[]string{"1.5", "1.25.0", "beta"}, "1.25.0"},
		{[]string{"zulu", "alpha"}, "zulu"},
	} {
		d, _ := newDispatcher(t, versions(tt.versions...))
		if got := ask(t, d, "GET", "/a", "").object()["version"]; got != tt.newest {
			t.Errorf("%v: the newest is %v, want %s", tt.versions, got, tt.newest)
		}
		for _, v := range tt.versions {
			if got := ask(t, d, "GET", "/a?apiVersion="+v, "").object()["version"]; got != v {
				t.Errorf("%v: asked for %s, got %v", tt.versions, v, got)
			}
		}
	}
	for _, pair := range [][]string{{"1.9", "1.10"}, {"1.1", "1.10"}, {"2.6", "2.50"}} {
		if _, err := dispatch.New(versions(pair...)); err == nil {
			t.Errorf("%v: got no error", pair)
		}
	}
	for pair, want := range map[[2]string]string{
		{"1.1", "1.10"}: `Actions[1] ("a").Version: invalid value "1.10": it equals 1.1, which another action of this name has`,
		{"1", "1.0"}:    `Actions[1] ("a").Version: invalid value "1.0": it equals 1, which another action of this name has`,
		{"2", "2"}:      `Actions[1] ("a").Version: invalid value "2": another action of this name has this version already`,
	} {
		if _, err := dispatch.New(versions(pair[:]...)); err == nil || err.Error() != "dispatch: "+want {
			t.Errorf("%v: got %v, want %s", pair, err, want)
		}
	}
	if _, err := dispatch.New(versions("1.25", "1.50")); err != nil {
		t.Errorf("versions with as many digits: %v", err)
	}
	o := versions("2")
	o.Routes = dispatch.Routes{{Method: "get", Path: "/r", Action: "a", APIVersion: int64(2)}, {Method: "get", Path: "/s", Action: "a", APIVersion: uint8(2)}}
	if _, err := dispatch.New(o); err != nil {
		t.Errorf("integers of other types: %v", err)
	}
}
