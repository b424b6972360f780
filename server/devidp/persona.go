package devidp

import "slices"

// Persona is somebody who can sign in. Its name is also the id of a client that may ask for tokens by
// client credentials, without a secret.
type Persona struct {
	Name    string
	Subject string // `sub` of its tokens
	About   string // one line for people
	Admin   bool
}

// Personas are all of them, in the order to show them. The samples of `cded serve --dev` belong to these subjects.
func Personas() []Persona {
	return []Persona{
		{Name: "owner", Subject: "5d4fc3a0-0000-4000-8000-000000000001", About: "Owns both sample connectors and may change them."},
		{Name: "integrator", Subject: "5d4fc3a0-0000-4000-8000-000000000002", About: "Integrates the first sample connector; may not change it."},
		{Name: "admin", Subject: "5d4fc3a0-0000-4000-8000-000000000003", About: "May change every connector.", Admin: true},
		{Name: "stranger", Subject: "5d4fc3a0-0000-4000-8000-000000000004", About: "Has nothing to do with the samples; may change none."},
	}
}

func persona(name string) (Persona, bool) {
	all := Personas()
	if i := slices.IndexFunc(all, func(p Persona) bool { return p.Name == name }); i >= 0 {
		return all[i], true
	}
	return Persona{}, false
}
