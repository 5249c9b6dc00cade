package routing

import (
	"fmt"
	"strings"
	"testing"
)

func TestFoldWord(t *testing.T) {
	for c := range 256 {
		want := byte(c)
		if 'A' <= c && c <= 'Z' {
			want += 'a' - 'A'
		}
		// The neighbours would show a carry.
		for _, next := range []uint64{0, 'A', 'Z', 0x7f, 0x80, 0xff} {
			if got := byte(foldWord(next|uint64(c)<<8|next<<16) >> 8); got != want {
				t.Errorf("%#x beside %#x: got %#x, want %#x", c, next, got, want)
			}
		}
	}
}

func TestLiterals(t *testing.T) {
	for _, count := range []int{0, 1, 2, 3, 4, 5, 7, 8, 16, 100, 1000, 20000} {
		var keys []string
		// Characters that differ only in the bit that distinguishes the case of letters are not
		// equal.
		for _, k := range []string{"a@", "a`", "é", "É", "^", "~", "@", "`"} {
			if len(keys) < count {
				keys = append(keys, k)
			}
		}
		for i := len(keys); i < count; i++ {
			keys = append(keys, strings.Repeat("k", i%40)+fmt.Sprint(i))
		}
		slots := make([]slot, len(keys))
		for i, at := 0, 0; i < len(keys); i++ {
			slots[i] = slot{uint32(at), uint32(len(keys[i])), link{first: int32(i)}}
			at += len(keys[i])
		}
		all := strings.Join(keys, "")
		l := newLiterals(keys, slots)
		if len(l.slots) > 8*count {
			t.Errorf("%d keys: %d slots", count, len(l.slots))
		}
		for i, k := range keys {
			if got := l.get(all, k); got.first != int32(i) {
				t.Fatalf("%d keys: %q: got %d, want %d", count, k, got.first, i)
			}
			upper := strings.Map(func(r rune) rune {
				if 'a' <= r && r <= 'z' {
					r -= 'a' - 'A'
				}
				return r
			}, k)
			if got := l.get(all, upper); got.first != int32(i) {
				t.Fatalf("%d keys: %q: got %d, want %d", count, upper, got.first, i)
			}
			for _, other := range []string{"", k + "x", k[1:], "x" + k} {
				if got := l.get(all, other); got != nowhere && keys[got.first] != other {
					t.Fatalf("%d keys: %q: got %q", count, other, keys[got.first])
				}
			}
		}
	}
}
