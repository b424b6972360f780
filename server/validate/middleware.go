package validate

import "net/http"

// Middleware checks every request against the contract before next sees it:
// route (404, 405 with Allow, 204 for OPTIONS), caller (WithAuth), then CheckRequest. A request
// that next sees names an operation of the contract, whose "METHOD /template" is in
// its Pattern; its body is the bytes that were checked.
//
// JSON is read strictly: one document of RFC 8259 in UTF-8 without a byte order
// mark, no lone surrogates, no U+0000, no name twice in an object, no name that
// differs from a declared one by case only, no deeper than WithMaxDepth.
//
// Without WithAuth nobody is asked who calls: authentication is then somebody else's.
func (v *Validator) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o, params, refusal := v.Route(r)
		if refusal == nil && o.secured && v.settings.auth != nil {
			r, refusal = v.authenticate(r, o)
		}
		if refusal == nil {
			defer Release(r)
			refusal = o.CheckRequest(r, params.Get)
		}
		if refusal != nil {
			if v.settings.refused != nil {
				v.settings.refused(r, o, refusal)
			}
			refusal.Respond(w)
			return
		}
		r.Pattern = o.pattern
		next.ServeHTTP(w, r)
	})
}

// authenticate asks WithAuth's function. It keeps r where that returns none.
func (v *Validator) authenticate(r *http.Request, o *Operation) (*http.Request, *Refusal) {
	known, refusal := v.settings.auth(r, o)
	if known == nil {
		known = r
	}
	return known, refusal
}
