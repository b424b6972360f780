package interop_test

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// browser is a person with a browser: it keeps cookies, follows redirects and sends off every form that it is shown.
type browser struct {
	client http.Client
	answer url.Values // query of the address that it stopped at
}

// newBrowser makes one that stops before it would go to destination.
func newBrowser(destination string) *browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	b := &browser{}
	b.client = http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if destination != "" && strings.HasPrefix(r.URL.String(), destination) {
			b.answer = r.URL.Query()
			return http.ErrUseLastResponse
		}
		if len(via) > 10 {
			return errors.New("too many redirects")
		}
		return nil
	}}
	return b
}

var (
	formAction = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	formInput  = regexp.MustCompile(`<input[^>]*type="(?:hidden|text)"[^>]*name="([^"]*)"[^>]*value="([^"]*)"`)
)

// visit goes to address and on until there is no form to send, and returns the page that it ended on.
func (b *browser) visit(address string) (string, error) {
	send := func() (*http.Response, error) { return b.client.Get(address) }
	for range 5 {
		response, err := send()
		if err != nil {
			return "", err
		}
		page, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return "", err
		}
		if response.StatusCode >= http.StatusBadRequest {
			return string(page), fmt.Errorf("%s answers %d", response.Request.URL, response.StatusCode)
		}
		action := formAction.FindStringSubmatch(string(page))
		if action == nil {
			return string(page), nil
		}
		form := url.Values{}
		for _, input := range formInput.FindAllStringSubmatch(string(page), -1) {
			form.Set(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
		}
		target, err := response.Request.URL.Parse(html.UnescapeString(action[1]))
		if err != nil {
			return string(page), err
		}
		send = func() (*http.Response, error) { return b.client.PostForm(target.String(), form) }
	}
	return "", errors.New("one form leads to another")
}
