// Package check holds what every client sends, and what it must get.
package check

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
)

// What is sent and what comes back, as JSON.
const (
	Order = `{"id":7,"kind":"gift","count":3,"price":2.5,"due":"2026-01-02T03:04:05Z","tags":["red","blue"],
		"lines":[{"sku":"a","n":1},{"sku":"b & c","n":2}],"address":{"street":"Main Street","zip":"12345"}}`
	Receipt = `{"id":7,"total":7.5,"kind":"gift","due":"2026-01-02T03:04:05Z","tags":["red","blue"],
		"lines":[{"sku":"a","n":1},{"sku":"b & c","n":2}],"to":{"street":"Main Street","zip":"12345"}}`

	OrderWithoutLines = `{"id":7,"kind":"gift","count":3,"price":2.5,"due":"2026-01-02T03:04:05Z","tags":["red","blue"],
		"address":{"street":"Main Street","zip":"12345"}}`
	ReceiptWithoutLines = `{"id":7,"total":7.5,"kind":"gift","due":"2026-01-02T03:04:05Z","tags":["red","blue"],
		"to":{"street":"Main Street","zip":"12345"}}`

	Kinds = `{"id":"00112233-4455-6677-8899-aabbccddeeff","small":-5,"whole":7,"count":9007199254740993,"exact":"9007199254740993","ratio":0.5,
		"price":123456789.12,"number":1.5,"big":123,"yes":true,"text":"Jörg & Söhne","color":"red","level":"high","amount":"12.50",
		"when":"2026-01-02T03:04:05Z","wait":90000000000,"address":"10.0.0.1","data":"aGk=","raw":{"a":[1]},"any":[1,"x"],
		"words":["a","b c"],"numbers":[1,2],"times":["2026-01-02T03:04:05Z"],"grid":[[1],[2,3]],"pair":[1,2],"labels":{"a":"b"},
		"byNumber":{"5":6},"lines":[{"sku":"a","n":1}],"main":{"sku":"m","n":2},"other":{"sku":"o","n":3},
		"nested":{"deep":{"er":"x"}},"inside":"y"}`
)

// Of makes a value of JSON.
func Of[T any](text string) T {
	var v T
	OK(json.Unmarshal([]byte(text), &v))
	return v
}

// OK ends the program on an error.
func OK(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// Same ends the program unless both are equal.
func Same(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		fmt.Printf("%s: got %#v, want %#v\n", what, got, want)
		os.Exit(1)
	}
}

// Within ends the program unless a value has, as JSON, the members of want.
func Within(what string, got any, want string) {
	text, err := json.Marshal(got)
	OK(err)
	have, wanted := decoded(text), decoded([]byte(want))
	for name, value := range wanted {
		Same(what+": "+name, have[name], value)
	}
}

// Refused ends the program unless an error begins with a message.
func Refused(what, got, want string) {
	if !strings.HasPrefix(got, want) {
		fmt.Printf("%s: got the error %q, want %q\n", what, got, want)
		os.Exit(1)
	}
}

func decoded(text []byte) map[string]any {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v map[string]any
	OK(d.Decode(&v))
	return v
}
