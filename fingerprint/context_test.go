package fingerprint_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/fingerprint"
)

func TestLogID(t *testing.T) {
	got := fingerprint.LogID(someID)
	if len(got) != 16 || strings.Contains(someID, got) || got != fingerprint.LogID(someID) || got == fingerprint.LogID(someID[1:]) {
		t.Errorf("F10: got %q", got)
	}
	if got := fingerprint.LogID(""); got != "" {
		t.Errorf("F10: got %q for nothing", got)
	}
}

func TestBesideOthers(t *testing.T) {
	f := signed(t)
	t.Run("an id from before is left alone", func(t *testing.T) {
		r := get()
		r = r.WithContext(fingerprint.NewContext(r.Context(), "someone"))
		if v := send(t, f, r, nil); v.id != "someone" || v.cookie != nil {
			t.Errorf("got id %q and cookie %v, want someone and none", v.id, v.cookie)
		}
	})
	t.Run("mounted twice", func(t *testing.T) {
		var id string
		h := f.Handler(f.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			id, _ = fingerprint.FromContext(r.Context())
		})))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, get())
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("got cookies %v, want one", cookies)
		}
		if got, _ := f.Of(withCookie(cookies[0].Value)); got != id {
			t.Errorf("the cookie holds %q, the handler saw %q", got, id)
		}
	})
	t.Run("cookies of the handler are kept", func(t *testing.T) {
		v := send(t, f, get(), func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
			_, _ = io.WriteString(w, "x")
		})
		if len(v.res.Cookies()) != 3 {
			t.Errorf("got %v, want three cookies", v.res.Header)
		}
	})
	t.Run("a handler that sets this very cookie", func(t *testing.T) {
		v := send(t, f, get(), func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "sessionID", Value: "own"})
		})
		if v.value() != "own" {
			t.Errorf("got %v, want the handler's cookie alone", v.res.Header)
		}
	})
	t.Run("a handler that knows the client from elsewhere", func(t *testing.T) {
		v := send(t, f, get(), func(_ http.ResponseWriter, r *http.Request) {
			fingerprint.NewContext(r.Context(), "someone")
		})
		if v.cookie != nil {
			t.Errorf("got %v, want no cookie", v.res.Header)
		}
	})
	t.Run("a plain context", func(t *testing.T) {
		if id, ok := fingerprint.FromContext(context.Background()); ok || id != "" {
			t.Errorf("got %q, %v, want nothing", id, ok)
		}
		if id, ok := fingerprint.FromContext(fingerprint.NewContext(context.Background(), "someone")); !ok || id != "someone" {
			t.Errorf("got %q, %v, want someone", id, ok)
		}
	})
}
