package upload_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/upload"
)

// What the Handler refuses is logged once, at the right level.
func TestHandlerLogsRefusals(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    upload.Options
		body string
		want []string
	}{
		{
			"a store that fails", upload.Options{Store: &failingStore{failWrite: errBroken}}, form(file("f", "f", "x")),
			[]string{"level=ERROR", "status=500", "broken at /secret/path", "method=POST", "path=/up%20load", "messageId=the-id", `field \"f\"`},
		},
		{
			"a full disk", upload.Options{Store: &failingStore{failWrite: syscall.ENOSPC}}, form(file("f", "f", "x")),
			[]string{"level=ERROR", "status=507", "no space left"},
		},
		{
			"too much at once", upload.Options{MaxBytesInFlight: 1}, form(file("f", "f", "xx")),
			[]string{"level=ERROR", "status=503", "limit 1"},
		},
		{
			"a file that is too large", upload.Options{MaxFileBytes: 1}, form(file("f", "f", "xx")),
			[]string{"level=DEBUG", "status=413", "file too large"},
		},
		{
			"a body that is broken", upload.Options{}, form(part{header: "Content-Disposition: form-data; name"}),
			[]string{"level=DEBUG", "status=400", "broken parameter", "part 1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, handler := range []func(http.ResponseWriter, *http.Request, error){nil, func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(500) }} {
				log := &strings.Builder{}
				tt.o.Logger, tt.o.ErrorHandler = debugLogger(log), handler
				p, _ := newParser(t, tt.o)
				r := request(tt.body)
				r.URL.Path, r.RequestURI = "/up load", "/up%20load"
				r, rec := facts.Ensure(r)
				rec.MessageIDOr(func() string { return "the-id" })
				p.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
				if got := log.String(); strings.Count(got, "\n") != 1 {
					t.Errorf("got %d records, want one:\n%s", strings.Count(got, "\n"), got)
				}
				for _, want := range tt.want {
					if !strings.Contains(log.String(), want) {
						t.Errorf("want %q in %s", want, log)
					}
				}
			}
		})
	}
	t.Run("once, where an envelope answers", func(t *testing.T) {
		log := &strings.Builder{}
		env, err := envelope.New(envelope.Options{Logger: debugLogger(log)})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := newParser(t, upload.Options{
			Store: &failingStore{failCreate: true}, Logger: debugLogger(log),
			ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) { env.Render(w, r, nil, err) },
		})
		p.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), request(form(file("f", "f", "x"))))
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "/secret/path") {
			t.Errorf("got the log\n%s", got)
		}
	})
	t.Run("files that stay in the store", func(t *testing.T) {
		log := &strings.Builder{}
		p, _ := newParser(t, upload.Options{Store: stubborn{&failingStore{}}, Logger: debugLogger(log)})
		p.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), request(form(file("f", "f", "x"))))
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "/secret/path") {
			t.Errorf("got the log\n%s", got)
		}
	})
	t.Run("a client that has left", func(t *testing.T) {
		log := &strings.Builder{}
		p, _ := newParser(t, upload.Options{Logger: debugLogger(log)})
		ctx, cancel := context.WithCancel(t.Context())
		r := request("").WithContext(ctx)
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader("--"+boundary+"\r\n"), leaving{cancel}))
		p.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=DEBUG") {
			t.Errorf("got the log\n%s", got)
		}
	})
	t.Run("where slog.Default says, if nobody has said it", func(t *testing.T) {
		log := &strings.Builder{}
		before := slog.Default()
		defer slog.SetDefault(before)
		p, _ := newParser(t, upload.Options{Store: &failingStore{failCreate: true}})
		slog.SetDefault(debugLogger(log)) // programs often do this late
		p.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), request(form(file("f", "f", "x"))))
		if !strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("got the log %q", log)
		}
	})
}

// Errors returned to the caller are for the caller to log.
func TestCallersLogTheirErrorsThemselves(t *testing.T) {
	log := &strings.Builder{}
	p, _ := newParser(t, upload.Options{Store: &failingStore{failCreate: true}, Logger: debugLogger(log)})
	make := func() (http.ResponseWriter, *http.Request) {
		return httptest.NewRecorder(), request(form(file("f", "f", "x")))
	}
	w, r := make()
	_, err := p.Parse(w, r)
	wantError(t, err, upload.ErrStore, 500)
	w, r = make()
	_, err = p.ParseOnly(w, r, func(string) bool { return true })
	wantError(t, err, upload.ErrStore, 500)
	w, r = make()
	if err = p.Each(w, r, func(context.Context, *upload.Part) error { return errBroken }); err != errBroken {
		t.Errorf("got %v", err)
	}
	if log.Len() > 0 {
		t.Errorf("got the log\n%s", log)
	}
}

