package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const target = "/api/hello/world?greeting=hi&mood=fine"

// answer is the envelope as a peer's author would write it.
type answer struct {
	Hello    string    `json:"hello"`
	Greeting string    `json:"greeting"`
	Mood     string    `json:"mood"`
	Server   server    `json:"serverInformation"`
	Client   requester `json:"requesterInformation"`
}

type server struct {
	ServerName      string `json:"serverName"`
	APIVersion      string `json:"apiVersion"`
	RequestDuration int64  `json:"requestDuration"`
	CurrentTime     int64  `json:"currentTime"`
}

type requester struct {
	ID             string            `json:"id"`
	Fingerprint    string            `json:"fingerprint,omitempty"`
	MessageID      string            `json:"messageId"`
	RemoteIP       string            `json:"remoteIP"`
	ReceivedParams map[string]string `json:"receivedParams"`
}

// fill makes the answer from what every router gives: the request and the
// path's variable.
func fill(r *http.Request, name string) (*answer, error) {
	start := time.Now()
	q := r.URL.Query()
	greeting, mood := q.Get("greeting"), q.Get("mood")
	if greeting == "" {
		return nil, fmt.Errorf("greeting is required")
	}
	id := uuid.NewString()
	c := requester{ID: id, MessageID: id, ReceivedParams: map[string]string{"action": "hello", "name": name, "greeting": greeting, "mood": mood}}
	if client, ok := clientOf(r); ok {
		c.ID, c.Fingerprint = client+"-"+id, client
	}
	c.RemoteIP, _, _ = net.SplitHostPort(r.RemoteAddr)
	now := time.Now()
	return &answer{
		Hello: name, Greeting: greeting, Mood: mood,
		Server: server{"Sidekick API", "1.0.0", now.Sub(start).Milliseconds(), now.UnixMilli()},
		Client: c,
	}, nil
}

func write(w http.ResponseWriter, a *answer, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	b, err := json.Marshal(a)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b) // the client checks what it got
}

// canned returns what the others make.
func canned() ([]byte, error) {
	r, err := http.NewRequest("GET", target, nil)
	if err != nil {
		return nil, err
	}
	r.RemoteAddr = "127.0.0.1:12345"
	a, err := fill(r, "world")
	if err != nil {
		return nil, err
	}
	return json.Marshal(a)
}

// floor sends what the others make, from memory.
func floor() (http.Handler, error) {
	body, err := canned()
	if err != nil {
		return nil, err
	}
	length := strconv.Itoa(len(body))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Content-Type"] = []string{"application/json; charset=utf-8"}
		h["Content-Length"] = []string{length}
		_, _ = w.Write(body)
	}), nil
}

// floorFields is floor with the header fields and the cookie of a whole chain,
// none of which it works for: what net/http itself takes for them.
func floorFields() (http.Handler, error) {
	body, err := canned()
	if err != nil {
		return nil, err
	}
	cookie := &http.Cookie{Name: cookieName, Value: strings.Repeat("0123", 24), Path: "/"} // as long as a signed one
	length := strconv.Itoa(len(body))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, f := range fixed {
			h[f[0]] = []string{f[1]}
		}
		h["Vary"] = []string{"Accept-Encoding"}
		h["Content-Type"] = []string{"application/json; charset=utf-8"}
		h["Content-Length"] = []string{length}
		if len(r.Header["Cookie"]) == 0 {
			http.SetCookie(w, cookie)
		}
		_, _ = w.Write(body)
	}), nil
}
