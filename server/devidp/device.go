package devidp

import (
	"crypto/rand"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// device is a device flow under way (RFC 8628).
type device struct {
	userCode string
	scope    []string
	interval time.Duration // between two polls
	polled   time.Time
	denied   bool
	persona  Persona // chosen, once it has a name
	signedIn time.Time
}

const (
	deviceTime     = 10 * time.Minute
	deviceInterval = time.Second
)

// authorizeDevice is the device authorization endpoint (RFC 8628 section 3.1).
func (p *Provider) authorizeDevice(w http.ResponseWriter, r *http.Request) {
	form, refusal := readForm(w, r)
	if refusal == nil {
		refusal = publicOnly(r, form)
	}
	if refusal == nil {
		refusal = p.target(form)
	}
	var scope []string
	if refusal == nil {
		scope, refusal = p.scopes(form.Get("scope"))
	}
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	code, userCode := secret(), newUserCode()
	p.devices.put(code, device{userCode: userCode, scope: scope, interval: deviceInterval}, deviceTime)
	p.userCodes.put(normalUserCode(userCode), code, deviceTime)
	page := strings.TrimSuffix(p.config.Issuer, "/") + "/device"
	writeJSON(w, http.StatusOK, map[string]any{
		"device_code": code, "user_code": userCode, "verification_uri": page,
		"verification_uri_complete": page + "?" + url.Values{"user_code": {userCode}}.Encode(),
		"expires_in":                int(deviceTime / time.Second), "interval": int(deviceInterval / time.Second),
	})
}

// newUserCode is easy to read and to type: eight consonants (RFC 8628 section 6.1).
func newUserCode() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	code := make([]byte, 0, 9)
	for len(code) < 9 {
		if len(code) == 4 {
			code = append(code, '-')
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			panic(err) // the system has no randomness
		}
		code = append(code, letters[n.Int64()])
	}
	return string(code)
}

func normalUserCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
}

// deviceForm asks the person for the code, then for a persona.
func (p *Provider) deviceForm(w http.ResponseWriter, r *http.Request) {
	typed := r.URL.Query().Get("user_code")
	if typed == "" {
		p.showUserCode(w, http.StatusOK, "")
		return
	}
	if _, ok := p.userCodes.get(normalUserCode(typed)); !ok {
		p.showUserCode(w, http.StatusNotFound, "No device waits with this code.")
		return
	}
	p.showSignIn(w, signIn{Action: p.base + "/device", Name: "user_code", Value: typed, UserCode: typed})
}

// decideDevice takes the person's choice for a device.
func (p *Provider) decideDevice(w http.ResponseWriter, r *http.Request) {
	if _, refusal := readForm(w, r); refusal != nil {
		p.showProblem(w, http.StatusBadRequest, "The form cannot be read.")
		return
	}
	code, ok := p.userCodes.take(normalUserCode(r.PostForm.Get("user_code")))
	if !ok {
		p.showUserCode(w, http.StatusNotFound, "No device waits with this code.")
		return
	}
	who, chosen := persona(r.PostForm.Get("persona"))
	p.devices.change(code, func(d *device) bool {
		d.persona, d.denied, d.signedIn = who, !chosen, p.config.Clock()
		return true
	})
	if !chosen {
		p.showDone(w, "Denied", "The device was not signed in. You may close this page.")
		return
	}
	p.config.Logger.Info("development sign-in of a device", "persona", who.Name, "subject", who.Subject)
	p.showDone(w, "Signed in", "The device is signed in as "+who.Name+". You may close this page.")
}

// pollDevice answers a device that asks for its tokens (RFC 8628 section 3.4 and 3.5).
func (p *Provider) pollDevice(r *http.Request, form url.Values) (*tokenAnswer, *oauthError) {
	if refusal := publicOnly(r, form); refusal != nil {
		return nil, refusal
	}
	if form.Get("device_code") == "" {
		return nil, refuse("invalid_request", "device_code is missing")
	}
	if refusal := p.target(form); refusal != nil {
		return nil, refusal
	}
	var granted grant
	var refusal *oauthError
	now := p.config.Clock()
	known := p.devices.change(form.Get("device_code"), func(d *device) bool {
		early := now.Sub(d.polled) < d.interval
		d.polled = now
		switch {
		case d.denied:
			refusal = refuse("access_denied", "the sign-in was denied")
			return false
		case d.persona.Name != "":
			granted = grant{client: publicClient, persona: d.persona, scope: d.scope, session: secret(), signedIn: d.signedIn}
			return false
		case early:
			d.interval += 5 * time.Second
			refusal = refuse("slow_down", "")
		default:
			refusal = refuse("authorization_pending", "")
		}
		return true
	})
	switch {
	case !known:
		return nil, refuse("expired_token", "the device code is not known, or has ended")
	case refusal != nil:
		return nil, refusal
	}
	return p.begin(granted, "")
}
