package browser_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is one page in a profile of its own. It notes what the page complains of
// and whom it asks.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	faults   []string
	requests []string
}

// limit is how long the steps of one test may take together.
const limit = 2 * time.Minute

func open(t *testing.T) *tab {
	t.Helper()
	if missing != "" {
		t.Skip(missing)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	b.run(enable(audits.Enable), enable(log.Enable))
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	b.ctx, cancel = context.WithTimeout(ctx, limit)
	t.Cleanup(cancel)
	return b
}

// enable switches a domain of events on.
func enable(c cdp.Command[cdp.Empty, cdp.Empty]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, cdp.Empty{})
		return err
	})
}

func (b *tab) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		b.faults = append(b.faults, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var args []string
			for _, a := range e.Args {
				args = append(args, string(a.Value)+a.Description)
			}
			b.faults = append(b.faults, fmt.Sprintf("console.%s: %s", e.Type, strings.Join(args, " ")))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.faults = append(b.faults, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *audits.EventIssueAdded:
		if d := e.Issue.Details; d != nil && d.ContentSecurityPolicyIssueDetails != nil {
			b.faults = append(b.faults, fmt.Sprintf("policy: %s %s", d.ContentSecurityPolicyIssueDetails.ViolatedDirective, d.ContentSecurityPolicyIssueDetails.BlockedURL))
		}
	}
}

// run does the steps, and ends the test where one fails.
func (b *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	b.check(chromedp.Do(b.ctx, steps...))
}

func (b *tab) check(err error) {
	b.t.Helper()
	if err == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 5*time.Second)
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 2000)`))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Fatalf("%v\nat %s, which shows:\n%s\nfaults: %q", err, where, text, b.faults)
}

// js returns what an expression is; a promise is waited for.
func js[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	b.check(err)
	return v
}

// until waits until an expression is true.
func (b *tab) until(expression string) {
	b.t.Helper()
	b.run(chromedp.Poll[chromedp.Void]("!!("+expression+")", chromedp.WithPollingInterval(50*time.Millisecond)))
}

// clean checks that the page complained of nothing and asked its own origin only.
func (b *tab) clean(origins ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.t.Errorf("the page complains: %s", f)
	}
	b.faults = nil
	if len(b.requests) == 0 {
		b.t.Error("no request was seen")
	}
	for _, r := range b.requests {
		known := strings.HasPrefix(r, "about:") || strings.HasPrefix(r, "blob:")
		for _, o := range origins {
			known = known || strings.HasPrefix(r, o+"/")
		}
		if !known {
			b.t.Errorf("the page asks %s", r)
		}
	}
}

// The windows in which pages must look right: a telephone's and a desk's.
var windows = []struct {
	name          string
	width, height int64
}{{"narrow", 390, 844}, {"wide", 1280, 800}}

// picture keeps pictures of the page in both windows, and checks that nothing
// lies beside them.
func (b *tab) picture(name string) {
	b.t.Helper()
	dir := *screenshots
	if dir == "" {
		dir = b.t.TempDir()
	}
	for _, w := range windows {
		b.run(chromedp.EmulateViewport(w.width, w.height))
		b.until(fmt.Sprintf(`innerWidth === %d`, w.width))
		if wide := js[int64](b, `document.documentElement.scrollWidth`); wide > w.width {
			b.t.Errorf("%s is %d pixels wide in a window of %d", name, wide, w.width)
		}
		png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		b.check(err)
		if err := os.WriteFile(filepath.Join(dir, name+"-"+w.name+".png"), png, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
}
