package main

import "github.com/spf13/cobra"

// topics are chapters of the manual that are no commands: `cde help exit-codes`.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "What scripts can read from the exit code", Long: "Exit codes:\n\n" + exitCodeHelp()},
		{Use: "environment", Short: "Variables that cde reads", Long: `Every flag has a variable that gives it a default: CDE_ and the flag's name in capitals with underscores, such as
CDE_PROFILE, CDE_OUTPUT, CDE_BASE_URL or CDE_VERSION_CONSTRAINT. The command line beats the variable, the variable the
settings file.

  CDE_TOKEN        the bearer token to send; beats every sign-in and is never stored or shown. There is no flag for
                   it, because other users of a machine can read command lines
  NO_COLOR         if not empty, no colours
  BROWSER          the command that opens a web page for "cde login"
  XDG_CONFIG_HOME  where settings and, without a keyring, sign-ins are kept, in a folder cde
  XDG_CACHE_HOME   where the last known answers are kept, to tell what a change has changed`},
		{Use: "profiles", Short: "Which API is talked to, and the settings file", Long: `A profile says where the API is and who signs you in:

  production  https://cde.productsup.com (the default)
  staging     https://cde.staging.productsup.com
  local       http://127.0.0.1:8080, a server started with "make run" or "cded serve --dev"

The settings file, cde/config.yaml in your settings folder (~/.config on Linux) or --config, chooses another default,
completes these and adds your own:

  profile: staging
  profiles:
    staging:
      issuer: https://id.example.com
      client-id: my-cli
    mirror:
      base-url: https://cde.example.com

Without an issuer the API is asked for it (RFC 9728); without a client-id it is "cde". A sign-in belongs to an address:
it is never sent to another one.`},
	}
}
