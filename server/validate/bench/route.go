package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/productsupcom/cde/server/validate"
)

// routeRows compares finding an operation among 500 paths with finding it among 2.
func routeRows(m meter) ([]row, error) {
	var works []work
	for _, paths := range []int{2, 500} {
		v, err := validate.New(manyPaths(paths))
		if err != nil {
			return nil, err
		}
		target := fmt.Sprintf("/connectors/%s/versions/latest/resource-%d/deep", publicID, paths-1)
		r := httptest.NewRequest(http.MethodPut, target, nil)
		works = append(works, work{fmt.Sprint(paths), func(n int) {
			for range n {
				_, _, refusal := v.Route(r)
				must(refusal == nil)
			}
		}})
	}
	costs := m.compare(works...)
	return []row{{work: "finding the operation: among 500 paths / among 2", ratio: costs["500"].ns / costs["2"].ns, target: 1.2,
		note: fmt.Sprintf("%.0f ns, %.0f ns; %.0f allocations", costs["500"].ns, costs["2"].ns, costs["500"].allocs)}}, nil
}

// manyPaths is a contract of n paths of the API's form.
func manyPaths(n int) []byte {
	var paths []string
	for i := range n {
		paths = append(paths, fmt.Sprintf(`"/connectors/{id}/versions/{version}/resource-%d/deep":{"put":{"parameters":[
			{"name":"id","in":"path","required":true,"schema":{"type":"string","format":"uuid"}},
			{"name":"version","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":"done"}}}}`, i))
	}
	return []byte(`{"openapi":"3.0.3","info":{"title":"many","version":"1"},"paths":{` + strings.Join(paths, ",") + `}}`)
}
