package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	"gocloud.dev/blob/s3blob"

	"github.com/sidekick-http/sidekick/upload"
	sidekickblob "github.com/sidekick-http/sidekick/upload/blob"
)

// target is a bucket that tests can inspect.
type target struct {
	*blob.Bucket
	s3    *s3.Client                    // nil for other buckets
	hold  atomic.Pointer[chan struct{}] // requests wait for it, those that read only if reads
	reads atomic.Bool
	calls atomic.Int64
}

// targets runs a test for all kinds of buckets.
func targets(t *testing.T, test func(t *testing.T, b *target)) {
	for name, open := range map[string]func(*testing.T) *target{"s3": openS3, "file": openFile, "memory": openMemory} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			t.Cleanup(func() { _ = b.Close() })
			test(t, b)
		})
	}
}

func openMemory(*testing.T) *target { return &target{Bucket: memblob.OpenBucket(nil)} }

func openFile(t *testing.T) *target {
	t.Helper()
	dir := t.TempDir()
	base, _ := url.Parse("http://localhost/files")
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{NoTempDir: true, URLSigner: fileblob.NewURLSignerHMAC(base, []byte("secret"))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left := 0
		_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, _ error) error {
			if !d.IsDir() {
				left++
			}
			return nil
		})
		if left > 0 && !t.Failed() && strings.Contains(t.Name(), "Discard") {
			t.Errorf("%d files are left", left)
		}
	})
	return &target{Bucket: b}
}

// openS3 runs a server with the S3 protocol.
func openS3(t *testing.T) *target {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	return openFake(t, backend)
}

