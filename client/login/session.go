package login

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Session is a sign-in: tokens, and what is needed to renew and to end them. It is a secret.
type Session struct {
	Issuer       string    `json:"issuer"`
	TokenURL     string    `json:"token_url"`
	Revocation   string    `json:"revocation_url,omitempty"`
	ClientID     string    `json:"client_id"`
	Resource     string    `json:"resource,omitempty"`
	Subject      string    `json:"subject,omitempty"` // who signed in, as far as the tokens tell
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	Expiry       time.Time `json:"expiry,omitzero"` // of the access token; zero if the issuer does not say
}

// Encode returns the session as text to keep.
func (s Session) Encode() string {
	text, _ := json.Marshal(s) //nolint:gosec // a secret to keep as one; strings and a time cannot fail
	return string(text)
}

// DecodeSession reads what Encode wrote. Its error does not show the text.
func DecodeSession(text string) (Session, error) {
	var s Session
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.AccessToken == "" || s.Issuer == "" {
		return Session{}, errors.New("the kept sign-in cannot be read")
	}
	return s, nil
}

// String keeps tokens out of texts and logs.
func (s Session) String() string { return "sign-in of " + s.Subject + " with " + s.Issuer }

// LogValue keeps tokens out of structured logs.
func (s Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

// GoString keeps tokens out of %#v.
func (s Session) GoString() string { return s.String() }

// fresh reports whether the access token is good for a while after now.
func (s Session) fresh(now time.Time) bool {
	const margin = 30 * time.Second // clocks differ, and a request takes time
	return s.AccessToken != "" && (s.Expiry.IsZero() || now.Add(margin).Before(s.Expiry))
}

// with puts new tokens in. A refresh token that was not replaced stays good (RFC 6749 section 6).
func (s Session) with(token *oauth2.Token) Session {
	s.AccessToken, s.Expiry = token.AccessToken, token.Expiry
	if token.RefreshToken != "" {
		s.RefreshToken = token.RefreshToken
	}
	if id, _ := token.Extra("id_token").(string); subject(id) != "" {
		s.Subject = subject(id)
	} else if who := subject(token.AccessToken); who != "" {
		s.Subject = who
	}
	return s
}

// subject is the `sub` of a JWT, "" if it is none. It is for people to read and proves nothing: no signature is checked.
func subject(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Subject string `json:"sub"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return clean(claims.Subject)
}

// Subject returns who an access token says its bearer is, "" if it does not say. Nothing is verified.
func Subject(accessToken string) string { return subject(accessToken) }
