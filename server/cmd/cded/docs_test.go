package main

import (
	"encoding/json"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/auth"
)

// TestDocsPage signs in on the docs page of a development server and runs every operation of the contract as it is filled
// in: as owner each gives its example, as stranger each is refused. Nothing leaves the host.
func TestDocsPage(t *testing.T) {
	page := openTab(t)
	server := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")

	page.on(screens[0])
	choose(page, server, "deny", ".modal-ux .errors")
	if said := page.text(".modal-ux .errors"); !strings.Contains(said, "access_denied") {
		t.Errorf("after a denied sign-in the page says %q", said)
	}
	signIn(page, server, "owner")
	ran := 0
	for operation := range operations(t) {
		status, body := execute(page, operation)
		if diff := cmp.Diff(example(t, operation), decoded(t, body)); status != "200" || diff != "" {
			t.Errorf("%s as owner: %s\n%s", operation.OperationID, status, diff)
		}
		if types := page.text(block(operation) + " .typescript"); !strings.Contains(types, "Use the re") {
			t.Errorf("%s: types %q", operation.OperationID, types)
		}
		ran++
	}
	page.shoot(page, "docs-owner")

	signIn(page, server, "stranger")
	for operation := range operations(t) {
		status, body := execute(page, operation)
		if status != "403" || decoded(t, body)["message"] != auth.MessageForbidden {
			t.Errorf("%s as stranger: %s %s", operation.OperationID, status, body)
		}
		ran++
	}
	page.shoot(page, "docs-stranger")
	if ran < 4 {
		t.Errorf("%d requests run, want two operations as two people", ran)
	}
	if hosts, requests := page.hosts(); len(hosts) != 1 || hosts[0] != strings.TrimPrefix(server.url, "http://") || requests < 20 {
		t.Errorf("%d requests went to %q, want one host", requests, hosts)
	}
}

// TestDocsPageFitsItsScreen looks at every page on every screen: nothing sticks out at the side, and dark is dark.
func TestDocsPageFitsItsScreen(t *testing.T) {
	page := openTab(t)
	server := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")
	const ground = `getComputedStyle(document.body).backgroundColor`
	looked := 0
	for name, address := range map[string]string{"docs": "/docs/#/Versions/updateContainerApiVersion", "parity": "/docs/parity"} {
		page.do(chromedp.Navigate(server.url+address), chromedp.WaitVisible(chromedp.CSS(".opblock.is-open .execute, .document table")))
		evaluate[bool](page, `document.querySelectorAll("details").forEach((d) => { d.open = true }) || true`)
		for _, screen := range screens {
			page.on(screen)
			page.do(chromedp.WaitVisible(map[string]chromedp.CSS{"light": "html:not(.dark-mode) header", "dark": "html.dark-mode header"}[screen.scheme]))
			wide, shown := evaluate[int64](page, `document.documentElement.scrollWidth`), evaluate[int64](page, `innerWidth`)
			if wide > shown || shown != screen.width {
				t.Errorf("%s, %s: %d wide on a screen of %d", name, screen.name, wide, shown)
			}
			if light := evaluate[string](page, ground) == "rgb(255, 255, 255)"; light != (screen.scheme == "light") {
				t.Errorf("%s, %s: ground %s", name, screen.name, evaluate[string](page, ground))
			}
			page.shoot(page, name+"-"+screen.name)
			looked++
		}
	}
	if looked != 8 {
		t.Errorf("%d looks, want two pages on four screens", looked)
	}
	before := evaluate[string](page, ground)
	page.do(chromedp.Click(chromedp.CSS("#theme")), chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#theme")))
	if before == evaluate[string](page, ground) {
		t.Error("the reader's choice of light or dark is not kept")
	}
}

// choose opens the docs page anew, chooses a persona, or deny, in the sign-in window that Authorize opens, and waits for
// what the page then shows.
func choose(page *tab, server *process, persona string, then chromedp.CSS) {
	page.t.Helper()
	const authorize = chromedp.CSS(".modal-ux .authorize")
	page.do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.url+"/docs/"),
		chromedp.Click(chromedp.CSS(".scheme-container .authorize")), chromedp.WaitVisible(authorize))
	page.shoot(page, "docs-authorize")
	window, cancel := page.popup(chromedp.Click(authorize))
	defer cancel()
	choice := chromedp.CSS(`button[value="` + persona + `"]`)
	if err := chromedp.Do(window, chromedp.WaitVisible(choice)); err != nil {
		page.t.Fatal(err)
	}
	page.shoot(window, "sign-in")
	go func() { _ = chromedp.Do(window, chromedp.Click(choice)) }() // the window closes itself, maybe before it has answered
	page.do(chromedp.WaitVisible(then))
}

// signIn authorizes the docs page as a persona.
func signIn(page *tab, server *process, persona string) {
	page.t.Helper()
	choose(page, server, persona, ".scheme-container .authorize.locked")
	page.do(chromedp.Click(chromedp.CSS(".modal-ux .close-modal")))
}

// execute opens an operation, runs it as it is filled in, and returns the status and the body that the page shows.
func execute(page *tab, operation *openapi3.Operation) (status, body string) {
	page.t.Helper()
	block := block(operation)
	page.do(chromedp.Click(block+" .opblock-summary-control"), chromedp.Click(block+" .execute"))
	live := block + " .live-responses-table"
	return strings.TrimSpace(page.text(live + " tbody .response-col_status")), page.text(live + " .highlight-code code")
}

// block is the selector of an operation on the page.
func block(operation *openapi3.Operation) chromedp.CSS {
	return chromedp.CSS("#operations-" + operation.Tags[0] + "-" + operation.OperationID)
}

// operations are the contract's.
func operations(t *testing.T) iter.Seq[*openapi3.Operation] {
	t.Helper()
	contract, err := openapi3.NewLoader().LoadFromData(openapi.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(*openapi3.Operation) bool) {
		for _, item := range contract.Paths.Map() {
			for _, operation := range item.Operations() {
				if !yield(operation) {
					return
				}
			}
		}
	}
}

// example is the body of an operation's 200 as the contract shows it, without its time of change.
func example(t *testing.T, operation *openapi3.Operation) map[string]any {
	t.Helper()
	content, err := json.Marshal(operation.Responses.Status(http.StatusOK).Value.Content.Get("application/json").Example)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, string(content))
}

func decoded(t *testing.T, body string) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(body), &document); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if data, ok := document["data"].(map[string]any); ok {
		delete(data, "updated-at")
	}
	return document
}
