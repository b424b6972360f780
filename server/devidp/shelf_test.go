package devidp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// However much is begun and never ended, what is kept stays bounded: the oldest makes room.
func TestWhatIsKeptIsBounded(t *testing.T) {
	provider, issuer := start(t)
	begin := func() string {
		r := httptest.NewRequest(http.MethodPost, "/idp/device_authorization", strings.NewReader("client_id=cde"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr, r.Host = "127.0.0.1:1", "127.0.0.1"
		w := httptest.NewRecorder()
		provider.ServeHTTP(w, r)
		var answer struct {
			Code string `json:"device_code"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Code
	}
	poll := func(code string) any {
		_, answer := post(t, issuer+"/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {"cde"}, "device_code": {code}})
		return answer["error"]
	}
	first := begin()
	for range 10_000 {
		begin()
	}
	last := begin()
	if got := poll(first); got != "expired_token" {
		t.Errorf("the first: %v", got)
	}
	if got := poll(last); got != "authorization_pending" {
		t.Errorf("the last: %v", got)
	}
}
