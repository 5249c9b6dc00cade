package actions

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestCacheExpiresAndStaysSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(3)
		c.save("a", "1", time.Second)
		if e, ok := c.load("a"); !ok || e.value != "1" || e.created.IsZero() {
			t.Errorf("got %+v %v", e, ok)
		}
		time.Sleep(2 * time.Second)
		if _, ok := c.load("a"); ok {
			t.Error("it did not expire")
		}
		for i := range 10 {
			c.save(fmt.Sprint("k", i), "v", time.Duration(10+i)*time.Second)
			if c.size() > 3 {
				t.Fatalf("it holds %d values", c.size())
			}
		}
		if _, ok := c.load("k9"); !ok {
			t.Error("the newest was dropped")
		}
		if _, ok := c.load("k6"); ok {
			t.Error("what expires first stayed")
		}
		if !c.delete("k9") || c.delete("k9") {
			t.Error("delete tells the wrong thing")
		}
	})
}
