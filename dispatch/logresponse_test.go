package dispatch_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func TestLoggedResponsesHideMembersOfLists(t *testing.T) {
	t.Parallel()
	type user struct {
		Name  string         `json:"name"`
		Token string         `json:"token"`
		ID    int64          `json:"id"`
		Card  map[string]any `json:"card,omitempty"`
	}
	a := user{Name: "a", Token: "secret", ID: 9007199254740993}
	for _, tt := range []struct {
		name   string
		result any
		want   string
	}{
		{"an object", a, `{"id":9007199254740993,"name":"a","token":"[FILTERED]"}`},
		{"a list", []user{a, a}, `[{"id":9007199254740993,"name":"a","token":"[FILTERED]"},{"id":9007199254740993,"name":"a","token":"[FILTERED]"}]`},
		{"a list of lists", [][]user{{a}, nil}, `[[{"id":9007199254740993,"name":"a","token":"[FILTERED]"}],null]`},
		{"a member of a member", []any{map[string]any{"card": map[string]any{"pin": 1, "n": 1e21}, "pin": 2}}, `[{"card":{"n":1e+21,"pin":"[FILTERED]"},"pin":2}]`},
		{"a member that the function names", []any{map[string]any{"mail": "m", "mails": "n"}}, `[{"mail":"[FILTERED]","mails":"n"}]`},
		{"JSON in a string", `[{"token":"secret"}]`, `"[FILTERED]"`},
		{"a string", "token", `"token"`},
		{"a long list", make([]user, 11), `"11 items"`},
		{"a number", int64(9007199254740993), "9007199254740993"},
		{"nothing", nil, "null"},
		{"what is not JSON", func() {}, "null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log logBuffer
			d, err := dispatch.New(dispatch.Options{
				Actions:      []dispatch.Action{{Name: "a", Run: func(context.Context, *dispatch.Connection) (any, error) { return tt.result, nil }}},
				LogResponses: true, FilteredResponse: []string{"token", "card.pin"},
				FilteredResponseFunc: func(context.Context) []string { return []string{"mail"} },
				Logger:               slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo})),
			})
			if err != nil {
				t.Fatal(err)
			}
			d.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/a", nil))
			var got struct {
				Msg      string          `json:"msg"`
				Response json.RawMessage `json:"response"`
			}
			first, _, _ := strings.Cut(log.String(), "\n") // a result that cannot be encoded is logged as an error, too
			if err := json.Unmarshal([]byte(first), &got); err != nil || got.Msg != "response" || string(got.Response) != tt.want {
				t.Errorf("got %s, want %s (%v): %s", got.Response, tt.want, err, first)
			}
		})
	}
}
