package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/sidekick-http/sidekick/envelope"
)

// book is a book as the old server keeps it.
type book struct {
	ID     int64  `json:"id"`
	Title  string `json:"title"`
	Author string `json:"author"`
	Pages  int64  `json:"pages"`
}

// data is what is in the file that both servers use.
type data struct {
	Last   int64            `json:"last"`
	Books  map[string]book  `json:"books"`
	Visits map[string]int64 `json:"visits"`
}

var turn sync.Mutex

func readData() (d data, err error) {
	text, err := os.ReadFile(os.Getenv("SHELF_DATA"))
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(text, &d)
}

// changeData has f change the data, and keeps it unless f fails.
func changeData(f func(*data) error) error {
	turn.Lock()
	defer turn.Unlock()
	d, err := readData()
	if err != nil {
		return err
	}
	if err := f(&d); err != nil {
		return err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return os.WriteFile(os.Getenv("SHELF_DATA"), text, 0o600)
}

func (d *data) find(id int64) (book, error) {
	b, ok := d.Books[strconv.FormatInt(id, 10)]
	if !ok {
		return b, envelope.Errorf(http.StatusNotFound, "no such book")
	}
	return b, nil
}
