package idempotency_test

import (
	"math"
	"slices"
	"testing"

	"github.com/sidekick-http/sidekick/idempotency"
)

func TestConfigErrors(t *testing.T) {
	_, err := idempotency.New(idempotency.Options{
		Methods: []string{"POST", "put", "A B", ""}, Field: "a b", MaxKeyBytes: 5000, KeepFor: -1, Lease: 1, MaxAnswerBytes: math.MaxInt32,
		Documentation: "a <b>", StoreTimeout: -1, StoreFailures: -1, StorePause: -1, Fallback: 2,
	})
	want := []string{"Methods[1]", "Methods[2]", "Methods[3]", "Field", "MaxKeyBytes", "MaxAnswerBytes", "KeepFor", "Lease", "Documentation", "StoreTimeout", "StoreFailures", "StorePause", "Fallback"}
	if got := fieldsOf(err); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	_, err = idempotency.New(idempotency.Options{MaxKeyBytes: 10})
	if got := fieldsOf(err); !slices.Equal(got, []string{"MinSharedKeyBytes"}) {
		t.Errorf("got %q", got)
	}
	for _, fine := range []string{"", "/docs#keys", "https://example.com/docs?a=b"} {
		if _, err := idempotency.New(idempotency.Options{Documentation: fine, MinSharedKeyBytes: -1, Wait: -1}); err != nil {
			t.Errorf("%q: %v", fine, err)
		}
	}
}

func TestFallbackText(t *testing.T) {
	for _, f := range []idempotency.Fallback{idempotency.FallbackClosed, idempotency.FallbackOpen} {
		text, err := f.MarshalText()
		var got idempotency.Fallback
		if err != nil || got.UnmarshalText(text) != nil || got != f || f.String() != string(text) {
			t.Errorf("%v: got %q, %v", f, text, err)
		}
	}
	if _, err := idempotency.Fallback(2).MarshalText(); err == nil {
		t.Error("an unknown one was written")
	}
	if new(idempotency.Fallback).UnmarshalText([]byte("Open")) == nil {
		t.Error("an unknown one was read")
	}
}
