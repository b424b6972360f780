package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/productsupcom/cde/client"
)

// profile says where an API is and who signs people in to it.
type profile struct {
	BaseURL  string `yaml:"base-url"`
	Issuer   string `yaml:"issuer"`    // the API's own word (RFC 9728) if empty
	ClientID string `yaml:"client-id"` // "cde" if empty
}

// builtin are the profiles that need no file.
var builtin = map[string]profile{
	"production": {BaseURL: client.Production},
	"staging":    {BaseURL: client.Staging},
	"local":      {BaseURL: "http://127.0.0.1:8080", Issuer: "http://127.0.0.1:8080/idp"},
}

// defaultConfigFile is where settings are looked for, as help shows it.
const defaultConfigFile = "~/.config/cde/config.yaml"

// defaultClientID is what this command is called by issuers.
const defaultClientID = "cde"

// config is the profile in use, after flags and environment.
type config struct {
	profile
	Name string // "" if --base-url leads elsewhere
	dirs userDirs
}

// configFile is what a settings file may say. Anything else in it is refused, so that a misspelt key is noticed.
type configFile struct {
	Profile  string             `yaml:"profile"` // the one to use without --profile
	Profiles map[string]profile `yaml:"profiles"`
}

// readConfig puts together, strongest first: flags, environment (which prepare made flags of), settings file, built-in
// profile.
func (a *app) readConfig() (config, error) {
	dirs := a.userDirs()
	file, err := a.readConfigFile(dirs)
	if err != nil {
		return config{}, err
	}
	name := a.flags.profile
	for _, other := range []string{file.Profile, "production"} {
		if name == "" {
			name = other
		}
	}
	base, known := builtin[name]
	own, mine := file.Profiles[name]
	if !known && !mine {
		return config{}, fmt.Errorf("no profile %q: there are %s", name, strings.Join(file.names(), ", "))
	}
	c := config{profile: overlay(base, own), Name: name, dirs: dirs}
	if a.flags.baseURL != "" && strings.TrimRight(a.flags.baseURL, "/") != strings.TrimRight(c.BaseURL, "/") {
		c = config{profile: profile{BaseURL: a.flags.baseURL}, dirs: dirs} // another API has its own issuer
	}
	if c.BaseURL == "" {
		return config{}, fmt.Errorf("profile %q has no base-url", name)
	}
	if c.ClientID == "" {
		c.ClientID = defaultClientID
	}
	return c, nil
}

func overlay(base, own profile) profile {
	if own.BaseURL != "" && own.BaseURL != base.BaseURL {
		base = profile{BaseURL: own.BaseURL}
	}
	if own.Issuer != "" {
		base.Issuer = own.Issuer
	}
	if own.ClientID != "" {
		base.ClientID = own.ClientID
	}
	return base
}

func (a *app) readConfigFile(dirs userDirs) (configFile, error) {
	path, asked := filepath.Join(dirs.config, "config.yaml"), false
	if a.flags.configFile != "" {
		path, asked = a.flags.configFile, true
	}
	if !asked && dirs.config == "" {
		return configFile{}, nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return configFile{}, nil
	}
	if err != nil {
		return configFile{}, err
	}
	defer file.Close()
	var read configFile
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(&read); err != nil && !errors.Is(err, io.EOF) {
		return configFile{}, fmt.Errorf("settings file %s: %w", path, err)
	}
	return read, nil
}

// names are all profiles, those of the file included.
func (f configFile) names() []string {
	all := maps.Clone(builtin)
	maps.Copy(all, f.Profiles)
	return slices.Sorted(maps.Keys(all))
}

// completeProfile offers the profiles that there are.
func (a *app) completeProfile(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	file, _ := a.readConfigFile(a.userDirs())
	return file.names(), cobra.ShellCompDirectiveNoFileComp
}

// userDirs are the folders of this user: settings and sign-ins, and answers seen before. Where there is no home, as in
// some containers, they are empty: then nothing is read and kept.
type userDirs struct{ config, cache string }

// userDirs follows XDG_CONFIG_HOME and XDG_CACHE_HOME on every system, else the system's custom.
func (a *app) userDirs() userDirs {
	choose := func(own string, custom func() (string, error)) string {
		dir := a.getenv(own)
		if !filepath.IsAbs(dir) {
			dir, _ = custom()
		}
		if dir == "" {
			return ""
		}
		return filepath.Join(dir, "cde")
	}
	return userDirs{choose("XDG_CONFIG_HOME", os.UserConfigDir), choose("XDG_CACHE_HOME", os.UserCacheDir)}
}
