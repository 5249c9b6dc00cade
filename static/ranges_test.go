package static_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/static"
)

func TestRanges(t *testing.T) {
	large := strings.Repeat("0123456789", 40_000)
	h := dir(t, map[string]string{"3.txt": "abc", "0.txt": "", "10.txt": "0123456789", "large.txt": large})
	for _, tt := range []struct {
		name, target, field string
		status              int
		body, contentRange  string
	}{
		{"S20 suffix of nothing", "/3.txt", "bytes=-0", 416, "", "bytes */3"},
		{"S20 another unit", "/3.txt", "items=0-1", 200, "abc", ""},
		{"S20 end before start", "/3.txt", "bytes=2-1", 200, "abc", ""},
		{"S20 past the end", "/3.txt", "bytes=5-9", 416, "", "bytes */3"},
		{"S20 all of an empty file", "/0.txt", "bytes=0-", 200, "", ""},
		{"S20 a suffix of an empty file", "/0.txt", "bytes=-5", 200, "", ""},
		{"S20 past an empty file", "/0.txt", "bytes=1-", 200, "", ""},
		{"S20 the beginning of an empty file", "/0.txt", "bytes=0-1023", 200, "", ""},
		{"S20 several ranges of an empty file", "/0.txt", "bytes=0-1,5-", 200, "", ""},
		{"S20 suffix of nothing of an empty file", "/0.txt", "bytes=-0", 200, "", ""},
		{"one byte", "/3.txt", "bytes=0-0", 206, "a", "bytes 0-0/3"},
		{"from the middle", "/3.txt", "bytes=1-", 206, "bc", "bytes 1-2/3"},
		{"suffix", "/3.txt", "bytes=-2", 206, "bc", "bytes 1-2/3"},
		{"suffix longer than the file", "/3.txt", "bytes=-9", 206, "abc", "bytes 0-2/3"},
		{"end past the end", "/3.txt", "bytes=1-99999999999999999999999", 206, "bc", "bytes 1-2/3"},
		{"start beyond all numbers", "/3.txt", "bytes=99999999999999999999999-", 416, "", "bytes */3"},
		{"white space in the list", "/3.txt", "bytes= 0-0 ,\t, 1-1 ", 206, "ab", "bytes 0-1/3"},
		{"upper case unit", "/3.txt", "Bytes=0-0", 206, "a", "bytes 0-0/3"},
		{"overlapping become one", "/10.txt", "bytes=0-3,2-5", 206, "012345", "bytes 0-5/10"},
		{"touching become one", "/10.txt", "bytes=5-6,0-4", 206, "0123456", "bytes 0-6/10"},
		{"one of two outside", "/3.txt", "bytes=9-9,1-1", 206, "b", "bytes 1-1/3"},
		{"no ranges", "/3.txt", "bytes=", 200, "abc", ""},
		{"only commas", "/3.txt", "bytes=,,", 200, "abc", ""},
		{"no equals", "/3.txt", "bytes 0-1", 200, "abc", ""},
		{"a sign", "/3.txt", "bytes=+0-1", 200, "abc", ""},
		{"two signs", "/3.txt", "bytes=--1", 200, "abc", ""},
		{"hex", "/3.txt", "bytes=0x0-1", 200, "abc", ""},
		{"nothing", "/3.txt", "bytes=-", 200, "abc", ""},
		{"a fault beside a good one", "/3.txt", "bytes=0-0,x", 200, "abc", ""},
		{"space within", "/3.txt", "bytes=0 - 1", 200, "abc", ""},
		{"S21 1300 overlapping", "/10.txt", "bytes=" + strings.Repeat("0-,", 1299) + "0-", 200, "0123456789", ""},
		{"S21 200 overlapping", "/10.txt", "bytes=" + strings.Repeat("0-4,", 200), 206, "01234", "bytes 0-4/10"},
		{"large file, from the disk", "/large.txt", "bytes=200000-200004", 206, "01234", "bytes 200000-200004/400000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := ask(h, "GET", tt.target, "Range: "+tt.field)
			body := tt.body
			if tt.status == 416 {
				body = "that range is not within the file"
			}
			want(t, resp, tt.status, body)
			wantField(t, resp, "Content-Range", tt.contentRange)
			if resp.ContentLength != int64(len(body)) {
				t.Errorf("Content-Length: got %d, want %d", resp.ContentLength, len(body))
			}
			if resp := ask(h, "HEAD", tt.target, "Range: "+tt.field); resp.StatusCode != 200 {
				t.Errorf("HEAD: got %d, want 200: a range is for GET alone", resp.StatusCode)
			}
		})
	}
	t.Run("two Range fields", func(t *testing.T) {
		want(t, ask(h, "GET", "/3.txt", "Range: bytes=0-0", "Range: bytes=1-1"), 200, "abc")
	})
	t.Run("S21 4000 single bytes", func(t *testing.T) {
		var b strings.Builder
		for i := range 4000 {
			fmt.Fprintf(&b, "%d-%d,", 2*i, 2*i)
		}
		want(t, ask(h, "GET", "/large.txt", "Range: bytes="+b.String()), 200, large)
	})
	t.Run("S21 sixteen parts are the most", func(t *testing.T) {
		list := func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "%d-%d,", 100*i, 100*i+1)
			}
			return b.String()
		}
		if resp := ask(h, "GET", "/large.txt", "Range: bytes="+list(16)); resp.StatusCode != 206 {
			t.Errorf("16: got %d, want 206", resp.StatusCode)
		}
		want(t, ask(h, "GET", "/large.txt", "Range: bytes="+list(17)), 200, large)
	})
	t.Run("switched off", func(t *testing.T) {
		off := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, map[string]string{"3.txt": "abc"}))}, MaxRanges: -1})
		resp := ask(off, "GET", "/3.txt", "Range: bytes=0-0")
		want(t, resp, 200, "abc")
		wantField(t, resp, "Accept-Ranges", "")
	})
}

func TestMultipartRanges(t *testing.T) {
	large := strings.Repeat("0123456789", 40_000)
	// Without a charset, which a busy machine may not find in time.
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, map[string]string{"small.txt": "0123456789", "large.txt": large}))}, OmitCharset: true})
	for _, target := range []string{"/small.txt", "/large.txt"} {
		t.Run(target, func(t *testing.T) {
			resp := ask(h, "GET", target, "Range: bytes=8-8,0-1,4-5,1-2")
			if resp.StatusCode != 206 {
				t.Fatalf("got %d, want 206", resp.StatusCode)
			}
			body := bodyOf(t, resp)
			if resp.ContentLength != int64(len(body)) {
				t.Errorf("Content-Length: got %d, want %d", resp.ContentLength, len(body))
			}
			typ, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
			if err != nil || typ != "multipart/byteranges" {
				t.Fatalf("got type %q (%v), want multipart/byteranges", typ, err)
			}
			wantField(t, resp, "Content-Range", "")
			var got []string
			for mr := multipart.NewReader(strings.NewReader(body), params["boundary"]); ; {
				p, err := mr.NextPart()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				content, err := io.ReadAll(p)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, p.Header.Get("Content-Type")+" "+strings.TrimPrefix(p.Header.Get("Content-Range"), "bytes ")+" "+string(content))
			}
			size := map[string]string{"/small.txt": "10", "/large.txt": "400000"}[target]
			parts := strings.Join(got, "; ")
			if want := fmt.Sprintf("text/plain 8-8/%[1]s 8; text/plain 0-2/%[1]s 012; text/plain 4-5/%[1]s 45", size); parts != want {
				t.Errorf("got %s\nwant %s", parts, want)
			}
		})
	}
}
