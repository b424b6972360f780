package devidp

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageText string

//go:embed style.css
var pageStyle []byte

var pages = template.Must(template.New("page.html").Funcs(template.FuncMap{"initial": func(s string) string { return s[:1] }}).Parse(pageText))

// page is what a person sees; the parts that are nil are not shown.
type page struct {
	Base, Title, Lead string
	SignIn            *signIn
	UserCode          *userCodeForm
	Index             *index
}

// signIn asks for a persona. Name and Value travel with the answer.
type signIn struct {
	Action, Name, Value string
	Client              string // host that the person goes on to
	UserCode            string // shown for comparison with the device's
	Hint                string // the persona to mark (OpenID Connect's login_hint)
	Personas            []Persona
}

// index is what somebody sees who comes without an application.
type index struct {
	Personas []Persona
	Links    []link
}

type link struct{ Path, Text string }

type userCodeForm struct{ Action, Problem string }

func (p *Provider) showSignIn(w http.ResponseWriter, form signIn) {
	form.Personas = Personas()
	title := "Sign in"
	if form.UserCode != "" {
		title = "Sign a device in"
	}
	p.show(w, http.StatusOK, page{Title: title, Lead: "Choose who you are. No password is asked for.", SignIn: &form})
}

func (p *Provider) index(w http.ResponseWriter, _ *http.Request) {
	p.show(w, http.StatusOK, page{
		Title: "Identity provider", Lead: "Applications on this machine send you here to sign in as one of these.",
		Index: &index{Personas(), []link{
			{p.base + "/device", "Sign a device in"}, {p.base + oidcMetadata, "Discovery document"}, {p.base + "/jwks", "Signing keys"},
		}},
	})
}

func (p *Provider) showUserCode(w http.ResponseWriter, status int, problem string) {
	p.show(w, status, page{Title: "Sign a device in", Lead: "Type the code that the device shows.", UserCode: &userCodeForm{p.base + "/device", problem}})
}

func (p *Provider) showProblem(w http.ResponseWriter, status int, text string) {
	p.show(w, status, page{Title: "This cannot go on", Lead: text})
}

func (p *Provider) showDone(w http.ResponseWriter, title, text string) {
	p.show(w, http.StatusOK, page{Title: title, Lead: text})
}

// show writes a page under a policy that lets nothing run and nobody frame it. There is no form-action in it: browsers
// apply that to the redirect after the form too, which leads to the client. There is no Cross-Origin-Opener-Policy either: the
// page that opened this one in a popup waits for its answer.
func (p *Provider) show(w http.ResponseWriter, status int, data page) {
	data.Base = p.base
	var text bytes.Buffer
	if err := pages.Execute(&text, data); err != nil {
		p.config.Logger.Error("development sign-in page", "error", err.Error())
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = text.WriteTo(w)
}

func (p *Provider) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(pageStyle)
}
