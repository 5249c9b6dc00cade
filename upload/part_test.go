package upload_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
)

func TestEach(t *testing.T) {
	store := &failingStore{failCreate: true} // must not be called
	p, _ := newParser(t, upload.Options{Store: store, MaxFileBytes: 5})
	var got bytes.Buffer
	each := func(_ context.Context, part *upload.Part) error {
		fmt.Fprintf(&got, "%s %v %q %q: ", part.Field, part.File, part.Name, part.Type)
		if part.Field == "past" {
			return nil
		}
		_, err := io.Copy(&got, part)
		got.WriteString("\n")
		return err
	}
	err := p.Each(httptest.NewRecorder(), request(form(field("a", "1"), field("past", "zzz"), file("f", "n.bin", "12345"))), each)
	if err != nil {
		t.Fatal(err)
	}
	want := "a false \"\" \"\": 1\npast false \"\" \"\": f true \"n.bin\" \"application/octet-stream\": 12345\n"
	if got.String() != want {
		t.Errorf("got  %q\nwant %q", got.String(), want)
	}

	stop := errors.New("stop")
	err = p.Each(httptest.NewRecorder(), request(form(field("a", "1"))), func(context.Context, *upload.Part) error { return stop })
	if err != stop {
		t.Errorf("got %v, want the function's error as it is", err)
	}
	err = p.Each(httptest.NewRecorder(), request(form(file("f", "f", "123456"))), func(_ context.Context, part *upload.Part) error {
		_, _ = io.ReadAll(part) // the error counts even if it is dropped here
		return nil
	})
	wantError(t, err, upload.ErrFileTooLarge, 413)
}

func TestReadInSmallSteps(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	value := strings.Repeat("0123456789", 1000)
	err := p.Each(httptest.NewRecorder(), request(form(file("f", "f", value))), func(_ context.Context, part *upload.Part) error {
		var got []byte
		for b := make([]byte, 7); ; {
			n, err := part.Read(b)
			got = append(got, b[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
		if string(got) != value {
			t.Errorf("got %d bytes, not what was sent", len(got))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
