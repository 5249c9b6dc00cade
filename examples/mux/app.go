package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// These are the handlers of the existing server. Some know nothing about Sidekick;
// the others read from the context what a piece found out.

func hello(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }

// report is long enough to be worth compressing.
func report(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, strings.Repeat("nothing to report\n", 200))
}

func weather(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"city": "Oslo", "degrees": 21})
}

func crash(http.ResponseWriter, *http.Request) { panic("a bug") }

// whoami shows what the pieces around it know about the client.
func whoami(w http.ResponseWriter, r *http.Request) {
	id, known := fingerprint.FromContext(r.Context())
	client, _ := clientaddr.FromContext(r.Context())
	writeJSON(w, map[string]any{"address": client.Addr().String(), "id": id, "known": known})
}

// search responds with its parameters.
func search(w http.ResponseWriter, r *http.Request) {
	set, ok := params.FromContext(r.Context())
	if !ok {
		http.Error(w, "no params", http.StatusInternalServerError)
		return
	}
	words, _ := set.Values.Strings("word")
	limit, ok := set.Values.Int("limit")
	if !ok {
		limit = 10
	}
	city, _ := set.Values.Lookup("where", "city")
	writeJSON(w, map[string]any{"words": words, "limit": limit, "city": city})
}

// photos accepts files. They are deleted when it returns, unless it keeps them.
func photos(w http.ResponseWriter, r *http.Request) {
	form, ok := upload.FromContext(r.Context())
	if !ok {
		http.Error(w, "want multipart/form-data", http.StatusUnsupportedMediaType)
		return
	}
	title, _ := form.Value("title")
	var names []string
	for _, f := range form.Files {
		names = append(names, fmt.Sprintf("%s: %d bytes", f.Name, f.Size))
	}
	writeJSON(w, map[string]any{"title": title, "files": names})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v) // it fails only if the client has gone
}
