package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"
)

// Device signs in without a browser on this machine (RFC 8628): the person opens a page on any device and types a code in.
// How long they may take is the issuer's to say.
func (f *Flow) Device(ctx context.Context) (Session, error) {
	if f.Issuer.Device == "" {
		return Session{}, &failure{text: fmt.Sprintf("issuer %q offers no sign-in on another device", f.Issuer.Name)}
	}
	config := f.config("")
	asked, err := config.DeviceAuth(f.context(ctx), f.resource()...)
	if err != nil {
		return Session{}, explain("asking for a code", err)
	}
	if err := checkURL("page for the code", asked.VerificationURI); err != nil {
		return Session{}, err
	}
	fmt.Fprintf(f.Talk, "Open this page on any device, and type the code in:\n\n  %s\n  %s\n\n", clean(asked.VerificationURI), clean(asked.UserCode))
	token, err := f.poll(ctx, config, asked)
	if err != nil {
		return Session{}, err
	}
	return f.session(token)
}

// poll waits for the person. A question that gets lost on the way is asked again, a few times.
func (f *Flow) poll(ctx context.Context, config *oauth2.Config, asked *oauth2.DeviceAuthResponse) (*oauth2.Token, error) {
	for lost := 0; ; lost++ {
		token, err := config.DeviceAccessToken(f.context(ctx), asked, f.resource()...)
		var refused *oauth2.RetrieveError
		switch {
		case err == nil:
			return token, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !asked.Expiry.IsZero() && !time.Now().Before(asked.Expiry):
			return nil, &failure{ErrSignInNeeded, "nobody typed the code in while it was good", nil}
		case errors.As(err, &refused) || lost == 5:
			return nil, explain("waiting for the sign-in", err)
		}
	}
}
