package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/client/login"
)

// loginFlags are those of `cde login`.
type loginFlags struct {
	device           bool
	issuer, clientID string
	scopes           []string
}

func (a *app) loginCommand() *cobra.Command {
	var flags loginFlags
	command := &cobra.Command{
		Use: "login", Short: "Sign in", GroupID: "session", Args: arguments(),
		Long: `Sign in to the API of the profile. A page of the issuer opens in your browser; when you are done there, come back: cde
waits for 5 minutes. Where there is no browser to open, as over ssh, or with --device, you get a code to type in on
another device instead.

The sign-in is kept in the keyring of your system, or, where there is none, in a file that only you can read, and is
renewed by itself for as long as the issuer allows. It is for this API's address only.`,
		Example: `  cde login --profile local
  cde login --profile staging --device`,
		RunE: func(command *cobra.Command, _ []string) error { return a.login(command.Context(), flags) },
	}
	set := command.Flags()
	set.BoolVar(&flags.device, "device", false, "show a code to type in on another device")
	set.StringVar(&flags.issuer, "issuer", "", "`URL` of the issuer to sign in with (default: the profile's, else what the API says)")
	set.StringVar(&flags.clientID, "client-id", "", "`name` of this client at the issuer (default: the profile's, else \""+defaultClientID+"\")")
	set.StringSliceVar(&flags.scopes, "scope", nil, "`scopes` to ask for, separated by commas (default: what the API and the issuer name)")
	return command
}

func (a *app) login(ctx context.Context, flags loginFlags) error {
	flow, err := a.flow(ctx, flags)
	if err != nil {
		return err
	}
	var session login.Session
	switch device := a.wantsDevice(flags, flow); {
	case device:
		session, err = a.deviceLogin(ctx, flow)
	default:
		session, err = flow.Browser(ctx)
	}
	if err != nil {
		return err
	}
	if err := a.keeper().Save(session); err != nil {
		return err
	}
	who := ""
	if session.Subject != "" {
		who = " as " + session.Subject
	}
	a.tell("Signed in to %s%s.", a.config.BaseURL, who)
	if a.getenv("CDE_TOKEN") != "" {
		a.tell("CDE_TOKEN is set, and beats this sign-in until it is unset.")
	}
	return nil
}

// wantsDevice chooses how to sign in.
func (a *app) wantsDevice(flags loginFlags, flow *login.Flow) bool {
	if flags.device {
		return true
	}
	if flow.Issuer.Device == "" || a.hasDisplay() {
		return false
	}
	a.tell("There is no browser here.")
	return true
}

func (a *app) deviceLogin(ctx context.Context, flow *login.Flow) (login.Session, error) {
	stop := func() {}
	defer func() { stop() }()
	flow.Talk = onceWritten{a.stderr, func() { stop = a.spin("Waiting for you to sign in") }}
	return flow.Device(ctx)
}

// flow is the sign-in that flags, profile and API ask for.
func (a *app) flow(ctx context.Context, flags loginFlags) (*login.Flow, error) {
	name, clientID := a.config.Issuer, a.config.ClientID
	if flags.issuer != "" {
		name = flags.issuer
	}
	if flags.clientID != "" {
		clientID = flags.clientID
	}
	resource, err := login.FindIssuer(ctx, nil, a.config.BaseURL)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && name == "" {
		return nil, fmt.Errorf("the API does not say who signs people in: %w; name the issuer with --issuer or in the settings file", err)
	}
	if name == "" {
		name = resource.Issuers[0]
	}
	issuer, err := login.Discover(ctx, nil, name)
	if err != nil {
		return nil, err
	}
	scopes := flags.scopes
	if len(scopes) == 0 {
		scopes = login.ChooseScopes(resource, issuer)
	}
	return &login.Flow{
		Issuer: issuer, ClientID: clientID, Scopes: scopes, Resource: resource.Identifier,
		OpenBrowser: a.openBrowser, Talk: a.stderr,
	}, nil
}

func (a *app) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use: "logout", Short: "Sign out", GroupID: "session", Args: arguments(),
		Long: `Sign out of the API of the profile: the issuer is told that the sign-in has ended, and this machine forgets it together
with the answers that were kept for comparison. CDE_TOKEN is not touched.`,
		RunE: func(command *cobra.Command, _ []string) error { return a.logout(command.Context()) },
	}
}

func (a *app) logout(ctx context.Context) error {
	keeper := a.keeper()
	session, err := keeper.Load()
	if errors.Is(err, login.ErrSignInNeeded) {
		a.tell("Nobody is signed in to %s.", a.config.BaseURL)
		return errors.Join(keeper.forget(), a.answers().forget())
	}
	if err == nil {
		if err := login.Revoke(ctx, nil, session); err != nil {
			a.tell("The issuer could not be told, and the tokens end by themselves: %v.", err)
		}
	}
	if err := errors.Join(keeper.forget(), a.answers().forget()); err != nil {
		return err
	}
	a.tell("Signed out of %s.", a.config.BaseURL)
	return nil
}