func openFake(t *testing.T, backend gofakes3.Backend) *target {
	t.Helper()
	b := &target{}
	fake := gofakes3.New(backend, gofakes3.WithoutVersioning()).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.calls.Add(1)
		if hold := b.hold.Load(); hold != nil && (r.Method == "PUT" || r.Method == "POST" || b.reads.Load()) {
			<-*hold
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b.s3 = s3.New(s3.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true,
		Credentials:                credentials.NewStaticCredentialsProvider("key", "secret", ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
	bucket, err := s3blob.OpenBucket(t.Context(), b.s3, "files", &s3blob.Options{RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired})
	if err != nil {
		t.Fatal(err)
	}
	b.Bucket = bucket
	return b
}

// keys lists what is in the bucket.
func (b *target) keys(t *testing.T) (keys []string) {
	t.Helper()
	for list := b.List(nil); ; {
		o, err := list.Next(context.Background())
		if err == io.EOF {
			return keys
		}
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
}

// isClean checks that nothing is left, not even parts.
func (b *target) isClean(t *testing.T) {
	t.Helper()
	if keys := b.keys(t); len(keys) > 0 {
		t.Errorf("left are %q", keys)
	}
	if b.s3 == nil {
		return
	}
	parts, err := b.s3.ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: aws.String("files")})
	var none smithy.APIError
	if errors.As(err, &none) && none.ErrorCode() == "NoSuchUpload" { // gofakes3's answer if there are none
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(parts.Uploads) > 0 {
		t.Errorf("%d uploads in parts are left", len(parts.Uploads))
	}
}

func newStore(t *testing.T, o sidekickblob.Options) *sidekickblob.Store {
	t.Helper()
	s, err := sidekickblob.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newParser(t *testing.T, b *target, o upload.Options) *upload.Parser {
	t.Helper()
	o.Store = newStore(t, sidekickblob.Options{Bucket: b.Bucket, Metadata: func(f *upload.File) map[string]string { return map[string]string{"field": f.Field} }})
	p, err := upload.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// form returns a request with a file for each content.
func form(kind string, contents ...[]byte) *http.Request {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i, content := range contents {
		p, _ := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name="f%d"; filename="../a.html"`, i)}, "Content-Type": {kind},
		})
		_, _ = p.Write(content)
	}
	_ = w.Close()
	r := httptest.NewRequest("POST", "/", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// A file in the bucket is what was sent, under a random key, with its type and hash. It can be
// read, and is deleted with its form unless it is kept.
func TestFiles(t *testing.T) {
	targets(t, func(t *testing.T, b *target) {
		p := newParser(t, b, upload.Options{Hash: "sha256"})
		contents := [][]byte{nil, []byte("small"), random(5<<20 + 1), random(20<<20 + 7)}
		f, err := p.Parse(nil, form("image/png", contents...))
		if err != nil {
			t.Fatal(err)
		}
		for i, file := range f.Files {
			o, ok := sidekickblob.Of(file)
			if !ok || !strings.HasPrefix(o.Key(), "uploads/") || len(o.Key()) != len("uploads/")+32 || file.Path != "" {
				t.Fatalf("got %T, path %q", file.Object(), file.Path)
			}
			r, err := file.Open()
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, contents[i]) {
				t.Errorf("file %d: got %d bytes, %v", i, len(got), err)
			}
			if _, err := r.Seek(int64(len(contents[i])/2), io.SeekStart); err != nil {
				t.Error(err)
			}
			if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, contents[i][len(contents[i])/2:]) {
				t.Errorf("file %d: the second half has %d bytes, %v", i, len(rest), err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if sum := sha256.Sum256(contents[i]); file.Hash != hex.EncodeToString(sum[:]) {
				t.Errorf("file %d: got the hash %s", i, file.Hash)
			}
			a, err := o.Attributes(t.Context())
			if err != nil || a.ContentType != "image/png" || a.ContentDisposition != "attachment" || a.Size != int64(len(contents[i])) || a.Metadata["field"] != fmt.Sprint("f", i) {
				t.Errorf("file %d: got %+v, %v", i, a, err)
			}
		}
		if err := f.Files[1].Keep(); err != nil {
			t.Fatal(err)
		}
		kept, _ := sidekickblob.Of(f.Files[1])
		moved := filepath.Join(t.TempDir(), "moved")
		if err := f.Files[2].MoveTo(moved); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(moved); err != nil || !bytes.Equal(got, contents[2]) {
			t.Errorf("moved: got %d bytes, %v", len(got), err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if keys := b.keys(t); len(keys) != 1 || keys[0] != kept.Key() {
			t.Errorf("left are %q, want the one that was kept", keys)
		}
	})
}

// Invalid types are not passed on.
func TestContentTypes(t *testing.T) {
	b := openMemory(t)
	p := newParser(t, b, upload.Options{})
	for declared, want := range map[string]string{
		"text/plain; charset=utf-8": "text/plain; charset=utf-8", "TEXT/HTML": "text/html",
		"nonsense": "application/octet-stream", "": "application/octet-stream", "a/b; c": "application/octet-stream",
	} {
		f, err := p.Parse(nil, form(declared, []byte("<html>")))
		if err != nil {
			t.Fatal(err)
		}
		o, _ := sidekickblob.Of(f.Files[0])
		if a, err := o.Attributes(t.Context()); err != nil || a.ContentType != want {
			t.Errorf("%q: got %q, %v", declared, a.ContentType, err)
		}
		_ = f.Close()
	}
}

// A failed upload leaves nothing, whatever the reason.
func TestDiscardLeavesNothing(t *testing.T) {
	targets(t, func(t *testing.T, b *target) {
		for _, size := range []int{0, 100, 6 << 20, 30 << 20} {
			whole := form("image/png", random(size), random(size))
			body, _ := io.ReadAll(whole.Body)
			for _, cut := range []int{len(body) - 10, len(body)/2 - 10} {
				p := newParser(t, b, upload.Options{})
				r := httptest.NewRequest("POST", "/", io.MultiReader(bytes.NewReader(body[:cut]), failing{}))
				r.Header = whole.Header.Clone()
				if f, err := p.Parse(nil, r); err == nil {
					t.Fatalf("%d bytes: got a form with %d files", cut, len(f.Files))
				}
				b.isClean(t)
			}
			p := newParser(t, b, upload.Options{MaxFileBytes: int64(max(1, size-1))})
			r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
			r.Header = whole.Header.Clone()
			if f, err := p.Parse(nil, r); size > 0 && err == nil {
				t.Errorf("a file over the limit: got %d files", len(f.Files))
			} else if err == nil {
				_ = f.Close()
			}
			b.isClean(t)
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// If a client disconnects in the middle, nothing is left; files kept before remain.
func TestClientLeaves(t *testing.T) {
	targets(t, func(t *testing.T, b *target) {
		p := newParser(t, b, upload.Options{ReadTimeout: 5 * time.Second})
		ended := make(chan error, 1)
		goOn := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, err := p.Parse(w, r)
			if err == nil {
				<-goOn
				<-r.Context().Done()
				err = errors.Join(f.Files[0].Keep(), f.Close())
			}
			ended <- err
		}))
		defer server.Close()

		ctx, leave := context.WithCancel(t.Context())
		body, w := io.Pipe()
		r, _ := http.NewRequestWithContext(ctx, "POST", server.URL, body)
		r.Header.Set("Content-Type", "application/octet-stream")
		go func() { _, _ = server.Client().Do(r) }()
		if _, err := w.Write(random(12 << 20)); err != nil {
			t.Fatal(err)
		}
		leave()
		if err := <-ended; err == nil {
			t.Error("half a file was taken")
		}
		b.isClean(t)

		ctx, leave = context.WithCancel(t.Context())
		whole := form("image/png", random(6<<20), random(6<<20))
		r, _ = http.NewRequestWithContext(ctx, "POST", server.URL, whole.Body)
		r.Header = whole.Header
		go func() { _, _ = server.Client().Do(r) }()
		goOn <- struct{}{}
		leave()
		if err := <-ended; err != nil {
			t.Errorf("after the client has left: %v", err)
		}
		if keys := b.keys(t); len(keys) != 1 {
			t.Errorf("left are %q, want the one that was kept", keys)
		}
	})
}

// If a bucket accepts nothing, the file is refused after the time limit.
func TestBucketHangs(t *testing.T) {
	b := openS3(t)
	store := newStore(t, sidekickblob.Options{Bucket: b.Bucket, CallTimeout: 300 * time.Millisecond})
	p, err := upload.New(upload.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{10, 40 << 20} {
		hold := make(chan struct{})
		b.hold.Store(&hold)
		began := time.Now()
		_, err = p.Parse(nil, form("image/png", random(size)))
		took := time.Since(began)
		var refused *upload.Error
		if !errors.As(err, &refused) || refused.StatusCode() != 500 || !errors.Is(err, sidekickblob.ErrTimeout) || took > 20*time.Second {
			t.Errorf("%d bytes: got %v after %v", size, err, took)
		}
		b.hold.Store(nil)
		close(hold)
	}
}

// Opening a file ends after the time limit; reading it does not.
func TestOpeningHangs(t *testing.T) {
	b := openS3(t)
	p, err := upload.New(upload.Options{Store: newStore(t, sidekickblob.Options{Bucket: b.Bucket, CallTimeout: 300 * time.Millisecond})})
	if err != nil {
		t.Fatal(err)
	}
	content := random(1 << 20)
	f, err := p.Parse(nil, form("image/png", content))
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(400 * time.Millisecond)
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
		t.Errorf("after the limit: %d bytes, %v", len(got), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	hold := make(chan struct{})
	b.hold.Store(&hold)
	b.reads.Store(true)
	if _, err := f.Files[0].Open(); !errors.Is(err, sidekickblob.ErrTimeout) {
		t.Errorf("got %v, want %v", err, sidekickblob.ErrTimeout)
	}
	b.hold.Store(nil)
	close(hold)
}

// A full bucket is 507, a missing one 500.
func TestBucketFails(t *testing.T) {
	b := openFake(t, s3mem.New()) // without the bucket
	_, err := newParser(t, b, upload.Options{}).Parse(nil, form("image/png", []byte("x")))
	var refused *upload.Error
	if !errors.As(err, &refused) || refused.StatusCode() != 500 || refused.Kind != upload.ErrStore {
		t.Errorf("got %v", err)
	}
	closed := openMemory(t)
	p := newParser(t, closed, upload.Options{})
	_ = closed.Close()
	if _, err := p.Parse(nil, form("image/png", []byte("x"))); !errors.Is(err, upload.ErrStore) {
		t.Errorf("a closed bucket: got %v", err)
	}
}

// A signed address allows reading one file, and no other.
func TestSignedURLs(t *testing.T) {
	targets(t, func(t *testing.T, b *target) {
		p := newParser(t, b, upload.Options{})
		f, err := p.Parse(nil, form("image/png", []byte("content")))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		o, _ := sidekickblob.Of(f.Files[0])
		address, err := o.SignedURL(t.Context(), &blob.SignedURLOptions{Expiry: time.Minute})
		switch {
		case b.s3 != nil:
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if body, _ := io.ReadAll(res.Body); string(body) != "content" || !strings.Contains(address, "X-Amz-Expires=60") {
				t.Errorf("got %d %q from %s", res.StatusCode, body, address)
			}
		case errors.Is(err, errors.ErrUnsupported): // the memory driver
		case err != nil || !strings.Contains(address, url.QueryEscape(o.Key())):
			t.Errorf("got %s, %v", address, err)
		}
	})
}

func TestConfigErrors(t *testing.T) {
	_, err := sidekickblob.New(sidekickblob.Options{Prefix: "/x", PartBytes: 1, Concurrency: 100, CallTimeout: -1})
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil {
		t.Fatalf("got %v", err)
	}
	var fields []string
	for _, err := range joined.Unwrap() {
		var problem *upload.ConfigError
		if errors.As(err, &problem) && problem.Package == "upload/blob" {
			fields = append(fields, problem.Field)
		}
	}
	if got := strings.Join(fields, " "); got != "Bucket Prefix PartBytes Concurrency CallTimeout" {
		t.Errorf("got %q", got)
	}
}

// zeros is a body of that many bytes.
type zeros struct {
	left int64
	peak *atomic.Uint64
}

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	before := z.left
	n := min(int64(len(p)), z.left)
	z.left -= n
	clear(p[:n])
	if before>>24 != z.left>>24 { // every 16 MiB
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapInuse > z.peak.Load() {
			z.peak.Store(m.HeapInuse)
		}
	}
	return int(n), nil
}

// The memory used does not depend on the size of a file, by default 256 MiB. TEST_BLOB_BYTES
// sets another size.
func TestMemoryIsFlat(t *testing.T) {
	size := int64(256 << 20)
	if s := os.Getenv("TEST_BLOB_BYTES"); s != "" {
		if _, err := fmt.Sscan(s, &size); err != nil {
			t.Fatal(err)
		}
	}
	b := openSink(t)
	p := newParser(t, b, upload.Options{MaxFileBytes: size})
	var peak atomic.Uint64
	r := httptest.NewRequest("POST", "/", &zeros{size, &peak})
	runtime.GC() // collects what other tests have left
	r.ContentLength = size
	r.Header.Set("Content-Type", "application/octet-stream")
	began := time.Now()
	f, err := p.Parse(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	if f.Files[0].Size != size {
		t.Errorf("got %d bytes", f.Files[0].Size)
	}
	t.Logf("%d MiB: at most %d MiB of heap, %.0f MiB/s", size>>20, peak.Load()>>20, float64(size>>20)/time.Since(began).Seconds())
	// Three parts of 8 MiB, and as much again that has not been collected yet.
	if most := uint64(100 << 20); peak.Load() > most {
		t.Errorf("the heap had %d MiB", peak.Load()>>20)
	}
}
