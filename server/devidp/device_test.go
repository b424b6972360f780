package devidp_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestDeviceFlow(t *testing.T) {
	_, issuer := start(t)
	config, _ := client(t, issuer)
	config.Endpoint.DeviceAuthURL = discover(t, issuer+"/.well-known/openid-configuration")["device_authorization_endpoint"].(string)
	a := authenticator(t, issuer)
	device, err := config.DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if answer := choose(t, device.VerificationURIComplete, "admin"); answer.StatusCode != http.StatusOK {
		t.Fatalf("the page answered %d", answer.StatusCode)
	}
	token, err := config.DeviceAccessToken(t.Context(), device)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := caller(a, token.AccessToken); err != nil || !got.Admin {
		t.Errorf("caller %+v, %v", got, err)
	}
	if _, err := refresh(t, config, token.RefreshToken); err != nil {
		t.Errorf("refresh: %v", err)
	}
}

// The answers of RFC 8628 section 3.5, by a clock.
func TestDevicePolling(t *testing.T) {
	_, issuer, clock := startWithClock(t)
	begin := func() (string, string) {
		_, answer := post(t, issuer+"/device_authorization", url.Values{"client_id": {"cde"}})
		return answer["device_code"].(string), answer["user_code"].(string)
	}
	poll := func(code string) any {
		_, answer := post(t, issuer+"/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {"cde"}, "device_code": {code}})
		if answer["access_token"] != nil {
			return "token"
		}
		return answer["error"]
	}
	want := func(code, step, want string) {
		t.Helper()
		if got := poll(code); got != want {
			t.Errorf("%s: %v, want %s", step, got, want)
		}
	}
	code, userCode := begin()
	want(code, "first", "authorization_pending")
	want(code, "at once again", "slow_down")
	clock.Add(2 * time.Second)
	want(code, "sooner than the longer interval", "slow_down")
	clock.Add(12 * time.Second)
	want(code, "in time", "authorization_pending")
	typed := strings.ToLower(strings.ReplaceAll(userCode, "-", " "))
	choose(t, issuer+"/device?user_code="+url.QueryEscape(typed), "owner")
	want(code, "after the choice", "token")
	want(code, "once more", "expired_token")

	code, userCode = begin()
	choose(t, issuer+"/device?user_code="+userCode, "deny")
	want(code, "denied", "access_denied")

	code, userCode = begin()
	clock.Add(11 * time.Minute)
	want(code, "too late", "expired_token")
	for _, path := range []string{"/device", "/device?user_code=" + userCode, "/device?user_code=BBBB-BBBB"} {
		response, err := http.Get(issuer + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if !strings.Contains(string(body), `name="user_code"`) || (response.StatusCode == http.StatusOK) != (path == "/device") {
			t.Errorf("%s: %d\n%s", path, response.StatusCode, body)
		}
	}
}
