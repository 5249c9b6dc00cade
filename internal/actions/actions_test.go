package actions

import (
	"strconv"
	"sync"
	"testing"
	"time"
)

// Requests with one key do not delete each other's value.
func TestTryAtTheSameTime(t *testing.T) {
	cache := newMemory()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			value := strconv.Itoa(i)
			got, err := cache.Try(t.Context(), "key", value, time.Second)
			if err != nil || got.Value != value || got.Size != 1 || !got.Deleted || got.Created.IsZero() {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	if len(cache.byKey) != 0 {
		t.Errorf("%d values are left", len(cache.byKey))
	}
}
