package static_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sidekick-http/sidekick/static"
)

// frame is the header of a zstd frame and a last block with a letter.
func frame(header ...byte) string {
	return "\x28\xb5\x2f\xfd" + string(header) + "\x09\x00\x00a"
}

// skippable is a frame that a decoder skips.
func skippable(content string) string {
	return "\x5a\x2a\x4d\x18" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(content)))) + content
}

func size(n uint64, bytes int) []byte { return binary.LittleEndian.AppendUint64(nil, n)[:bytes] }

func TestNeighboursThatClientsMayRefuse(t *testing.T) {
	for _, tt := range []struct {
		name, coding, content string
		refused               bool
	}{
		{"window of 1 KiB", "zstd", frame(0x00, 0x00), false},
		{"window of 8 MiB", "zstd", frame(0x00, 13<<3), false},
		{"window of 9 MiB", "zstd", frame(0x00, 13<<3|1), true},
		{"window of 16 MiB", "zstd", frame(0x00, 14<<3), true},
		{"window of 128 MiB, as by --ultra --long", "zstd", frame(0x04, 17<<3), true},
		{"the largest window", "zstd", frame(0x00, 0xff), true},
		{"one segment of 5 bytes", "zstd", frame(0x20, 5), false},
		{"one segment of 300 bytes", "zstd", frame(append([]byte{0x60}, size(44, 2)...)...), false},
		{"one segment of 8 MiB", "zstd", frame(append([]byte{0xa0}, size(8<<20, 4)...)...), false},
		{"one segment of 8 MiB and a byte", "zstd", frame(append([]byte{0xa0}, size(8<<20+1, 4)...)...), true},
		{"one segment of 2^63 bytes", "zstd", frame(append([]byte{0xe0}, size(1<<63, 8)...)...), true},
		{"a dictionary", "zstd", frame(0x01, 0x00, 7), true},
		{"a skippable frame first", "zstd", skippable("note") + frame(0x00, 0x00), false},
		{"a large window behind skippable frames", "zstd", skippable("") + skippable(strings.Repeat("x", 70_000)) + frame(0x00, 0xff), true},
		{"skippable frames for ever", "zstd", strings.Repeat(skippable(""), 100), true},
		{"a skippable frame that ends early", "zstd", skippable("note")[:10], true},
		{"cut behind the magic number", "zstd", "\x28\xb5\x2f\xfd", true},
		{"cut in the window", "zstd", "\x28\xb5\x2f\xfd\x00", true},
		{"cut in the size", "zstd", "\x28\xb5\x2f\xfd\xe0\x00\x00", true},
		{"something else", "zstd", "plain", false},
		{"three bytes", "zstd", "abc", false},
		{"nothing", "zstd", "", true},
		{"nothing", "gzip", "", true},
		{"nothing", "br", "", true},
		{"brotli", "br", "\x0b\x02\x80hello\x03", false},
		{"brotli with a window of 16 MiB", "br", "\x0f", false},
		{"brotli with a large window", "br", "\x11\x18", true},
		{"gzip", "gzip", "\x1f\x8b\x08", false},
	} {
		t.Run("S22 "+tt.coding+" "+tt.name, func(t *testing.T) {
			if got := static.Undecodable(strings.NewReader(tt.content), tt.coding); got != tt.refused {
				t.Errorf("got %v, want %v", got, tt.refused)
			}
			ext := map[string]string{"zstd": ".zst", "br": ".br", "gzip": ".gz"}[tt.coding]
			base := tree(t, map[string]string{"a.js": "plain", "a.js" + ext: tt.content})
			h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, Precompressed: []string{tt.coding}})
			for range 2 { // the second time from memory
				resp := ask(h, "GET", "/a.js", "Accept-Encoding: "+tt.coding)
				if tt.refused {
					want(t, resp, 200, "plain")
					wantField(t, resp, "Content-Encoding", "")
				} else {
					want(t, resp, 200, tt.content)
					wantField(t, resp, "Content-Encoding", tt.coding)
				}
			}
			// A repaired file is used.
			write(t, base+"/a.js"+ext, false, "good and mended")
			want(t, ask(h, "GET", "/a.js", "Accept-Encoding: "+tt.coding), 200, "good and mended")
		})
	}
}

// FuzzUndecodable checks that frames are read like by the decoder of another
// library.
func FuzzUndecodable(f *testing.F) {
	for _, s := range []string{frame(0, 0), frame(0, 0xff), frame(0x20, 5), frame(0x60, 1, 2), frame(0xa0, 1, 2, 3, 4), frame(0xe0, 1, 2, 3, 4, 5, 6, 7, 8), frame(0x40, 0, 1, 2), frame(1, 0, 7), skippable("x") + frame(0, 0xff), "abc"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got := static.Undecodable(bytes.NewReader(content), "zstd")
		var head zstd.Header
		if len(content) < 4 || head.Decode(content) != nil || head.Skippable {
			return // not a frame, or not this one
		}
		window := head.WindowSize
		if head.SingleSegment {
			window = head.FrameContentSize
		}
		if want := window > 8<<20 || content[4]&3 != 0; got != want {
			t.Fatalf("%x: got %v, want %v for %+v", content, got, want, head)
		}
	})
}
