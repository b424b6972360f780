package faults_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/productsupcom/cde/server/faults"
)

// The first two requests are told to come back, then all is well again.
func ExampleLayer() {
	var layer faults.Layer
	err := layer.Set(faults.Script{Rules: []faults.Rule{
		{On: "GET /connectors/", Fault: faults.Status, Status: http.StatusServiceUnavailable, RetryAfter: "1", Times: 2},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(layer.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	defer server.Close()
	for range 3 {
		response, err := server.Client().Get(server.URL + "/connectors/7")
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = response.Body.Close()
		fmt.Println(response.StatusCode, response.Header.Get("Retry-After"))
	}
	// Output:
	// 503 1
	// 503 1
	// 200
}

// A script is JSON for the control port; one that cannot work is refused before anything fails.
func ExampleReadScript() {
	script, err := faults.ReadScript(strings.NewReader(`{"seed": 7, "rules": [
		{"on": "POST /connectors/", "fault": "reset", "when": "after", "probability": 0.1},
		{"fault": "status"}
	]}`))
	fmt.Println(len(script.Rules), err)
	fmt.Println(script.Check())
	// Output:
	// 2 <nil>
	// rules[1]: the fault status needs a status
}
