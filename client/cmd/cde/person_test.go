package main

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// personMain is a browser and the person in front of it, for BROWSER: "person PERSONA URL" signs in on the page at the URL
// and goes where it leads. What the last page says goes to the file browser.html.
func personMain() {
	page, err := visit(os.Args[2], os.Args[1])
	if err == nil {
		err = os.WriteFile("browser.html", page, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "person:", err)
		os.Exit(1)
	}
}

// shown waits for the page that personMain ends on.
func shown(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: shown TEXT")
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		page, _ := os.ReadFile(ts.MkAbs("browser.html"))
		if strings.Contains(string(page), args[0]) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("the browser never showed %q but\n%s", args[0], page)
		}
	}
}

var (
	formAction  = regexp.MustCompile(`action="([^"]*)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`)
)

// visit opens a sign-in page, chooses a persona ("deny" for none) and returns the page that this ends on.
func visit(address, persona string) ([]byte, error) {
	browser := &http.Client{Timeout: 10 * time.Second}
	response, err := browser.Get(address)
	if err != nil {
		return nil, err
	}
	page, err := read(response)
	if err != nil {
		return nil, err
	}
	action, hidden := formAction.FindSubmatch(page), hiddenField.FindSubmatch(page)
	if action == nil || hidden == nil {
		return nil, fmt.Errorf("no form on the page:\n%s", page)
	}
	target, err := response.Request.URL.Parse(html.UnescapeString(string(action[1])))
	if err != nil {
		return nil, err
	}
	response, err = browser.PostForm(target.String(), url.Values{string(hidden[1]): {html.UnescapeString(string(hidden[2]))}, "persona": {persona}})
	if err != nil {
		return nil, err
	}
	return read(response)
}

func read(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

var deviceCode = regexp.MustCompile(`(http\S+)\s+(\S+-\S+)`)

// signInOnDevice runs [PERSONA CODE cde …] and types the code that it shows in.
func signInOnDevice(ts *testscript.TestScript, _ bool, args []string) {
	saying(ts, append([]string{args[1], "type the code in"}, args[2:]...), nil, func(_ *os.Process, said string) error {
		found := deviceCode.FindStringSubmatch(said)
		if found == nil {
			return errors.New("no code in: " + said)
		}
		_, err := visit(found[1]+"?"+url.Values{"user_code": {found[2]}}.Encode(), args[0])
		return err
	})
}

// listener keeps what is written and tells once when a text has come, with what has come by then.
type listener struct {
	mu    sync.Mutex
	text  string
	all   bytes.Buffer
	told  bool
	heard chan string
}

// Write keeps p.
func (l *listener) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Write(p)
	if !l.told && strings.Contains(l.all.String(), l.text) {
		l.told = true
		l.heard <- l.all.String()
	}
	return len(p), nil
}

// String returns all of it.
func (l *listener) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}
