package devidp

import (
	"net/http"
	"net/url"
)

// script lets scripts of pages on loopback call h (CORS), which takes method only.
func script(method string, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		if origin, err := url.Parse(r.Header.Get("Origin")); err == nil && origin.Host != "" && loopback(origin.Host) {
			header.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
			header.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		}
		switch r.Method {
		case http.MethodOptions:
			header.Set("Access-Control-Allow-Methods", method)
			header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Requested-With")
			header.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
		case method:
			h(w, r)
		case http.MethodHead:
			if method == http.MethodGet {
				h(w, r)
				return
			}
			fallthrough
		default:
			header.Set("Allow", method+", OPTIONS")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		}
	})
}