// Every kind of error has its own code, and does not tell clients too much.
func TestErrorCodesAndArgs(t *testing.T) {
	codes := map[string]bool{}
	for kind, want := range map[error]string{
		upload.ErrNotUpload: "upload_type_not_accepted", upload.ErrEncoded: "unsupported_coding", upload.ErrMalformed: "body_malformed",
		upload.ErrEmptyFile: "file_empty", upload.ErrBodyTooLarge: "body_too_large", upload.ErrFileTooLarge: "file_too_large",
		upload.ErrFilesTooLarge: "files_too_large", upload.ErrFieldsTooLarge: "fields_too_large", upload.ErrTooManyFields: "too_many_fields",
		upload.ErrTooManyFiles: "too_many_files", upload.ErrPartHeaderTooLarge: "part_header_too_large", upload.ErrTooSlow: "body_too_slow",
		upload.ErrBusy: "upload_busy", upload.ErrStore: "store_failed", upload.ErrStoreFull: "store_full",
	} {
		e := &upload.Error{Kind: kind, Field: "f", Limit: 5}
		if got := e.ErrorCode(); got != want || codes[got] {
			t.Errorf("%v: got the code %s, want %s", kind, got, want)
		}
		codes[want] = true
		if args := e.ErrorArgs(); args["field"] != "f" || args["limit"] != "5" || args["reason"] != "" {
			t.Errorf("%v: got the args %v", kind, args)
		}
	}
}

// A 400 says what is wrong, and where, and quotes little of what was sent.
func TestMalformedBodiesSayWhy(t *testing.T) {
	p, _ := newParser(t, upload.Options{})
	good := "--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"
	long := strings.Repeat("secret ", 100)
	for _, tt := range []struct{ name, kind, body, want string }{
		{"no boundary", "multipart/form-data", "", "The body is not valid multipart: the Content-Type has no boundary."},
		{"a broken type", `multipart/form-data; boundary="`, "", `The body is not readable: its Content-Type "multipart/form-data; boundary=\"" is broken: invalid media parameter.`},
		{"cut", formType, good + good[:30], "The body is not complete: it ends before its last boundary, in part 2."},
		{"text in front of the end", formType, "x\r\n--" + boundary + "--\r\n", "The body is not valid multipart: there is no part, but 1 bytes before the last boundary."},
		{"the wrong line ends", formType, strings.ReplaceAll(good, "\r\n", "\n") + "\r\n--" + boundary + "--\r\n", "The body is not valid multipart: there is a part before the first boundary; lines end in CR LF, and all boundaries are the same."},
		{"a part behind the end", formType, good + "--" + boundary + "--\r\n" + good, "The body is not valid multipart: there is a part after the last boundary."},
		{"no disposition", formType, good + good + "--" + boundary + "\r\nX: y\r\n\r\n\r\n--" + boundary + "--", "The body is not valid multipart: there are 0 headers Content-Disposition and 0 Content-Type, in part 3."},
		{"name*", formType, "--" + boundary + "\r\nContent-Disposition: form-data; name*=utf-8''a\r\n\r\n\r\n--" + boundary + "--", "The body is not valid multipart: a part has name* instead of name, which RFC 7578 has in UTF-8, in part 1."},
		{"a long line", formType, "--" + boundary + "\r\n" + long + "\r\n\r\n\r\n--" + boundary + "--", fmt.Sprintf("The body is not valid multipart: a header is not one: %q, in part 1.", long[:40])},
	} {
		r := request(tt.body)
		r.Header.Set("Content-Type", tt.kind)
		_, err := p.Parse(httptest.NewRecorder(), r)
		wantError(t, err, upload.ErrMalformed, 400)
		if e, ok := err.(*upload.Error); !ok || e.ClientMessage() != tt.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.name, e.ClientMessage(), tt.want)
		} else if e.ErrorArgs()["reason"] != strings.TrimSuffix(strings.TrimPrefix(tt.want, "The body is "), ".") {
			t.Errorf("%s: got the reason %q", tt.name, e.ErrorArgs()["reason"])
		}
	}
	// Network errors are only logged.
	r := request("")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(good), errorReader{}))
	_, err := p.Parse(httptest.NewRecorder(), r)
	if e := err.(*upload.Error); e.ClientMessage() != "The body is not complete: it ended too early, in part 1." || !strings.Contains(e.Error(), "10.0.0.1") {
		t.Errorf("got %q and %q", e.ClientMessage(), e)
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, fmt.Errorf("read tcp 10.0.0.1:80: reset") }

// stubborn is a store that removes nothing.
type stubborn struct{ upload.Store }

func (s stubborn) Create(ctx context.Context, f *upload.File) (upload.Object, error) {
	o, err := s.Store.Create(ctx, f)
	return stubbornObject{o}, err
}

type stubbornObject struct{ upload.Object }

func (stubbornObject) Discard() error { return errBroken }
