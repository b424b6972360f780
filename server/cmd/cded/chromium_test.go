package main

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/productsupcom/cde/server/nodetest"
)

// screenshots is where a person can look at what a test saw; git ignores it.
const screenshots = "../../../.cde/screenshots"

// tab is a page of a real browser, watched: what it asks for, and what it complains of.
type tab struct {
	context.Context
	t *testing.T

	mu    sync.Mutex
	asked []string // hosts of requests
	shot  []string // names of the pictures taken
}

// openTab starts Chromium on an empty profile. Names other than this machine's do not resolve in it.
func openTab(t *testing.T) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		nodetest.Missing(t, "chromium is not installed; run `make setup`")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	opened := &tab{Context: ctx, t: t}
	opened.watch(ctx)
	return opened
}

// watch notes the requests of a page, and fails the test for exceptions and for what the page's policy blocked.
func (p *tab) watch(page context.Context) {
	p.t.Helper()
	err := chromedp.Listen(page, func(event any) {
		switch event := event.(type) {
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(event.Request.URL); err == nil && u.Host != "" {
				p.mu.Lock()
				p.asked = append(p.asked, u.Host)
				p.mu.Unlock()
			}
		case *runtime.EventExceptionThrown:
			p.t.Errorf("exception: %s", event.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if event.Entry.Source == log.EntrySourceSecurity || strings.Contains(event.Entry.Text, "Content Security Policy") {
				p.t.Errorf("blocked: %s", event.Entry.Text)
			}
		}
	})
	if err == nil {
		_, err = chromedp.Call(page, network.Enable, network.EnableParams{})
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// hosts are all that the browser asked for something, each once, and how many requests it made.
func (p *tab) hosts() ([]string, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(p.asked))), len(p.asked)
}

// do runs actions on the page.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p, actions...); err != nil {
		location, _ := chromedp.Run(p, chromedp.Location())
		p.shoot(p, "failed")
		p.t.Fatalf("%s: %v (see failed.png in %s)", location, err, screenshots)
	}
}

// text is what the first element of a selector shows, once it is there.
func (p *tab) text(selector chromedp.CSS) string {
	p.t.Helper()
	p.do(chromedp.WaitVisible(selector))
	shown, err := chromedp.Run(p, chromedp.TextContent(selector))
	if err != nil {
		p.t.Fatal(err)
	}
	return shown
}

// evaluate gives the value of a JavaScript expression on the page.
func evaluate[T any](p *tab, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// popup runs an action that opens a window, and returns the window.
func (p *tab) popup(opens chromedp.Action[chromedp.Void]) (context.Context, context.CancelFunc) {
	p.t.Helper()
	opened := chromedp.WaitNewTarget(p, func(info *target.Info) bool { return strings.HasPrefix(info.URL, "http") })
	p.do(opens)
	select {
	case id := <-opened:
		window, cancel := chromedp.NewContext(p, chromedp.WithTargetID(id))
		p.watch(window)
		return window, cancel
	case <-p.Done():
		p.t.Fatal("no window opened")
		return nil, nil
	}
}

// screen is a kind of screen to look at a page on.
type screen struct {
	name          string
	width, height int64
	scheme        string
}

var screens = []screen{
	{"light", 1280, 900, "light"}, {"dark", 1280, 900, "dark"}, {"phone", 390, 844, "light"}, {"phone-dark", 390, 844, "dark"},
}

// on shows the page on a screen.
func (p *tab) on(s screen) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(s.width, s.height))
	scheme := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: s.scheme}}
	if _, err := chromedp.Call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: scheme}); err != nil {
		p.t.Fatal(err)
	}
}

// shoot writes a picture of a whole page, in the tab or in a window of it; the first of each name, since they take time.
func (p *tab) shoot(page context.Context, name string) {
	p.t.Helper()
	if slices.Contains(p.shot, name) {
		return
	}
	p.shot = append(p.shot, name)
	picture, err := chromedp.Run(page, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(screenshots, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(screenshots, name+".png"), picture, 0o644)
	}
	if err != nil {
		p.t.Errorf("picture %s: %v", name, err)
	}
}
