package faults

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxScript is how long a script may be as JSON, bytes.
const maxScript = 256 << 10

// Control returns the handler that scripts the layer, for a port that only testers reach:
//
//	PUT /faults     a Script as JSON, which takes the place of the present one; answers its Report
//	GET /faults     answers the Report
//	DELETE /faults  lets all requests pass again; 204
//
// A script that cannot work is refused with 400 and a message that names the rule.
func (l *Layer) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { respond(w, http.StatusOK, l.Report()) })
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		_ = l.Set(Script{})
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("PUT /faults", func(w http.ResponseWriter, r *http.Request) {
		script, err := ReadScript(http.MaxBytesReader(w, r.Body, maxScript))
		if err == nil {
			err = l.Set(script)
		}
		if err != nil {
			respond(w, http.StatusBadRequest, map[string]string{"message": err.Error()})
			return
		}
		respond(w, http.StatusOK, l.Report())
	})
	return mux
}

// ReadScript reads one script as JSON; unknown members and trailing text are errors. The script is not checked.
func ReadScript(from io.Reader) (Script, error) {
	var script Script
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&script); err != nil {
		return Script{}, errors.New("the script is not what is expected: " + err.Error())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Script{}, errors.New("the script is followed by something else")
	}
	return script, nil
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
